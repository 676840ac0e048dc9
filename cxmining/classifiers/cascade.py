"""A cascade: the fast tier answers what it is sure of and passes the rest on.

A text is passed on when a label's probability lies so near its threshold that the fast tier may be wrong about it, or
when the rules find a given label only denied, supposed or asked about, which bags of n-grams do not see. How near is
learned on held-out rows: the smallest share of texts passed on that keeps a stated loss against the full model.

References
----------
Viola and Jones (2001). Rapid Object Detection using a Boosted Cascade of Simple Features. CVPR.
Xin et al. (2021). BERxiT: Early Exiting for BERT (confidence-based exits). EACL.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cxmining.classifiers.base import BoolArray, Classifier, FloatArray, Interval, Scores
from cxmining.classifiers.rules import Rules
from cxmining.errors import ModelError, UsageError
from cxmining.records import Passage

FORMAT = "cxmining.cascade/1"

Measure = Callable[[BoolArray], float]
"""From decisions of shape (n, n_labels) to a figure; higher is better."""


@dataclass(frozen=True, slots=True)
class Deferral:
    """When the fast tier passes a text on, and what that meant on held-out rows.

    Parameters
    ----------
    margin : float
        A text is passed on if some label's log-odds lie within this distance of its threshold's.
    share : float
        Share of the held-out texts that were passed on.
    loss : float
        What the measure lost against the full model on the held-out rows.
    """

    margin: float
    share: float
    loss: float


class CascadeTagger:
    """Two classifiers of the same labels, a quick one in front of a better one.

    Parameters
    ----------
    fast, full : Classifier
        Both calibrated, with the same classes.
    deferral : Deferral
        When the fast one passes a text on.
    folders : tuple of str
        Names of the tiers' folders, shipped or beside the cascade's own.
    rules : Rules, optional
        Rules of the same labels, which may contradict the fast one.
    """

    name = "cascade"

    def __init__(
        self,
        fast: Classifier,
        full: Classifier,
        deferral: Deferral,
        folders: tuple[str, str] = ("fast", "transformer"),
        rules: Rules | None = None,
    ) -> None:
        if fast.classes_ != full.classes_:
            raise ModelError("the tiers of a cascade must know the same labels in the same order")
        self.fast = fast
        self.full = full
        self.deferral = deferral
        self.folders = folders
        self.rules = rules
        self.thresholds_ = full.thresholds_

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return self.full.classes_

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; a text's scores are those of the tier that answered it, on the full tier's thresholds."""
        first = self.fast.score(passages)
        near = distances(first.documents, self.fast.thresholds_) < self.deferral.margin
        given = np.where(near[:, None], False, first.documents >= self.fast.thresholds_)
        passed = np.flatnonzero(near | contradicted(passages, given, self.rules)).tolist()
        second = self.full.score([passages[i] for i in passed])
        documents = _on_thresholds(first.documents, self.fast.thresholds_, self.thresholds_)
        documents[passed] = second.documents
        place = {i: at for at, i in enumerate(passed)}

        def evidence(i: int, k: int) -> list[Interval]:
            return second.evidence(place[i], k) if i in place else first.evidence(i, k)

        return Scores(documents, evidence)

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return self.score(passages).documents

    def save(self, folder: Path) -> None:
        """Write ``model.json``: the names of the tiers and the deferral; the tiers stand in folders beside it."""
        settings = {
            "format": FORMAT,
            "classes": list(self.classes_),
            "fast": self.folders[0],
            "full": self.folders[1],
            "margin": self.deferral.margin,
            "held_out_share": self.deferral.share,
            "held_out_loss": self.deferral.loss,
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def distances(probabilities: FloatArray, thresholds: FloatArray) -> FloatArray:
    """Give each text's smallest distance to a decision, in log-odds, shape (n,)."""
    away: FloatArray = np.abs(_log_odds(probabilities) - _log_odds(thresholds)).min(axis=1, initial=np.inf)
    return away


def contradicted(passages: Sequence[Passage], given: BoolArray, rules: Rules | None) -> BoolArray:
    """Tell which texts (n,) the rules contradict: all they find of a label that was given is taken back."""
    found = np.zeros(len(passages), np.bool_)
    if rules is not None:
        for i in np.flatnonzero(given.any(axis=1)).tolist():
            found[i] = (rules.votes(passages[i], np.flatnonzero(given[i]).tolist()) < 0).any()
    return found


def choose_deferral(
    fast: tuple[FloatArray, FloatArray],
    full: tuple[FloatArray, FloatArray],
    measure: Measure,
    loss: float,
    always: BoolArray | None = None,
) -> Deferral:
    """Choose the smallest margin whose decisions lose at most ``loss`` against the full model's.

    Parameters
    ----------
    fast, full : tuple of (ndarray of shape (n, n_labels), ndarray of shape (n_labels,))
        Held-out probabilities and thresholds of the two tiers.
    measure : callable
        Figure of merit of decisions, such as macro-F1 against the held-out truth.
    loss : float
        Greatest loss allowed.
    always : ndarray of bool, shape (n,), optional
        Texts that are passed on whatever the margin.

    Returns
    -------
    Deferral
        Margin, share passed on, loss.
    """
    if not loss >= 0:
        raise UsageError(f"the loss that a cascade may have is a number from 0 up, got {loss}")
    away = distances(*fast)
    first = 0
    if always is not None:
        away = np.where(always, 0, away).astype(np.float32)
        first = int(always.sum())
    quick, slow = fast[0] >= fast[1], full[0] >= full[1]
    best = measure(slow)
    order = np.argsort(away, kind="stable")
    # The larger the margin, the more is passed on; every share is tried from the least to all.
    for n in range(first, len(order) + 1):
        if 0 < n < len(order) and away[order[n]] == away[order[n - 1]]:
            continue  # a margin cannot part texts at the same distance
        mixed = quick.copy()
        mixed[order[:n]] = slow[order[:n]]
        if best - measure(mixed) <= loss:
            margin = float(away[order[n]]) if n < len(order) else float(np.nextafter(away[order[-1]], np.inf))
            return Deferral(margin, n / max(len(order), 1), best - measure(mixed))
    raise AssertionError("passing everything on loses nothing")


def _log_odds(probability: FloatArray) -> FloatArray:
    """Give the log-odds, bounded."""
    p = np.clip(probability, 1e-6, 1 - 1e-6).astype(np.float64)
    odds: FloatArray = np.log(p / (1 - p)).astype(np.float32)
    return odds


def _on_thresholds(probabilities: FloatArray, own: FloatArray, other: FloatArray) -> FloatArray:
    """Shift log-odds so that decisions on ``other`` thresholds are those on the tier's own."""
    shifted = _log_odds(probabilities) - _log_odds(own) + _log_odds(other)
    moved = np.asarray(1.0 / (1.0 + np.exp(-shifted)), np.float32)
    # Rounding must not turn a decision over.
    decided = probabilities >= own
    return np.where(decided, np.maximum(moved, other), np.minimum(moved, np.nextafter(other, np.float32(0))))
