"""Tags by definitions alone: no example of a label is needed, its name and its definition say what to look for.

A text is as near to a label as its nearest segment is to the mean of the label's descriptions, all centred by language,
in units of what is usual for the label on texts that have nothing to do with it.

References
----------
Yin, Hay and Roth (2019). Benchmarking Zero-shot Text Classification (label descriptions as queries). EMNLP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cxmining.classifiers.base import BoolArray, FloatArray, Interval, Scores
from cxmining.classifiers.calibration import fit_calibration
from cxmining.classifiers.state import read_state, write_state
from cxmining.classifiers.thresholds import tune_f1
from cxmining.encoders import TokenEncoder, centre
from cxmining.encoders.base import unit
from cxmining.records import Passage, Segment

FORMAT = "cxmining.definitions/1"

Descriptions = Mapping[str, Sequence[str]]
"""Names, definitions and examples of a label, by language."""


class DefinitionTagger:
    """Similarity of segments to descriptions of labels.

    Parameters
    ----------
    encoder : TokenEncoder
        Gives vectors and per-language means.
    classes : sequence of str
        Label ids in order.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_labels,)
        One for all labels.
    """

    name = "definitions"

    def __init__(self, encoder: TokenEncoder, classes: Sequence[str]) -> None:
        self.encoder = encoder
        self.classes = classes
        self.thresholds_: FloatArray = np.full(len(classes), 0.5, np.float32)

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return tuple(self.classes)

    def fit(self, descriptions: Sequence[Descriptions], background: Sequence[Passage]) -> DefinitionTagger:
        """Take in descriptions, and learn from ordinary texts how similar is usual.

        Parameters
        ----------
        descriptions : sequence of mapping
            One a label, in the order of ``classes``.
        background : sequence of Passage
            Texts of the kind to be tagged; no labels are needed.

        Returns
        -------
        DefinitionTagger
            Itself, with the scaling of :meth:`scale` still to come.
        """
        self._prototypes = np.stack([prototype(self.encoder, told) for told in descriptions])
        self._usual = np.zeros((2, len(self.classes)), np.float32)
        self._usual[1] = 1.0
        similarities = self._best(background)[0]
        self._usual = np.stack([similarities.mean(axis=0), similarities.std(axis=0) + 1e-6])
        self._scale = np.array([1.0, -2.0], np.float32)
        return self

    def scale(self, passages: Sequence[Passage], labels: BoolArray, known: BoolArray) -> DefinitionTagger:
        """Learn one slope, offset and threshold for all labels, from labelled texts of any codebook (they carry over).

        Parameters
        ----------
        passages : sequence of Passage
            Texts.
        labels, known : ndarray of bool, shape (n_passages, n_labels)
            Their truth in this tagger's classes.

        Returns
        -------
        DefinitionTagger
            Itself.
        """
        z = self._best(passages)[0]
        flat = fit_calibration(z[known][:, None], labels[known][:, None], np.ones((int(known.sum()), 1), np.bool_))
        self._scale = flat[0, :2]
        scores = self.predict_proba(passages)[known][:, None]
        common = tune_f1(scores, labels[known][:, None], np.ones(scores.shape, np.bool_))
        self.thresholds_ = np.full(len(self.classes), common[0], np.float32)
        return self

    def take_scale(self, other: DefinitionTagger) -> DefinitionTagger:
        """Take the slope, offset and threshold that another tagger learned."""
        self._scale = other._scale.copy()
        self.thresholds_ = np.full(len(self.classes), other.thresholds_[0], np.float32)
        return self

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is the nearest segment."""
        z, nearest = self._best(passages)
        probabilities = np.asarray(1.0 / (1.0 + np.exp(-(z * self._scale[0] + self._scale[1]))), np.float32)
        return Scores(probabilities, lambda i, k: [nearest[i][k]])

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return self.score(passages).documents

    def _best(self, passages: Sequence[Passage]) -> tuple[FloatArray, list[list[Interval]]]:
        """Give the similarity of the nearest segment to each label, standardised, and that segment."""
        segments = [_classified(p) for p in passages]
        spans = [[(s.start, s.end) for s in row] for row in segments]
        encoded = self.encoder.encode([p.document.text for p in passages], spans)
        owners = [p.language for p, row in zip(passages, spans, strict=True) for _ in row]
        vectors = unit(centre(encoded.segments, owners, self.encoder.means))
        similarity = np.einsum("nd,kd->nk", vectors, self._prototypes)
        z = np.full((len(passages), len(self.classes)), -3.0, np.float32)
        nearest = []
        for i, row in enumerate(spans):
            part = similarity[encoded.offsets[i] : encoded.offsets[i + 1]]
            if len(part):
                z[i] = (part.max(axis=0) - self._usual[0]) / self._usual[1]
            nearest.append([row[int(j)] for j in part.argmax(axis=0)] if len(part) else [(0, 1)] * z.shape[1])
        return z, nearest

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors`` and ``model.json``."""
        arrays = {"prototypes": self._prototypes, "usual": self._usual, "scale": self._scale}
        settings = {
            "classes": list(self.classes),
            "encoder": self.encoder.name,
            "encoder_fingerprint": self.encoder.fingerprint,
        }
        write_state(folder, FORMAT, settings, {**arrays, "thresholds": self.thresholds_})

    @classmethod
    def load(cls, folder: Path, encoder: TokenEncoder) -> DefinitionTagger:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ModelError
            If files are missing, damaged, of another format or made for another encoder.
        """
        settings, arrays = read_state(folder, FORMAT, encoder.fingerprint)
        n = len(settings["classes"])
        shapes = {"prototypes": (n, encoder.dimension), "usual": (2, n), "scale": (2,), "thresholds": (n,)}
        arrays.require(shapes)
        tagger = cls(encoder, settings["classes"])
        tagger._prototypes, tagger._usual, tagger._scale = arrays["prototypes"], arrays["usual"], arrays["scale"]
        tagger.thresholds_ = arrays["thresholds"]
        return tagger


def prototype(encoder: TokenEncoder, descriptions: Descriptions) -> FloatArray:
    """Give the unit vector, shape (dimension,), of the mean of a label's centred descriptions over languages."""
    vectors = []
    for code, texts in descriptions.items():
        found = encoder.encode(list(texts)).documents
        language = code if code in encoder.means else next(iter(sorted(encoder.means)))
        vectors.append(centre(found, [language] * len(found), encoder.means).mean(axis=0))
    mean: FloatArray = unit(np.mean(vectors, axis=0)[None])[0]
    return mean


def _classified(passage: Passage) -> list[Segment]:
    """Give the segments that are no boilerplate; the whole text where there are none."""
    kept = [s for s in passage.segments if s.kind != "boilerplate"]
    return kept or ([Segment(0, len(passage.document.text))] if passage.document.text else [])
