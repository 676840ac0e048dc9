"""A cascade: each tier answers what it is sure of and passes the rest on to a slower, better one.

A text is passed on when a label's odds lie so near its threshold that the tier may be wrong about it. A slower tier's
time grows with a text's length, so a long text must be nearer than a short one: what may be won is weighed against what
it costs. The first tier also passes on where the rules find a label that it gave only denied, supposed or asked about,
which a quick tier easily overlooks. What a tier said is not lost where the next one reads on: their log-odds are mixed.
How near is near, and how much of the earlier is kept, is learned on held-out rows.

References
----------
Viola and Jones (2001). Rapid Object Detection using a Boosted Cascade of Simple Features. CVPR.
Nan and Saligrama (2017). Adaptive Classification for Prediction Under a Budget (error weighed against cost). NIPS.
Xin et al. (2021). BERxiT: Early Exiting for BERT (confidence-based exits). EACL.
Genest and Zidek (1986). Combining Probability Distributions (logarithmic opinion pools). Statistical Science 1(1).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cxmining.classifiers.base import BoolArray, Classifier, FloatArray, Interval, Scores
from cxmining.classifiers.rules import Rules
from cxmining.errors import ModelError
from cxmining.records import Passage

FORMAT = "cxmining.cascade/3"

ASSENT = 1.0
"""Log-odds beyond a threshold up to which an earlier tier's assent counts: a quick tier hears that a failure is told of
and overlooks that it is denied. Chosen on development rows and denials."""

OVERHEAD = 50
"""Columns of text that take a tier about as long as what it does once for every text; on development rows 30 and 100
come to the same."""

Measure = Callable[[BoolArray], float]
"""From decisions of shape (n, n_labels) to a figure; higher is better."""


@dataclass(frozen=True, slots=True)
class Passing:
    """How a tier passes texts on to the next.

    Parameters
    ----------
    margin : float
        A text is passed on if its :func:`distances` is less.
    kept : float
        Weight, in 0 to 1, of what was said so far beside what the next tier says.
    """

    margin: float
    kept: float = 0.0


class CascadeTagger:
    """Classifiers of the same labels in a row, each quicker and less good than the next.

    Parameters
    ----------
    tiers : sequence of Classifier
        Two or more, all calibrated, with the same classes; the last is the full one.
    passings : sequence of Passing
        One for each tier but the last.
    folders : sequence of str
        Names of the tiers' folders, shipped or beside the cascade's own.
    rules : Rules, optional
        Rules of the same labels, which may contradict the first tier.
    name : str, default 'cascade'
        Name of the tagger.
    """

    def __init__(
        self,
        tiers: Sequence[Classifier],
        passings: Sequence[Passing],
        folders: Sequence[str],
        rules: Rules | None = None,
        name: str = "cascade",
    ) -> None:
        if any(tier.classes_ != tiers[0].classes_ for tier in tiers):
            raise ModelError("the tiers of a cascade must know the same labels in the same order")
        self.tiers = tuple(tiers)
        self.passings = tuple(passings)
        self.folders = tuple(folders)
        self.rules = rules
        self.name = name
        self.thresholds_ = tiers[-1].thresholds_

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return self.tiers[-1].classes_

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; a text's scores are those of the tier that answered it, on the full tier's thresholds."""
        excess = np.zeros((len(passages), len(self.classes_)), np.float32)
        answers: list[tuple[Scores, int] | None] = [None] * len(passages)
        left = list(range(len(passages)))
        for i, tier in enumerate(self.tiers):
            part = [passages[at] for at in left]
            scores = tier.score(part)
            own = odds_beyond(scores.documents, tier.thresholds_)
            said = mixed(excess[left], own, self.passings[i - 1].kept) if i else own
            excess[left] = said
            passed = self._passed(i, part, said).tolist()
            for place, (at, on) in enumerate(zip(left, passed, strict=True)):
                if not on:
                    answers[at] = scores, place
            left = [at for at, on in zip(left, passed, strict=True) if on]
            if not left:
                break

        def evidence(i: int, k: int) -> list[Interval]:
            answer = answers[i]
            return answer[0].evidence(answer[1], k) if answer else []

        return Scores(probabilities_of(excess, self.thresholds_), evidence)

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return self.score(passages).documents

    def _passed(self, i: int, passages: Sequence[Passage], said: FloatArray) -> BoolArray:
        """Tell which texts (n,) a tier passes on."""
        if i == len(self.passings):
            return np.zeros(len(passages), np.bool_)
        near = distances(said, passages) < self.passings[i].margin
        # A transformer behind the first tier has asked the rules itself; asking again would cost a tenth of its time.
        return near if i else near | contradicted(passages, (said >= 0) & ~near[:, None], self.rules)

    def save(self, folder: Path) -> None:
        """Write ``model.json``: the names of the tiers and the margins; the tiers stand in folders beside it."""
        settings = {
            "format": FORMAT,
            "name": self.name,
            "classes": list(self.classes_),
            "tiers": list(self.folders),
            "margins": [passing.margin for passing in self.passings],
            "kept": [passing.kept for passing in self.passings],
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def odds_beyond(probabilities: FloatArray, thresholds: FloatArray) -> FloatArray:
    """Give how far log-odds lie beyond the thresholds', shape (n, n_labels); a label is given from 0 on."""
    beyond = _log_odds(probabilities) - _log_odds(thresholds)
    # Rounding must not turn a decision over.
    least = np.float32(1e-6)
    found: FloatArray = np.where(probabilities >= thresholds, np.maximum(beyond, 0), np.minimum(beyond, -least))
    return found


def mixed(before: FloatArray, own: FloatArray, kept: float) -> FloatArray:
    """Mix what was said before, its assent bounded, with what a tier says itself: log-odds beyond thresholds."""
    weight = np.float32(kept)
    found: FloatArray = weight * np.minimum(before, np.float32(ASSENT)) + (np.float32(1) - weight) * own
    return found


def probabilities_of(beyond: FloatArray, thresholds: FloatArray) -> FloatArray:
    """Turn log-odds beyond thresholds into probabilities; those from 0 up reach the threshold, no other does."""
    found = np.asarray(1.0 / (1.0 + np.exp(-(beyond + _log_odds(thresholds)))), np.float32)
    under = np.nextafter(thresholds, np.float32(0))
    reached: FloatArray = np.where(beyond >= 0, np.maximum(found, thresholds), np.minimum(found, under))
    return reached


def distances(beyond: FloatArray, passages: Sequence[Passage]) -> FloatArray:
    """Give how little each text is worth passing on, shape (n,).

    A decision at a distance ``d`` in log-odds is wrong with a chance of about ``exp(-d)``, and reading the text again
    takes time in proportion to its length. The logarithm of time over chance is the smallest distance of a label plus
    the logarithm of the length: passing on what lies under a margin buys most right decisions for the time.
    """
    away: FloatArray = np.abs(beyond).min(axis=1, initial=np.inf)
    # Japanese characters count twice, as they do in a terminal: so all languages have about as many columns a token.
    columns = [len(p.text) * (2 if p.language == "ja" else 1) for p in passages]
    return away + np.log1p(np.array(columns, np.float32) / OVERHEAD)


def contradicted(passages: Sequence[Passage], given: BoolArray, rules: Rules | None) -> BoolArray:
    """Tell which texts (n,) the rules contradict: all they find of a label that was given is taken back."""
    found = np.zeros(len(passages), np.bool_)
    if rules is not None:
        for i in np.flatnonzero(given.any(axis=1)).tolist():
            found[i] = (rules.votes(passages[i], np.flatnonzero(given[i]).tolist()) < 0).any()
    return found


def choose_margin(quick: BoolArray, rest: BoolArray, away: FloatArray, measure: Measure, least: float) -> float:
    """Choose the smallest margin with which a tier and what comes behind it still reach a figure.

    Parameters
    ----------
    quick : ndarray of bool, shape (n, n_labels)
        What is decided of held-out texts when the tier has spoken.
    rest : ndarray of bool, shape (n, n_labels)
        What the tiers behind it decide of the same texts.
    away : ndarray of shape (n,)
        Texts with less than the margin are passed on; 0 are those that always are.
    measure : callable
        Figure of merit of decisions, such as macro-F1 against the held-out truth.
    least : float
        Figure to reach; that of ``rest`` is no lower.
    """
    order = np.argsort(away, kind="stable")
    # The larger the margin, the more is passed on; every share is tried from the least to all.
    for n in range(int((away <= 0).sum()), len(order) + 1):
        if 0 < n < len(order) and away[order[n]] == away[order[n - 1]]:
            continue  # a margin cannot part texts at the same distance
        decided = quick.copy()
        decided[order[:n]] = rest[order[:n]]
        if measure(decided) >= least:
            return float(away[order[n]]) if n < len(order) else float(np.nextafter(away[order[-1]], np.inf))
    raise AssertionError("passing everything on reaches what the rest does")


def _log_odds(probability: FloatArray) -> FloatArray:
    """Give the log-odds, bounded."""
    p = np.clip(probability, 1e-6, 1 - 1e-6).astype(np.float64)
    odds: FloatArray = np.log(p / (1 - p)).astype(np.float32)
    return odds
