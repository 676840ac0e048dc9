"""Serves a fine-tuned transformer with onnxruntime: document scores, and evidence from the token scores."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cxmining.classifiers.base import FloatArray, Interval, Scores
from cxmining.classifiers.spans import whole_words, widen
from cxmining.classifiers.state import read_state, write_state
from cxmining.encoders import EmbeddedEncoder
from cxmining.encoders.embedded import open_session
from cxmining.encoders.windows import Tokens, plan_windows
from cxmining.records import Passage, Segment

FORMAT = "cxmining.transformer/1"

WINDOW = 254
"""Content tokens a window, as in learning; a longer text is read in several, cut between sentences."""

FINE_WINDOW = 128
"""A longer text is read again in windows of this size, in which one sentence weighs more; the best logits of the two
readings are averaged."""


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
    calibration : ndarray of shape (n_labels, 2)
        Slope and offset on document logits (Platt).
    thresholds : ndarray of shape (n_labels,)
        Decision thresholds on calibrated probabilities.

    References
    ----------
    Platt (1999). Probabilistic Outputs for Support Vector Machines.
    """

    name = "transformer"

    def __init__(
        self,
        encoder: EmbeddedEncoder,
        folder: Path,
        classes: Sequence[str],
        calibration: FloatArray,
        thresholds: FloatArray,
    ) -> None:
        self.encoder = encoder
        self.folder = folder
        self.classes = classes
        self.calibration = calibration
        self.thresholds_ = thresholds
        self._session: Any = open_session(folder / "layers.onnx")

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return tuple(self.classes)

    def logits(self, passages: Sequence[Passage]) -> FloatArray:
        """Give document logits (n_passages, n_labels), before calibration; of long passages the best windows'."""
        return np.stack([r.document_logits for r in self._read(passages)]) if passages else self._nothing()

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is where the label's token scores are highest."""
        found = self._read(passages)
        logits = np.stack([r.document_logits for r in found]) if found else self._nothing()
        z = logits * self.calibration[:, 0] + self.calibration[:, 1]
        probabilities = np.asarray(1.0 / (1.0 + np.exp(-z)), np.float32)
        return Scores(probabilities, lambda i, k: _evidence(passages[i], found[i], k))

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return self.score(passages).documents

    def _nothing(self) -> FloatArray:
        """Give an empty score matrix."""
        return np.zeros((0, len(self.classes)), np.float32)

    def _read(self, passages: Sequence[Passage]) -> list[_Read]:
        """Run every window of every passage, each on its own, so that no text's scores depend on its company."""
        kept = [_without_boilerplate(p) for p in passages]
        tokens = self.encoder.tokenise(kept)
        starts = [[s.start for s in p.segments] for p in passages]
        windows = plan_windows(tokens, starts, WINDOW)
        n_coarse = len(windows)
        windows += [w for w in plan_windows(tokens, starts, FINE_WINDOW) if len(tokens[w.text].ids) > WINDOW]
        n_labels = len(self.classes)
        fine = {w.text: np.full(n_labels, -20.0, np.float32) for w in windows[n_coarse:]}
        found = [
            _Read(t, np.full((len(t.ids), n_labels), -20.0, np.float32), np.full(n_labels, -20.0, np.float32))
            for t in tokens
        ]

        def run(at: int) -> tuple[FloatArray, FloatArray]:
            w = windows[at]
            t = tokens[w.text]
            part = Tokens(t.ids[w.first : w.last], t.starts[w.first : w.last], t.ends[w.first : w.last])
            embeddings, lengths = self.encoder.embed(part, ())
            inputs = {"embeddings": embeddings, "lengths": lengths}
            token_logits, document_logits = self._session.run(["tokens", "documents"], inputs)
            return token_logits[0, 1:-1], document_logits[0]

        with ThreadPoolExecutor(self.encoder.threads) as pool:
            results = pool.map(run, range(len(windows)))
            for at, (window, (token_logits, document_logits)) in enumerate(zip(windows, results, strict=True)):
                best = fine[window.text] if at >= n_coarse else found[window.text].document_logits
                np.maximum(best, document_logits, out=best)
                if at < n_coarse:
                    found[window.text].token_logits[window.first : window.last] = token_logits
        for text, logits in fine.items():
            found[text].document_logits[:] = (found[text].document_logits + logits) / 2
        return found

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors`` and ``model.json`` beside ``layers.onnx``."""
        settings = {
            "classes": list(self.classes),
            "encoder": self.encoder.name,
            "encoder_fingerprint": self.encoder.vocabulary_fingerprint,
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
        arrays.require({"calibration": (n, 2), "thresholds": (n,)})
        return cls(encoder, folder, settings["classes"], arrays["calibration"], arrays["thresholds"])


def _without_boilerplate(passage: Passage) -> str:
    """Blank out boilerplate, keeping every offset."""
    text = passage.document.text
    for s in passage.segments:
        if s.kind == "boilerplate":
            text = text[: s.start] + " " * (s.end - s.start) + text[s.end :]
    return text


def _evidence(passage: Passage, read: _Read, k: int) -> list[Interval]:
    """Grow the best tokens of a label to stretches of words; a second stretch counts if it is nearly as good."""
    logits = np.where(read.tokens.ends > read.tokens.starts, read.token_logits[:, k], -np.inf)
    if not np.isfinite(logits).any():
        first = next(s for s in passage.segments if s.kind != "boilerplate")
        return [(first.start, first.end)]
    peak = int(np.argmax(logits))
    floor = max(float(logits[peak]) - 2.0, -2.0) if logits[peak] > -1.0 else float(logits[peak]) - 1.0
    stretches = [_stretch(passage, read.tokens, logits, peak, floor)]
    outside = logits.copy()
    a, b = stretches[0]
    outside[(read.tokens.ends > a) & (read.tokens.starts < b)] = -np.inf
    second = int(np.argmax(outside))
    if outside[second] > 0.0 and outside[second] > logits[peak] - 1.0:
        stretch = _stretch(passage, read.tokens, outside, second, floor)
        if stretch[1] <= a or stretch[0] >= b:
            stretches.append(stretch)
    return stretches


def _stretch(passage: Passage, tokens: Tokens, logits: FloatArray, peak: int, floor: float) -> Interval:
    """Widen a peak over its neighbours above the floor, bridging one weak token, inside its segment."""
    segment = _segment_of(passage, int(tokens.starts[peak]), int(tokens.ends[peak]))
    first, last = peak, peak + 1
    while first > 0 and tokens.starts[first - 1] >= segment.start:
        if logits[first - 1] >= floor:
            first -= 1
        elif first > 1 and logits[first - 2] >= floor and tokens.starts[first - 2] >= segment.start:
            first -= 2
        else:
            break
    while last < len(logits) and tokens.ends[last] <= segment.end:
        if logits[last] >= floor:
            last += 1
        elif last + 1 < len(logits) and logits[last + 1] >= floor and tokens.ends[last + 1] <= segment.end:
            last += 2
        else:
            break
    start, end = max(int(tokens.starts[first]), segment.start), min(int(tokens.ends[last - 1]), segment.end)
    start, end = widen(passage.document.text, start, end, segment)
    return whole_words(passage.document.text, start, max(end, start + 1), segment)


def _segment_of(passage: Passage, start: int, end: int) -> Segment:
    """Give the segment that a token lies in; the token itself where it lies between segments."""
    for s in passage.segments:
        if s.kind != "boilerplate" and s.start < end and start < s.end:
            return s
    return Segment(start, max(end, start + 1))
