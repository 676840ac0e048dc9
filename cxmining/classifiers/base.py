"""The protocol of classifiers and the scores they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cxmining.records import Passage

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
Votes = NDArray[np.int8]
"""What rules say of texts, (n_passages, n_labels): 1 told, -1 only mentioned and taken back, 0 nothing."""

Interval = tuple[int, int]
"""Half-open interval of normalised characters."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a batch of passages.

    Parameters
    ----------
    documents : ndarray of shape (n_passages, n_labels)
        Calibrated probabilities in [0, 1], in the order of ``classes_``.
    evidence : callable (passage index, label index) -> list of Interval
        Words behind a score, best first, at least one interval inside the passage's text. Computed on demand.
    """

    documents: FloatArray
    evidence: Callable[[int, int], list[Interval]]


@dataclass(frozen=True, slots=True)
class Gold:
    """Labels to learn from, row by row with the passages.

    Parameters
    ----------
    labels : ndarray of bool, shape (n_passages, n_labels)
        Whether a label holds.
    known : ndarray of bool, shape (n_passages, n_labels)
        False where annotators left a label open; such cells teach nothing.
    spans : sequence of dict
        For each passage the evidence of each label index, in normalised offsets.
    groups : sequence of str
        Scenario of each passage; rows of one group never stand on both sides of a fold.
    """

    labels: BoolArray
    known: BoolArray
    spans: Sequence[dict[int, list[Interval]]]
    groups: Sequence[str]


class Classifier(Protocol):
    """What every estimator offers.

    Attributes
    ----------
    name : str
        Name that tags carry.
    classes_ : tuple of str
        Label ids, the column order.
    thresholds_ : ndarray of shape (n_labels,)
        Score from which a label is given, tuned in training.
    """

    name: str
    thresholds_: FloatArray

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in column order."""
        ...

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages in supported languages."""
        ...

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        ...

    def save(self, folder: Path) -> None:
        """Write the learned state without pickle."""
        ...
