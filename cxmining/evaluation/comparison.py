"""Compares systems on the same texts: differences with intervals, tests with Holm's correction, texts needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cxmining.evaluation.multilabel import METRICS, BoolArray, cell_counts
from cxmining.evaluation.power import needed_size
from cxmining.evaluation.report import Bootstrap, Scored
from cxmining.evaluation.significance import approximate_randomisation, holm, mcnemar, paired_bootstrap

_COMPARED = ("micro_f1", "macro_f1")


def compare(
    systems: Sequence[Scored],
    names: Sequence[str],
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 -- frozen
) -> list[dict[str, Any]]:
    """Compare the first system with each of the others.

    Parameters
    ----------
    systems : sequence of Scored
        At least two, on the same texts in the same order.
    names : sequence of str
        Their names.
    bootstrap : Bootstrap
        Samples (also of the random swaps) and seed.

    Returns
    -------
    list of dict
        One for each other system: ``name``, and by metric ``difference`` (first minus other), ``interval``,
        ``p_bootstrap``, ``p_randomisation``, ``p_holm`` (randomisation, corrected over all comparisons and metrics) and
        ``clusters_for_0.02`` (clusters that would show a difference of 0.02 with power 0.8); ``p_mcnemar`` of the
        texts whose every label is right.
    """
    codes = systems[0].codes()
    n_clusters = int(codes.max(initial=-1)) + 1
    n_samples = max(bootstrap.n_samples, 100)
    known = np.logical_and.reduce([s.known for s in systems])
    counts = [cell_counts(s.truth, s.predicted, known) for s in systems]
    right: list[BoolArray] = [np.asarray(~c[:, 1:].any(axis=(1, 2))) for c in counts]
    found: list[dict[str, Any]] = []
    for i in range(1, len(systems)):
        entry: dict[str, Any] = {"name": names[i], "against": names[0], "p_mcnemar": mcnemar(right[0], right[i])}
        for metric in _COMPARED:
            pair = (counts[0], counts[i], codes, METRICS[metric], n_samples, bootstrap.seed)
            difference = paired_bootstrap(*pair)
            entry[metric] = {
                "first": float(METRICS[metric](counts[0].sum(axis=0, dtype=np.float64))),
                "other": float(METRICS[metric](counts[i].sum(axis=0, dtype=np.float64))),
                "difference": difference.value,
                "interval": [difference.low, difference.high],
                "p_bootstrap": difference.p_value,
                "p_randomisation": approximate_randomisation(*pair),
                "clusters_for_0.02": needed_size(difference.standard_error, n_clusters),
            }
        found.append(entry)
    places = [(entry, metric) for entry in found for metric in _COMPARED]
    adjusted = holm([entry[metric]["p_randomisation"] for entry, metric in places])
    for (entry, metric), p in zip(places, adjusted, strict=True):
        entry[metric]["p_holm"] = float(p)
    return found
