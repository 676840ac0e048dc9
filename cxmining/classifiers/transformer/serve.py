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

RULE_BAND = (-5.0, 6.0)
"""Rules are asked about a label whose logit lies in this band; beyond it they change next to nothing and cost time."""

LONG_WINDOWS = (160, 128, 96)
"""A text longer than a window is read in windows of each of these sizes, so that no sentence always stands at an edge,
and the best logits of the readings are averaged. Chosen among sets of sizes from 48 to 254 on development rows of
several windows, where the best ones lie within chance of each other, and on an article and its translation getting the
same labels."""

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
        logits = self._logits(self._read(passages))
        return logits, self._votes(passages, logits)

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is where the label's token scores are highest, and what a rule matched."""
        found = self._read(passages)
        logits = self._logits(found)
        probabilities = apply_calibration(self.calibration, logits, self._votes(passages, logits))

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

    def _logits(self, found: Sequence[_Read]) -> FloatArray:
        """Give document logits (n_passages, n_labels)."""
        return np.stack([r.document_logits for r in found]) if found else np.zeros((0, len(self.classes)), np.float32)

    def _votes(self, passages: Sequence[Passage], logits: FloatArray) -> Votes:
        """Ask the rules about the labels whose logit leaves room for doubt."""
        low, high = RULE_BAND
        open_ = (logits >= low) & (logits < high)
        votes = np.zeros(logits.shape, np.int8)
        for i, passage in enumerate(passages):
            votes[i] = self._rules.votes(passage, np.flatnonzero(open_[i]))
        return votes

    def _read(self, passages: Sequence[Passage]) -> list[_Read]:
        """Run every window of every passage, each on its own, so that no text's scores depend on its company."""
        tokens = self.encoder.tokenise([p.text for p in passages])
        starts = [[s.start for s in p.segments] for p in passages]
        n_labels = len(self.classes)
        found = [
            _Read(t, np.full((len(t.ids), n_labels), -20.0, np.float32), np.zeros(n_labels, np.float32)) for t in tokens
        ]
        limit = self.manner.window
        fits = [len(t.ids) <= limit for t in tokens]
        planned = [(0, w) for w in plan_windows(tokens, starts, limit) if fits[w.text]]
        sizes = dict.fromkeys(min(size, limit) for size in self.manner.long_windows) if not all(fits) else ()
        for reading, size in enumerate(sizes):
            planned += [(reading, w) for w in plan_windows(tokens, starts, size) if not fits[w.text]]

        def run(entry: tuple[int, Window]) -> tuple[FloatArray, FloatArray]:
            window = entry[1]
            ids = tokens[window.text].ids[window.first : window.last]
            token_logits, document_logits = self._window_logits(self.encoder.with_specials(ids))
            return token_logits[1:-1], document_logits

        best: dict[int, dict[int, FloatArray]] = {text: {} for text in range(len(tokens))}
        with ThreadPoolExecutor(self.encoder.threads) as pool:
            for (reading, window), (token_logits, document_logits) in zip(planned, pool.map(run, planned), strict=True):
                known = best[window.text].get(reading, document_logits)
                best[window.text][reading] = np.maximum(known, document_logits)
                if reading == 0:
                    found[window.text].token_logits[window.first : window.last] = token_logits
        for text, readings in best.items():
            found[text].document_logits[:] = sum(readings.values()) / len(readings) if readings else -20.0
        return found

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
