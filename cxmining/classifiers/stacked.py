"""A linear head, n-grams, definitions and a tagger of another codebook, stacked: to learn from a few hundred texts.

The encoder knows what words mean, n-grams know the words of these texts, definitions say what to look for where
examples are few, and the other tagger knows complaints. Each of them scores the training texts by folds that it did
not learn from, and a partially pooled regression weighs their scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from cxmining.classifiers.base import FloatArray, Gold, Scores
from cxmining.classifiers.definitions import Descriptions, prototype
from cxmining.classifiers.heads import fit_pooled_stack
from cxmining.classifiers.linear_head import LinearHead, Reading
from cxmining.classifiers.state import read_state, write_state
from cxmining.classifiers.tfidf import TfidfTagger
from cxmining.classifiers.thresholds import tune_f1
from cxmining.classifiers.transfer import Source, TransferHead
from cxmining.encoders import TokenEncoder
from cxmining.errors import ModelError
from cxmining.records import Passage

FORMAT = "cxmining.stacked/1"

_N_FEATURES = 6
"""Document logit, largest segment logit, whether a rule fires, n-gram logit, likeness to the definition, transfer."""


class StackedTagger:
    """Multi-label stacking of an encoder's linear head, n-grams, definitions and another codebook's tagger.

    Parameters
    ----------
    encoder : TokenEncoder
        Gives token states and per-language means.
    classes : sequence of str
        Label ids in order.
    descriptions : sequence of mapping
        What the codebook says of each label, by language.
    source : Source or None, default None
        Tagger of another codebook that did not learn from the training texts.
    n_folds : int, default 5
        Folds (grouped by scenario) whose held-out scores teach the stacking and the thresholds.
    seed : int, default 0
        Seed of the folds.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_labels,)
        Thresholds with the best held-out F1.
    held_out_ : ndarray of shape (n_passages, n_labels)
        Held-out probabilities of the training rows, set by :meth:`fit`; not saved.

    References
    ----------
    Wolpert (1992). Stacked Generalization. Neural Networks 5(2).
    """

    name = "stacked"

    def __init__(
        self,
        encoder: TokenEncoder,
        classes: Sequence[str],
        descriptions: Sequence[Descriptions],
        source: Source | None = None,
        n_folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.encoder = encoder
        self.classes = classes
        self.descriptions = descriptions
        self.source = source
        self.n_folds = n_folds
        self.seed = seed
        self._head = LinearHead(encoder, classes, n_folds=n_folds, seed=seed)
        self._ngrams = TfidfTagger(classes, n_folds=n_folds, seed=seed)
        self._transfer = TransferHead(source, classes, n_folds=n_folds, seed=seed) if source else None

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return tuple(self.classes)

    def fit(self, passages: Sequence[Passage], gold: Gold) -> StackedTagger:
        """Learn the members, their weights and the thresholds.

        Parameters
        ----------
        passages : sequence of Passage, length n
            Training texts.
        gold : Gold
            Labels, open cells, evidence and groups of the same rows.

        Returns
        -------
        StackedTagger
            Itself.
        """
        reading = self._head.read(passages)
        # The members draw the same folds, so a row is held out from all of them at once.
        self._head.learn(reading, passages, gold)
        self._ngrams.fit(passages, gold)
        self._prototypes = np.stack([prototype(self.encoder, told) for told in self.descriptions])
        self._usual = np.array([[0.0], [1.0]], np.float32).repeat(len(self.classes), axis=1)
        likeness = self._likeness(reading)
        self._usual = np.stack([likeness.mean(axis=0), likeness.std(axis=0) + 1e-6])
        transfer = self._transfer.fit(passages, gold).held_out_logits_ if self._transfer else None
        told = self._join(self._head.held_out_logits_, self._ngrams.held_out_logits_, self._likeness(reading), transfer)
        heard = np.isfinite(told)
        self._silence = np.where(heard, told, 0.0).sum(axis=(0, 1)) / np.maximum(heard.sum(axis=(0, 1)), 1)
        features = self._spoken(told)
        self._weight, self._bias = fit_pooled_stack(features, gold.labels, gold.known)
        self.held_out_ = self._combine(features)
        self.thresholds_ = tune_f1(self.held_out_, gold.labels, gold.known)
        return self

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is the linear head's."""
        reading = self._head.read(passages)
        transfer = self._transfer.logits(passages) if self._transfer else None
        told = self._join(self._head.logits(reading), self._ngrams.logits(passages), self._likeness(reading), transfer)
        probabilities = self._combine(self._spoken(told))
        return Scores(probabilities, lambda i, k: list(self._head.evidence(passages[i], reading, i, k)))

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return self.score(passages).documents

    def _likeness(self, reading: Reading) -> FloatArray:
        """Give how like the nearest segment is to each label's definition, in units of what is usual for the label."""
        segments = reading.vectors.segments
        # einsum sums each row by itself, where a matrix product rounds by its neighbours
        nearest = reading.vectors.largest(np.einsum("nd,kd->nk", segments, self._prototypes), missing=0.0)
        return np.asarray((nearest - self._usual[0]) / self._usual[1], np.float32)

    def _join(
        self, head: FloatArray, ngrams: FloatArray, likeness: FloatArray, transfer: FloatArray | None
    ) -> FloatArray:
        """Join what the members say, (n, n_labels, 6); NaN where one of them says nothing."""
        silent = np.full_like(ngrams, np.nan) if transfer is None else transfer
        return np.concatenate([head, np.stack([ngrams, likeness, silent], axis=2)], axis=2)

    def _spoken(self, told: FloatArray) -> FloatArray:
        """Put what a member says on average where it says nothing."""
        return np.asarray(np.where(np.isfinite(told), told, self._silence), np.float32)

    def _combine(self, features: FloatArray) -> FloatArray:
        """Weigh the features into a probability."""
        z = (features * self._weight[None]).sum(axis=2) + self._bias
        return np.asarray(1.0 / (1.0 + np.exp(-z)), np.float32)

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors`` and ``model.json``, and the members in folders of their names."""
        arrays = {
            "stack.weight": self._weight,
            "stack.bias": self._bias,
            "silence": self._silence,
            "prototypes": self._prototypes,
            "usual": self._usual,
            "thresholds": self.thresholds_,
        }
        settings = {
            "classes": list(self.classes),
            "encoder": self.encoder.name,
            "encoder_fingerprint": self.encoder.fingerprint,
            "has_source": self.source is not None,
        }
        write_state(folder, FORMAT, settings, arrays)
        for member in self._members():
            member.save(folder / member.name)

    def _members(self) -> list[LinearHead | TfidfTagger | TransferHead]:
        """List what has files of its own."""
        return [self._head, self._ngrams, *([self._transfer] if self._transfer else [])]

    @classmethod
    def load(cls, folder: Path, encoder: TokenEncoder, source: Callable[[], Source]) -> StackedTagger:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ModelError
            If files are missing, damaged, of another format or made for another encoder, or a member has other labels.
        """
        settings, arrays = read_state(folder, FORMAT, encoder.fingerprint)
        classes = settings["classes"]
        n = len(classes)
        arrays.require(
            {
                "stack.weight": (n, _N_FEATURES),
                "stack.bias": (n,),
                "silence": (_N_FEATURES,),
                "prototypes": (n, encoder.dimension),
                "usual": (2, n),
                "thresholds": (n,),
            }
        )
        beside = source() if settings.get("has_source") is True else None
        tagger = cls(encoder, classes, [], beside)
        tagger._head = LinearHead.load(folder / LinearHead.name, encoder)
        tagger._ngrams = TfidfTagger.load(folder / TfidfTagger.name)
        if beside is not None:
            tagger._transfer = TransferHead.load(folder / TransferHead.name, beside)
        for member in tagger._members():
            if list(member.classes) != classes:
                raise ModelError(f"{folder / member.name}: its labels are not those of {folder}; train the model again")
        tagger._weight, tagger._bias = arrays["stack.weight"], arrays["stack.bias"]
        tagger._silence = arrays["silence"]
        tagger._prototypes, tagger._usual = arrays["prototypes"], arrays["usual"]
        tagger.thresholds_ = arrays["thresholds"]
        return tagger
