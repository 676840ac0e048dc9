"""The rules as a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cxmining.classifiers.base import FloatArray, Interval, Scores
from cxmining.classifiers.rules.match import Rules
from cxmining.errors import ModelError
from cxmining.records import Passage

SILENCE = 0.02
"""Probability of a label that no rule speaks for."""


class RuleTagger:
    """Tags by rules: a hit is as probable as its label's patterns were precise, silence says little.

    Parameters
    ----------
    rules : Rules
        Compiled rules; their classes are the columns.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_labels,)
        0.5 throughout.

    References
    ----------
    Ratner et al. (2017). Snorkel: rapid training data creation with weak supervision. PVLDB 11(3).
    """

    name = "rules"

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.thresholds_: FloatArray = np.full(len(rules.classes), 0.5, np.float32)

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in column order."""
        return self.rules.classes

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages.

        Parameters
        ----------
        passages : sequence of Passage
            Passages in any language; rules are silent in those without rules.

        Returns
        -------
        Scores
            Probabilities; the evidence of a label is what its patterns matched, or the passage's first segment that
            is no boilerplate where they matched nothing.
        """
        hits = [self.rules.hits(passage) for passage in passages]
        documents = np.full((len(passages), len(self.classes_)), SILENCE, np.float32)
        for i, (passage, found) in enumerate(zip(passages, hits, strict=True)):
            columns = list(found)
            documents[i, columns] = self.rules.precision(passage.language)[columns]

        def evidence(passage: int, label: int) -> list[Interval]:
            return hits[passage].get(label) or _anywhere(passages[passage])

        return Scores(documents, evidence)

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities.

        Parameters
        ----------
        passages : sequence of Passage
            Passages.

        Returns
        -------
        ndarray of shape (n_passages, n_labels)
            Precision of the label's patterns for a hit, a small constant otherwise.
        """
        return self.score(passages).documents

    def save(self, folder: Path) -> None:
        """Refuse: there is no learned state.

        Parameters
        ----------
        folder : Path
            Not written to.

        Raises
        ------
        ModelError
            Always.
        """
        raise ModelError(f"{folder}: rules are shipped with the package, not saved")


def _anywhere(passage: Passage) -> list[Interval]:
    """Give the first segment that is no boilerplate, else the whole text."""
    for segment in passage.segments:
        if segment.kind != "boilerplate":
            return [(segment.start, segment.end)]
    return [(0, len(passage.document.text))]
