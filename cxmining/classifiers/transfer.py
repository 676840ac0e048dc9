"""What a tagger of another codebook says of a text, as scores of these labels.

A codebook of one's own seldom starts from nothing: waiting, rudeness and wrong bills stand in most of them. Where a
label regroups or borders on labels that a tagger knows already, a few examples tell how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cxmining.classifiers.base import Classifier, FloatArray, Gold
from cxmining.classifiers.folds import grouped_folds
from cxmining.classifiers.heads import Head, fit_heads
from cxmining.classifiers.state import read_state, write_state
from cxmining.errors import ModelError
from cxmining.records import Passage

FORMAT = "cxmining.transfer/1"

_FARTHEST = 1e-5
"""Probabilities nearer to 0 or 1 count as this near, so that no log-odds drowns the others."""


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
    """Multi-label logistic regression on the log-odds of a source tagger.

    Parameters
    ----------
    source : Source
        Tagger whose log-odds are the features.
    classes : sequence of str
        Label ids in order.
    c : float, default 10
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

    name = "transfer"

    def __init__(
        self, source: Source, classes: Sequence[str], c: float = 10.0, n_folds: int = 5, seed: int = 0
    ) -> None:
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
        odds = self._odds(passages)
        mean, spread = odds.mean(axis=0), (odds.std(axis=0) + 1e-6) * np.sqrt(odds.shape[1])
        x = (odds - mean) / spread
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
        return np.asarray(np.einsum("nd,kd->nk", self._odds(passages), weight) + bias, np.float32)

    def _odds(self, passages: Sequence[Passage]) -> FloatArray:
        """Give the log-odds of the source's labels, (n_passages, n_source_labels)."""
        p = np.clip(self.source.tagger.predict_proba(passages), _FARTHEST, 1 - _FARTHEST)
        return np.asarray(np.log(p / (1 - p)), np.float32)

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors`` and ``model.json``."""
        settings = {"classes": list(self.classes), "source_fingerprint": self.source.fingerprint}
        write_state(folder, FORMAT, settings, {"weight": self._head[0], "bias": self._head[1]})

    @classmethod
    def load(cls, folder: Path, source: Source) -> TransferHead:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ModelError
            If files are missing, damaged, of another format or made beside another source.
        """
        settings, arrays = read_state(folder, FORMAT)
        if settings.get("source_fingerprint") != source.fingerprint:
            raise ModelError(f"{folder}: learned beside another version of a shipped tagger; train the model again")
        n = len(settings["classes"])
        arrays.require({"weight": (n, len(source.tagger.classes_)), "bias": (n,)})
        head = cls(source, settings["classes"])
        head._head = (arrays["weight"], arrays["bias"])
        return head
