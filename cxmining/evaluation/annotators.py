"""Puts the agreement of annotators together: alpha, kappa by label, the ceiling for systems.

References
----------
Artstein and Poesio (2008). Inter-Coder Agreement for Computational Linguistics. Computational Linguistics 34(4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from cxmining.evaluation.agreement import (
    Distance,
    LabelSet,
    alpha_interval,
    jaccard_distance,
    krippendorff_alpha,
    masi_distance,
    nominal_distance,
)
from cxmining.evaluation.kappa import cohen_kappa, fleiss_kappa, observed_ceiling
from cxmining.evaluation.multilabel import BoolArray

DISTANCES: dict[str, Distance] = {
    "masi": masi_distance,
    "jaccard": jaccard_distance,
    "nominal": nominal_distance,
}
"""Distances between label sets, by name."""

_HELD, _NOT_HELD = frozenset({"held"}), frozenset[str]()


@dataclass(frozen=True, slots=True)
class Readings:
    """What annotators gave.

    Parameters
    ----------
    labels : tuple of str
        Label ids.
    annotators : tuple of str
        Names, at least two.
    given, known : ndarray of bool, shape (n_annotators, n_texts, n_labels)
        Labels given; cells decided (not left open).
    read : ndarray of bool, shape (n_annotators, n_texts)
        Whether the annotator read the text.
    clusters : sequence of hashable, length n_texts
        Cluster of each text.
    """

    labels: tuple[str, ...]
    annotators: tuple[str, ...]
    given: BoolArray
    known: BoolArray
    read: BoolArray
    clusters: Sequence[Hashable]


def agreement_report(readings: Readings, n_samples: int = 1000, level: float = 0.95, seed: int = 0) -> dict[str, Any]:
    """Report how far annotators agree.

    Parameters
    ----------
    readings : Readings
        Label sets by annotator. A label that any reader of a text left open is scored neither way on that text.
    n_samples : int, default 1000
        Bootstrap samples of whole clusters; 0 gives no intervals.
    level : float, default 0.95
        Coverage.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    dict
        ``n_texts`` read by at least two; ``alpha`` and ``intervals`` by distance; ``exact`` (share of pairs of readings
        with equal sets); ``ceiling`` (micro and macro F1 of annotators against each other); ``labels`` (alpha, Cohen's
        kappa averaged over pairs, Fleiss' kappa, support); ``pairs`` of annotators; ``disagreements`` (labels that one
        reader gave where another gave something else).
    """
    n_read = readings.read.sum(axis=0)
    # What one reader leaves open is taken from all, so that every distance compares the same labels.
    decided: BoolArray = np.asarray((readings.known | ~readings.read[:, :, None]).all(axis=0))
    given = readings.given & decided[None] & readings.read[:, :, None]
    sets = _sets(readings, given)
    ceiling = observed_ceiling(given, decided[None] & readings.read[:, :, None])
    report: dict[str, Any] = {
        "annotators": list(readings.annotators),
        "n_texts": int((n_read >= 2).sum()),
        "n_read": [int(n) for n in readings.read.sum(axis=1)],
        "n_open": int((~decided).sum()),
        "alpha": {name: krippendorff_alpha(sets, distance) for name, distance in DISTANCES.items()},
    }
    if n_samples:
        report["intervals"] = {
            name: list(alpha_interval(sets, readings.clusters, distance, n_samples, level, seed))
            for name, distance in DISTANCES.items()
        }
    report |= {
        "exact": ceiling.exact,
        "ceiling": {"micro_f1": ceiling.micro_f1, "macro_f1": ceiling.macro_f1},
        "labels": {label: _label(readings, given, decided, k) for k, label in enumerate(readings.labels)},
        "pairs": [_pair(readings, given, decided, i, j) for i, j in combinations(range(len(given)), 2)],
        "disagreements": _disagreements(readings, given),
    }
    return report


def _sets(readings: Readings, given: BoolArray) -> list[list[LabelSet | None]]:
    """Give the label sets of each text, None for texts that an annotator did not read."""
    names = np.array(readings.labels, object)
    return [
        [frozenset(names[row[i]]) if read[i] else None for row, read in zip(given, readings.read, strict=True)]
        for i in range(given.shape[1])
    ]


def _label(readings: Readings, given: BoolArray, decided: BoolArray, k: int) -> dict[str, Any]:
    """Give the agreement on one label."""
    use = decided[:, k]
    units = [
        [(_HELD if g else _NOT_HELD) if r else None for g, r in zip(gives, reads, strict=True)]
        for gives, reads in zip(given[:, use, k].T, readings.read[:, use].T, strict=True)
    ]
    kappas = []
    for i, j in combinations(range(len(given)), 2):
        both = use & readings.read[i] & readings.read[j]
        kappas.append(cohen_kappa(given[i, both, k], given[j, both, k]))
    everyone = use & readings.read.all(axis=0)
    yes = given[:, everyone, k].sum(axis=0)
    kappas = [v for v in kappas if not np.isnan(v)]
    return {
        "alpha": krippendorff_alpha(units, nominal_distance),
        "cohen_kappa": float(np.mean(kappas)) if kappas else float("nan"),
        "fleiss_kappa": fleiss_kappa(np.column_stack([yes, len(given) - yes])),
        "support": [int(n) for n in given[:, :, k].sum(axis=1)],
    }


def _pair(readings: Readings, given: BoolArray, decided: BoolArray, i: int, j: int) -> dict[str, Any]:
    """Give the agreement of two annotators."""
    both = readings.read[i] & readings.read[j]
    pair = given[[i, j]][:, both]
    known = np.broadcast_to(decided[both], pair.shape)
    ceiling = observed_ceiling(pair, known)
    names = np.array(readings.labels, object)
    sets = [(frozenset(names[a]), frozenset(names[b])) for a, b in zip(*pair, strict=True)]
    return {
        "annotators": [readings.annotators[i], readings.annotators[j]],
        "n_texts": int(both.sum()),
        "alpha_masi": krippendorff_alpha(sets),
        "micro_f1": ceiling.micro_f1,
        "macro_f1": ceiling.macro_f1,
        "exact": ceiling.exact,
    }


def _disagreements(readings: Readings, given: BoolArray, n: int = 12) -> list[dict[str, Any]]:
    """Count the labels that one reader gave where another gave something else, or nothing (None)."""
    counts: Counter[tuple[str, str]] = Counter()
    for i, j in combinations(range(len(given)), 2):
        both = readings.read[i] & readings.read[j]
        for a, b in zip(given[i, both], given[j, both], strict=True):
            only_a = [readings.labels[k] for k in np.flatnonzero(a & ~b)] or [""]
            only_b = [readings.labels[k] for k in np.flatnonzero(b & ~a)] or [""]
            counts.update((min(x, y), max(x, y)) for x in only_a for y in only_b if x or y)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:n]
    return [{"labels": [a or None, b or None], "n": count} for (a, b), count in ranked]
