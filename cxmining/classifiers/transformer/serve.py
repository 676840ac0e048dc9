"""Serves a fine-tuned transformer with onnxruntime: document scores, and evidence from the token scores."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Interval, Scores, Votes
from cxmining.classifiers.calibration import N_PARAMETERS, apply_calibration
from cxmining.classifiers.rules import Rules
from cxmining.classifiers.state import read_state, write_state
from cxmining.classifiers.transformer.evidence import joined, token_evidence
from cxmining.encoders import EmbeddedEncoder
from cxmining.encoders.embedded import open_session
from cxmining.encoders.windows import Tokens, Window, plan_windows
from cxmining.errors import ModelError
from cxmining.records import Passage

FORMAT = "cxmining.transformer/3"

RULE_BAND = (-3.5, 5.0)
"""Rules are asked about a label whose logit lies in this band; beyond it they change next to nothing and cost time."""

LONG_WINDOWS = (160, 128, 96)
"""A text longer than a window is read in windows of each of these sizes, so that no sentence always stands at an edge,
and the best logits of the readings are averaged. Chosen among sets of sizes from 48 to 254 on development rows of
several windows, where the best ones lie within chance of each other, and on an article and its translation getting the
same labels."""

UNREAD = -20.0
"""Logit where there is nothing to read."""

SMALLEST_WINDOW = 32
"""Content tokens; windows of fewer see too little of a text."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a tagger reads.

    Parameters
    ----------
    window : int
        Content tokens a window, as in learning; a longer text is read in several, cut between sentences.
    long_windows : tuple of int
        Sizes of the windows of a longer text, which is read once in each of them.
    name : str
        Name of the tagger.
    """

    window: int
    long_windows: tuple[int, ...] = LONG_WINDOWS
    name: str = "transformer"


@dataclass(frozen=True, slots=True)
class _Read:
    """What the network says of one passage: tokens, token logits (n_tokens, n_labels), document logits (n_labels,)."""

    tokens: Tokens
    token_logits: FloatArray
    document_logits: FloatArray


class TransformerTagger:
    """A fine-tuned transformer over the embedded encoder's word embeddings.

    Parameters
    ----------
    encoder : EmbeddedEncoder
        Tokenizer and embedding table.
    folder : Path
        Folder with ``layers.onnx``.
    classes : sequence of str
        Label ids in order.
    calibration : ndarray of shape (n_labels, 4)
        Slope and offset on document logits, and weights of what the rules say (Platt).
    thresholds : ndarray of shape (n_labels,)
        Decision thresholds on calibrated probabilities.
    manner : Manner
        How it reads.

    References
    ----------
    Platt (1999). Probabilistic Outputs for Support Vector Machines.
    """

    def __init__(
        self,
        encoder: EmbeddedEncoder,
        folder: Path,
        classes: Sequence[str],
        calibration: FloatArray,
        thresholds: FloatArray,
        manner: Manner,
    ) -> None:
        self.encoder = encoder
        self.folder = folder
        self.classes = classes
        self.calibration = calibration
        self.thresholds_ = thresholds
        self.manner = manner
        self.name = manner.name
        self._rules = Rules.load(classes)
        self._session: Any = open_session(folder / "layers.onnx")

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return tuple(self.classes)

    def features(self, passages: Sequence[Passage]) -> tuple[FloatArray, Votes]:
        """Give what calibration starts from: document logits and the rules' votes, both (n_passages, n_labels)."""
        _, logits, votes = self._answers(passages)
        return logits, votes

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is where the label's token scores are highest, and what a rule matched."""
        found, logits, votes = self._answers(passages)
        probabilities = apply_calibration(self.calibration, logits, votes)

        def evidence(i: int, k: int) -> list[Interval]:
            quoted = token_evidence(passages[i], found[i].tokens, found[i].token_logits[:, k])
            return joined(quoted, self._rules.hits(passages[i], [k]).get(k, [])[:2])

        return Scores(probabilities, evidence)

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return self.score(passages).documents

    def _window_logits(self, ids: NDArray[np.int32]) -> tuple[FloatArray, FloatArray]:
        """Run one window of token ids, specials included: token logits (n_tokens, n_labels), document logits."""
        inputs = {"embeddings": self.encoder.table.rows(ids[None]), "lengths": np.array([len(ids)], np.int32)}
        token_logits, document_logits = self._session.run(["tokens", "documents"], inputs)
        return token_logits[0], document_logits[0]

    def _answers(self, passages: Sequence[Passage]) -> tuple[list[_Read], FloatArray, Votes]:
        """Read passages, then ask the rules about each: at the same time they would hold each other up."""
        shape = len(passages), len(self.classes)
        found = self._read(passages)
        logits, votes = np.zeros(shape, np.float32), np.zeros(shape, np.int8)
        for i, read in enumerate(found):
            logits[i] = read.document_logits
            votes[i] = self._votes(passages[i], read.document_logits)
        return found, logits, votes

    def _votes(self, passage: Passage, logits: FloatArray) -> Votes:
        """Ask the rules about the labels whose logit leaves room for doubt."""
        low, high = RULE_BAND
        return self._rules.votes(passage, np.flatnonzero((logits >= low) & (logits < high)).tolist())

    def _read(self, passages: Sequence[Passage]) -> list[_Read]:
        """Run every window of every passage, each on its own, so that no text's scores depend on its company."""
        tokens = self.encoder.tokenise([p.text for p in passages])
        planned = self._planned(tokens, passages)

        def run(window: Window) -> tuple[FloatArray, FloatArray]:
            ids = tokens[window.text].ids[window.first : window.last]
            token_logits, document_logits = self._window_logits(self.encoder.with_specials(ids))
            return token_logits[1:-1], document_logits

        with ThreadPoolExecutor(self.encoder.threads) as pool:
            answers = pool.map(run, [window for readings in planned for windows in readings for window in windows])
            found = []
            for text, readings in zip(tokens, planned, strict=True):
                token_logits = np.full((len(text.ids), len(self.classes)), UNREAD, np.float32)
                best = []
                for i, windows in enumerate(readings):
                    told = [next(answers) for _ in windows]
                    best.append(np.max([documents for _, documents in told], axis=0))
                    if i == 0:
                        for window, (said, _) in zip(windows, told, strict=True):
                            token_logits[window.first : window.last] = said
                nothing = np.full(len(self.classes), UNREAD, np.float32)
                found.append(_Read(text, token_logits, sum(best) / len(best) if best else nothing))
            return found

    def _planned(self, tokens: Sequence[Tokens], passages: Sequence[Passage]) -> list[list[list[Window]]]:
        """Plan for each text its readings, and for each reading its windows."""
        limit = self.manner.window
        starts = [[s.start for s in p.segments] for p in passages]
        fits = [len(t.ids) <= limit for t in tokens]
        sizes = dict.fromkeys(min(size, limit) for size in self.manner.long_windows) if not all(fits) else ()
        planned: list[list[list[Window]]] = [[] for _ in tokens]
        for size, whole in ((limit, True), *((size, False) for size in sizes)):
            reading: dict[int, list[Window]] = {}
            for window in plan_windows(tokens, starts, size):
                reading.setdefault(window.text, []).append(window)
            for text, windows in reading.items():
                if fits[text] is whole:
                    planned[text].append(windows)
        return planned

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors`` and ``model.json`` beside ``layers.onnx``."""
        settings = {
            "classes": list(self.classes),
            "encoder": self.encoder.name,
            "encoder_fingerprint": self.encoder.vocabulary_fingerprint,
            "window": self.manner.window,
            "long_windows": list(self.manner.long_windows),
            "name": self.manner.name,
        }
        write_state(folder, FORMAT, settings, {"calibration": self.calibration, "thresholds": self.thresholds_})

    @classmethod
    def load(cls, folder: Path, encoder: EmbeddedEncoder) -> TransformerTagger:
        """Read a model folder.

        Raises
        ------
        ModelError
            If files are missing, damaged, of another format or made for another vocabulary.
        """
        settings, arrays = read_state(folder, FORMAT, encoder.vocabulary_fingerprint)
        n = len(settings["classes"])
        arrays.require({"calibration": (n, N_PARAMETERS), "thresholds": (n,)})
        manner = read_manner(folder, settings, encoder.max_content)
        return cls(encoder, folder, settings["classes"], arrays["calibration"], arrays["thresholds"], manner)


def read_manner(folder: Path, settings: dict[str, Any], most: int) -> Manner:
    """Read from a folder's settings how its tagger reads, in windows of at most so many tokens.

    Raises
    ------
    ModelError
        If a window is no number in range, or the name no word.
    """
    window, sizes = settings.get("window"), settings.get("long_windows", list(LONG_WINDOWS))
    told = [window, *sizes] if isinstance(sizes, list) else [window]
    found = [size for size in told if type(size) is int and SMALLEST_WINDOW <= size <= most]
    if len(found) < max(2, len(told)):
        raise ModelError(
            f"{folder}/model.json: 'window' and 'long_windows' must be numbers from {SMALLEST_WINDOW} to {most}"
        )
    name = settings.get("name", "transformer")
    if not isinstance(name, str) or not name:
        raise ModelError(f"{folder}/model.json: 'name' must be a word")
    return Manner(found[0], tuple(found[1:]), name)
