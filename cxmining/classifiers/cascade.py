"""A cascade: each tier answers what it is sure of and passes the rest on to a slower, better one.

A text is passed on when a label's probability lies so near its threshold that the tier may be wrong about it, or
when the rules find a given label only denied, supposed or asked about, which a quick tier easily overlooks. How near is
learned on held-out rows: the smallest share of texts passed on that keeps a stated loss against the full model.

References
----------
Viola and Jones (2001). Rapid Object Detection using a Boosted Cascade of Simple Features. CVPR.
Xin et al. (2021). BERxiT: Early Exiting for BERT (confidence-based exits). EACL.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from cxmining.classifiers.base import BoolArray, Classifier, FloatArray, Interval, Scores
from cxmining.classifiers.rules import Rules
from cxmining.errors import ModelError
from cxmining.records import Passage

FORMAT = "cxmining.cascade/2"

Measure = Callable[[BoolArray], float]
"""From decisions of shape (n, n_labels) to a figure; higher is better."""


class CascadeTagger:
    """Classifiers of the same labels in a row, each quicker and less good than the next.

    Parameters
    ----------
    tiers : sequence of Classifier
        Two or more, all calibrated, with the same classes; the last is the full one.
    margins : sequence of float
        One for each tier but the last: it passes a text on if some label's log-odds lie within this distance of its
        threshold's.
    folders : sequence of str
        Names of the tiers' folders, shipped or beside the cascade's own.
    rules : Rules, optional
        Rules of the same labels, which may contradict a tier.
    """

    name = "cascade"

    def __init__(
        self,
        tiers: Sequence[Classifier],
        margins: Sequence[float],
        folders: Sequence[str],
        rules: Rules | None = None,
    ) -> None:
        if any(tier.classes_ != tiers[0].classes_ for tier in tiers):
            raise ModelError("the tiers of a cascade must know the same labels in the same order")
        self.tiers = tuple(tiers)
        self.margins = tuple(margins)
        self.folders = tuple(folders)
        self.rules = rules
        self.thresholds_ = tiers[-1].thresholds_

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return self.tiers[-1].classes_

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; a text's scores are those of the tier that answered it, on the full tier's thresholds."""
        documents = np.zeros((len(passages), len(self.classes_)), np.float32)
        answers: list[tuple[Scores, int] | None] = [None] * len(passages)
        left = list(range(len(passages)))
        for i, tier in enumerate(self.tiers):
            part = [passages[at] for at in left]
            scores = tier.score(part)
            documents[left] = _on_thresholds(scores.documents, tier.thresholds_, self.thresholds_)
            passed = self._passed(i, part, scores.documents)
            for place, (at, on) in enumerate(zip(left, passed.tolist(), strict=True)):
                if not on:
                    answers[at] = scores, place
            left = [at for at, on in zip(left, passed.tolist(), strict=True) if on]
            if not left:
                break

        def evidence(i: int, k: int) -> list[Interval]:
            answer = answers[i]
            return answer[0].evidence(answer[1], k) if answer else []

        return Scores(documents, evidence)

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return self.score(passages).documents

    def _passed(self, i: int, passages: Sequence[Passage], probabilities: FloatArray) -> BoolArray:
        """Tell which texts (n,) a tier passes on."""
        if i == len(self.margins):
            return np.zeros(len(passages), np.bool_)
        thresholds = self.tiers[i].thresholds_
        near = distances(probabilities, thresholds) < self.margins[i]
        given = (probabilities >= thresholds) & ~near[:, None]
        return near | contradicted(passages, given, self.rules)

    def save(self, folder: Path) -> None:
        """Write ``model.json``: the names of the tiers and the margins; the tiers stand in folders beside it."""
        settings = {
            "format": FORMAT,
            "classes": list(self.classes_),
            "tiers": list(self.folders),
            "margins": list(self.margins),
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


def choose_margin(
    tier: tuple[FloatArray, FloatArray], rest: BoolArray, measure: Measure, least: float, always: BoolArray
) -> float:
    """Choose the smallest margin with which a tier and what comes behind it still reach a figure.

    Parameters
    ----------
    tier : tuple of (ndarray of shape (n, n_labels), ndarray of shape (n_labels,))
        The tier's held-out probabilities and its thresholds.
    rest : ndarray of bool, shape (n, n_labels)
        What the tiers behind it decide of the same texts.
    measure : callable
        Figure of merit of decisions, such as macro-F1 against the held-out truth.
    least : float
        Figure to reach; that of ``rest`` is no lower.
    always : ndarray of bool, shape (n,)
        Texts that are passed on whatever the margin.
    """
    away = np.where(always, 0, distances(*tier)).astype(np.float32)
    quick = tier[0] >= tier[1]
    order = np.argsort(away, kind="stable")
    # The larger the margin, the more is passed on; every share is tried from the least to all.
    for n in range(int(always.sum()), len(order) + 1):
        if 0 < n < len(order) and away[order[n]] == away[order[n - 1]]:
            continue  # a margin cannot part texts at the same distance
        mixed = quick.copy()
        mixed[order[:n]] = rest[order[:n]]
        if measure(mixed) >= least:
            return float(away[order[n]]) if n < len(order) else float(np.nextafter(away[order[-1]], np.inf))
    raise AssertionError("passing everything on reaches what the rest does")


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
