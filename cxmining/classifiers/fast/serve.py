"""Serves the student: bags of n-grams times vectors, by sentence; no tokenizer, no graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Scores
from cxmining.classifiers.calibration import N_PARAMETERS, apply_calibration
from cxmining.classifiers.fast.evidence import PassageEvidence
from cxmining.classifiers.fast.ngrams import BITS
from cxmining.classifiers.fast.vocabulary import Bags, Vocabulary, batches
from cxmining.classifiers.state import read_state, write_state
from cxmining.errors import ModelError
from cxmining.records import Passage

FORMAT = "cxmining.fast/3"

BATCH = 1 << 17
"""Characters that are read at once. Threads bring nothing here: the steps are small, and wait for the interpreter."""

STRETCH = 16
"""Sentences whose evidence is united; of a longer text the best stretch counts, as the teacher reads it in windows."""

DAMPING = 0.25
"""Power of the number of n-grams that a sentence's sum is divided by."""

BIAS = -4.0
"""What the biases start from."""

LOWEST = -20.0
"""Logit of a text without a letter or digit."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Arrays of a student.

    Parameters
    ----------
    codes : ndarray of int32, shape (n_known,)
        Known n-grams, ascending.
    vectors : ndarray of shape (n_known, width)
        Their vectors.
    hidden : ndarray of shape (width,)
        Bias of the hidden layer.
    heads : ndarray of shape (width, n_labels)
        From hidden units to what a sentence says.
    bias, sentence_bias : ndarray of shape (n_labels,)
        Of the document logits and of the sentence logits.
    calibration : ndarray of shape (n_labels, 4)
        See :mod:`cxmining.classifiers.calibration`.
    """

    codes: NDArray[np.int32]
    vectors: NDArray[np.floating]
    hidden: FloatArray
    heads: FloatArray
    bias: FloatArray
    sentence_bias: FloatArray
    calibration: FloatArray


class FastTagger:
    """A bag-of-n-grams student of the fine-tuned transformer.

    Parameters
    ----------
    classes : sequence of str
        Label ids in order.
    learned : Learned
        Arrays.
    thresholds : ndarray of shape (n_labels,)
        Decision thresholds on calibrated probabilities.

    Attributes
    ----------
    vocabulary : Vocabulary
        Known n-grams.
    vectors : ndarray of shape (n_known, width)
        Their vectors in single precision.
    """

    name = "fast"

    def __init__(self, classes: Sequence[str], learned: Learned, thresholds: FloatArray) -> None:
        self.classes = classes
        self.learned = learned
        self.thresholds_ = thresholds
        self.vocabulary = Vocabulary(learned.codes)
        self.vectors = np.ascontiguousarray(learned.vectors, np.float32)

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return tuple(self.classes)

    def features(self, passages: Sequence[Passage]) -> FloatArray:
        """Give what calibration starts from: document logits of shape (n_passages, n_labels)."""
        documents = np.full((len(passages), len(self.classes)), LOWEST, np.float32)
        for owners, parts in batches([p.text for p in passages], BATCH):
            np.maximum.at(documents, owners, self._read(parts))
        return documents

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is where the label's n-grams weigh most."""

        @lru_cache(maxsize=1)
        def opened(i: int) -> PassageEvidence:
            return PassageEvidence(passages[i], self)

        return Scores(self.predict_proba(passages), lambda i, k: opened(i).of(k))

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return apply_calibration(self.learned.calibration, self.features(passages))

    def inner(self, bags: Bags) -> FloatArray:
        """Give the hidden units of sentences, of shape (n_sentences, width)."""
        return self.activated(self.summed(bags.rows, bags.offsets), np.diff(bags.offsets))

    def summed(self, rows: NDArray[np.int32], offsets: NDArray[np.int64]) -> FloatArray:
        """Give the sums of the vectors ``rows[offsets[i]:offsets[i + 1]]``, of shape (n, width)."""
        # Read by every model's command otherwise, for it takes its time.
        from scipy.sparse import csr_array

        ones = np.ones(len(rows), np.float32)
        found: FloatArray = csr_array((ones, rows, offsets), (len(offsets) - 1, len(self.vectors))) @ self.vectors
        return found

    def activated(self, sums: FloatArray, counts: NDArray[np.int64]) -> FloatArray:
        """Give the hidden units of sums of so many vectors each."""
        damped = sums / np.maximum(counts, 1).astype(np.float32)[:, None] ** np.float32(DAMPING)
        return np.asarray(np.maximum(damped + self.learned.hidden, 0), np.float32)

    def said(self, inner: FloatArray) -> FloatArray:
        """Give what sentences say of each label, of shape (n_sentences, n_labels)."""
        # Row by row: kernels for whole matrices round by a row's place, and a text's scores would hang on its company.
        found: FloatArray = (inner[:, None, :] @ self.learned.heads)[:, 0]
        return found

    def _read(self, texts: Sequence[str]) -> FloatArray:
        """Give the document logits of one batch of texts."""
        documents = np.full((len(texts), len(self.classes)), LOWEST, np.float32)
        bags = self.vocabulary.bags(texts)
        if not len(bags.texts):
            return documents
        said = self.said(self.inner(bags))
        # Stretches begin with each text and after every so many of its sentences.
        first = np.flatnonzero(np.diff(bags.texts, prepend=-1))
        place = np.arange(len(bags.texts)) - np.repeat(first, np.diff(first, append=len(bags.texts)))
        begins = np.flatnonzero(place % STRETCH == 0)
        peaks = np.maximum.reduceat(said, begins)
        shifted = np.exp(said - np.repeat(peaks, np.diff(begins, append=len(said)), axis=0))
        united = peaks + np.log(np.add.reduceat(shifted, begins)) + self.learned.bias
        owners = bags.texts[begins]
        alone = np.flatnonzero(np.diff(owners, prepend=-1))
        documents[owners[alone]] = np.maximum.reduceat(united, alone)
        return documents

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors`` and ``model.json``."""
        arrays = {field.name: getattr(self.learned, field.name) for field in fields(Learned)}
        arrays["vectors"] = self.learned.vectors.astype(np.float16)
        write_state(folder, FORMAT, {"classes": list(self.classes)}, {**arrays, "thresholds": self.thresholds_})

    @classmethod
    def load(cls, folder: Path) -> FastTagger:
        """Read a model folder.

        Raises
        ------
        ModelError
            If files are missing, damaged, of another format or do not fit each other.
        """
        settings, arrays = read_state(folder, FORMAT)
        n = len(settings["classes"])
        codes, vectors = arrays["codes"], arrays["vectors"]
        if codes.ndim != 1 or not _are_codes(codes):
            raise ModelError(f"{folder}/head.safetensors: 'codes' must be ascending codes of n-grams")
        if vectors.ndim != 2:
            raise ModelError(f"{folder}/head.safetensors: 'vectors' has shape {vectors.shape}, expected a matrix")
        width = vectors.shape[1]
        shapes = {"vectors": (len(codes), width), "hidden": (width,), "heads": (width, n), "thresholds": (n,)}
        arrays.require({**shapes, "bias": (n,), "sentence_bias": (n,), "calibration": (n, N_PARAMETERS)})
        rest = {name: arrays[name] for name in ("hidden", "heads", "bias", "sentence_bias", "calibration")}
        return cls(settings["classes"], Learned(codes.astype(np.int32), vectors, **rest), arrays["thresholds"])


def _are_codes(codes: FloatArray) -> bool:
    """Whether numbers are ascending codes."""
    inside = (codes >= 0) & (codes < 1 << BITS) & (codes % 1 == 0)
    return bool(inside.all() and (np.diff(codes) > 0).all())
