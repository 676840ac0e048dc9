"""A linear head, n-grams, definitions and a tagger of another codebook, stacked: to learn from a few hundred texts.

The encoder knows what words mean, n-grams know the words of these texts, definitions say what to look for where
examples are few, and the other tagger knows complaints. Each of them scores the training texts by folds that it did
not learn from, and a partially pooled regression weighs their scores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Gold, Scores
from cxmining.classifiers.definitions import Descriptions, prototype
from cxmining.classifiers.heads import fit_pooled_stack, says_nothing
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

_LEARNED = np.array([True, True, False, True, False, True])
"""Those of them that heads give."""


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
        Probabilities of the training rows, set by :meth:`fit`; no member learned from the row that it scored, but
        the stacking did. Not saved.

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
        self._silence = _means(told)
        features = self._spoken(told)
        self._weight, self._bias = fit_pooled_stack(features, gold.labels, gold.known)
        self.held_out_ = self._combine(features)
        self.thresholds_ = tune_f1(self.held_out_, gold.labels, gold.known)
        return self

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is the linear head's."""
        reading = self._head.read(passages)
        probabilities = self._combine(self._spoken(self._hear(reading, passages)))
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

    def _hear(self, reading: Reading, passages: Sequence[Passage]) -> FloatArray:
        """Ask every member, (n, n_labels, 6); NaN where one of them says nothing."""
        transfer = self._transfer.logits(passages) if self._transfer else None
        return self._join(self._head.logits(reading), self._ngrams.logits(passages), self._likeness(reading), transfer)

    def _join(
        self, head: FloatArray, ngrams: FloatArray, likeness: FloatArray, transfer: FloatArray | None
    ) -> FloatArray:
        """Join what the members say, (n, n_labels, 6); NaN where one of them says nothing.

        A head that met a label never or always, in a fold or in a language, tells of its rows and not of the text: in
        folds its constant is low just where the label holds.
        """
        silent = np.full_like(ngrams, np.nan) if transfer is None else transfer
        told = np.concatenate([head, np.stack([ngrams, likeness, silent], axis=2)], axis=2)
        told[says_nothing(told) & _LEARNED] = np.nan
        return told

    def _spoken(self, told: FloatArray) -> FloatArray:
        """Put what a member says of a label on average where it says nothing."""
        return np.asarray(np.where(np.isfinite(told), told, self._silence), np.float32)

    def _combine(self, features: FloatArray) -> FloatArray:
        """Weigh the features into a probability."""
        z = (features * self._weight[None]).sum(axis=2) + self._bias
        return np.asarray(1.0 / (1.0 + np.exp(-z)), np.float32)

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors``, ``model.json`` and ``vocabulary.json``."""
        arrays: dict[str, NDArray[np.generic]] = {
            "stack.weight": self._weight,
            "stack.bias": self._bias,
            "silence": self._silence,
            "prototypes": self._prototypes,
            "usual": self._usual,
            "thresholds": self.thresholds_,
        }
        members: dict[str, Mapping[str, NDArray[np.generic]]]
        members = {"head": self._head.arrays(), "ngrams": self._ngrams.arrays()}
        if self._transfer:
            members["transfer"] = self._transfer.arrays()
        for name, learned in members.items():
            arrays |= {f"{name}.{key}": value for key, value in learned.items()}
        settings = {
            "classes": list(self.classes),
            "encoder": self.encoder.name,
            "encoder_fingerprint": self.encoder.fingerprint,
            "languages": self._ngrams.languages,
            "source_fingerprint": self.source.fingerprint if self.source else None,
        }
        write_state(folder, FORMAT, settings, arrays)
        self._ngrams.write_vocabulary(folder)

    @classmethod
    def load(cls, folder: Path, encoder: TokenEncoder, source: Callable[[], Source]) -> StackedTagger:
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        folder : Path
            Model folder.
        encoder : TokenEncoder
            The encoder that it was made for.
        source : callable
            Opens the tagger that it may have learned beside.

        Raises
        ------
        ModelError
            If files are missing, damaged, of another format, or made for another encoder or beside another source.
        """
        settings, arrays = read_state(folder, FORMAT, encoder.fingerprint)
        n = len(settings["classes"])
        shapes = {
            "stack.weight": (n, _N_FEATURES),
            "stack.bias": (n,),
            "silence": (n, _N_FEATURES),
            "prototypes": (n, encoder.dimension),
            "usual": (2, n),
            "thresholds": (n,),
        }
        arrays.require(shapes)
        tagger = cls(encoder, settings["classes"], [], _beside(folder, settings, source))
        tagger._head.take(arrays.part("head"))
        tagger._ngrams.take(arrays.part("ngrams"), folder, settings.get("languages"))
        if tagger._transfer:
            tagger._transfer.take(arrays.part("transfer"))
        tagger._weight, tagger._bias = arrays["stack.weight"], arrays["stack.bias"]
        tagger._silence = arrays["silence"]
        tagger._prototypes, tagger._usual = arrays["prototypes"], arrays["usual"]
        tagger.thresholds_ = arrays["thresholds"]
        return tagger


def _beside(folder: Path, settings: dict[str, Any], source: Callable[[], Source]) -> Source | None:
    """Open the source that a model learned beside, if it did."""
    told = settings.get("source_fingerprint", "")
    if told is None:
        return None
    if told != (found := source()).fingerprint:
        raise ModelError(f"{folder}: learned beside another version of a shipped tagger; train it again")
    return found


def _means(told: FloatArray) -> FloatArray:
    """Give the mean of what each member says of each label, (n_labels, 6); of all labels where it says nothing."""
    heard = np.isfinite(told)
    total, n = np.where(heard, told, 0.0).sum(axis=0), heard.sum(axis=0)
    overall = total.sum(axis=0) / np.maximum(n.sum(axis=0), 1)
    return np.asarray(np.where(n > 0, total / np.maximum(n, 1), overall), np.float32)
