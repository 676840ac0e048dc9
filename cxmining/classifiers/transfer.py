"""What a tagger of another codebook says of a text, as scores of these labels.

A codebook of one's own seldom starts from nothing: waiting, rudeness and wrong bills stand in most of them. Where a
label regroups labels that a tagger knows already, its probabilities say so after a few examples; where it only borders
on them, the log-odds of what the tagger thinks improbable still tell something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxmining.classifiers.base import Classifier, FloatArray, Gold
from cxmining.classifiers.folds import grouped_folds
from cxmining.classifiers.heads import Head, fit_heads
from cxmining.classifiers.state import Arrays
from cxmining.records import Passage

_FARTHEST = 1e-5
"""Log-odds of probabilities nearer to 0 or 1 are those of this distance."""


@dataclass(frozen=True, slots=True)
class Source:
    """A tagger to learn beside.

    Parameters
    ----------
    tagger : Classifier
        Of any codebook; it did not learn from the texts to come.
    fingerprint : str
        Changes when its scores would.
    """

    tagger: Classifier
    fingerprint: str


class TransferHead:
    """Multi-label logistic regression on the probabilities and log-odds of a source tagger.

    Parameters
    ----------
    source : Source
        Tagger whose scores are the features.
    classes : sequence of str
        Label ids in order.
    c : float, default 3
        Inverse regularisation strength, for log-odds standardised and divided by the root of their number.
    n_folds : int, default 5
        Folds (grouped by scenario) of the held-out logits.
    seed : int, default 0
        Seed of the folds.

    Attributes
    ----------
    held_out_logits_ : ndarray of shape (n_passages, n_labels)
        Held-out logits of the training rows, set by :meth:`fit`; not saved.

    References
    ----------
    Pan and Yang (2010). A Survey on Transfer Learning. IEEE Transactions on Knowledge and Data Engineering 22(10).
    """

    def __init__(self, source: Source, classes: Sequence[str], c: float = 3.0, n_folds: int = 5, seed: int = 0) -> None:
        self.source = source
        self.classes = classes
        self.c = c
        self.n_folds = n_folds
        self.seed = seed

    def fit(self, passages: Sequence[Passage], gold: Gold) -> TransferHead:
        """Learn a regression a label.

        Parameters
        ----------
        passages : sequence of Passage, length n
            Training texts.
        gold : Gold
            Labels, open cells and groups of the same rows.

        Returns
        -------
        TransferHead
            Itself.
        """
        told = self._told(passages)
        n_labels = told.shape[1] // 2
        mean, spread = told.mean(axis=0), (told.std(axis=0) + 1e-6) * np.sqrt(n_labels)
        mean[:n_labels], spread[:n_labels] = 0.0, 1.0
        x = (told - mean) / spread
        self.held_out_logits_ = np.zeros(gold.labels.shape, np.float32)
        for learn, test in grouped_folds(gold.groups, self.n_folds, self.seed):
            weight, bias = fit_heads(x[learn], gold.labels[learn], gold.known[learn], self.c)
            self.held_out_logits_[test] = x[test] @ weight.T + bias
        weight, bias = fit_heads(x, gold.labels, gold.known, self.c)
        self._head: Head = (weight / spread, np.asarray(bias - (weight / spread) @ mean, np.float32))
        return self

    def logits(self, passages: Sequence[Passage]) -> FloatArray:
        """Give logits of shape (n_passages, n_labels)."""
        weight, bias = self._head
        # einsum sums each row by itself, where a matrix product rounds by its neighbours
        return np.asarray(np.einsum("nd,kd->nk", self._told(passages), weight) + bias, np.float32)

    def _told(self, passages: Sequence[Passage]) -> FloatArray:
        """Give the probabilities of the source's labels and their log-odds, (n_passages, 2 * n_source_labels)."""
        told = self.source.tagger.predict_proba(passages)
        p = np.clip(told, _FARTHEST, 1 - _FARTHEST)
        return np.concatenate([told, np.log(p / (1 - p))], axis=1).astype(np.float32)

    def arrays(self) -> dict[str, FloatArray]:
        """Give what was learned, by name."""
        return {"weight": self._head[0], "bias": self._head[1]}

    def take(self, arrays: Arrays) -> TransferHead:
        """Take what :meth:`arrays` gave; ModelError if an array is missing or of another shape."""
        n = len(self.classes)
        arrays.require({"weight": (n, 2 * len(self.source.tagger.classes_)), "bias": (n,)})
        self._head = (arrays["weight"], arrays["bias"])
        return self
