"""Puts the metrics of one system together: figures with intervals, by label, by family, by stratum.

The report is plain data (dicts, lists, numbers); undefined figures are NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.bootstrap import cluster_codes, cluster_sums, interval, resampled_sums
from cxmining.evaluation.confusion import confused_pairs, confusion_matrix
from cxmining.evaluation.evidence import precision_recall_f1
from cxmining.evaluation.evidence_report import MEASURES
from cxmining.evaluation.examples import COLUMNS, row_figures
from cxmining.evaluation.examples import report_of as example_means
from cxmining.evaluation.hierarchy import hierarchical_counts
from cxmining.evaluation.multilabel import (
    METRICS,
    BoolArray,
    FloatArray,
    label_f1,
    label_precision,
    label_recall,
)
from cxmining.evaluation.probabilities import probability_report

_EXAMPLE = ("example_precision", "example_recall", "example_f1", "example_jaccard", "subset_accuracy", "hamming_loss")
_N_EXAMPLE = len(COLUMNS)


@dataclass(frozen=True, slots=True)
class Scored:
    """Gold labels and one system's predictions on the same texts.

    Parameters
    ----------
    labels : tuple of str
        Label ids.
    truth, predicted, known : ndarray of bool, shape (n_rows, n_labels)
        Gold, prediction, cells that count.
    families : tuple of str
        Family of each label.
    clusters : sequence of str, optional
        Cluster of each text; default: every text for itself.
    strata : mapping of str to sequence of str
        Columns to report by.
    scores : ndarray of float, shape (n_rows, n_labels), optional
        Probabilities, NaN where none was told.
    evidence : ndarray of shape (n_rows, 4, 3), optional
        From :func:`~cxmining.evaluation.evidence_report.evidence_rows`.
    """

    labels: tuple[str, ...]
    truth: BoolArray
    predicted: BoolArray
    known: BoolArray
    families: tuple[str, ...]
    clusters: Sequence[str] | None = None
    strata: Mapping[str, Sequence[str]] = field(default_factory=dict)
    scores: FloatArray | None = None
    evidence: FloatArray | None = None

    def codes(self) -> NDArray[np.intp]:
        """Number the clusters, shape (n_rows,)."""
        return np.arange(len(self.truth)) if self.clusters is None else cluster_codes(self.clusters)


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How intervals are made."""

    n_samples: int = 1000
    level: float = 0.95
    seed: int = 0


def evaluate(scored: Scored, bootstrap: Bootstrap = Bootstrap()) -> dict[str, Any]:
    """Report every figure of a system with clustered bootstrap intervals.

    Parameters
    ----------
    scored : Scored
        Gold and predictions.
    bootstrap : Bootstrap
        Samples, level, seed; no samples give no intervals.

    Returns
    -------
    dict
        ``micro_f1``, ``macro_f1`` and the other overall figures; ``intervals`` (name to low and high end); ``labels``
        (id to figures); ``families``; ``by`` (column, value, figures); ``evidence``; ``confusion``;
        ``probabilities``; ``n_rows``, ``n_clusters``, ``n_open``.
    """
    codes = scored.codes()
    everything = np.ones(len(scored.truth), np.bool_)
    report = _overall(scored, everything, codes, bootstrap, parts=True)
    report["by"] = {
        name: {value: _overall(scored, np.array(values) == value, codes, bootstrap) for value in sorted(set(values))}
        for name, values in scored.strata.items()
    }
    matrix = confusion_matrix(scored.truth, scored.predicted, scored.known)
    names = (*scored.labels, None)
    report["confusion"] = {
        "labels": list(scored.labels),
        "matrix": matrix.tolist(),
        "pairs": [{"true": names[i], "predicted": names[j], "n": n} for i, j, n in confused_pairs(matrix)],
    }
    if scored.scores is not None:
        report["probabilities"] = probability_report(scored.truth, scored.scores, scored.known)
    return report


def _overall(
    scored: Scored, rows: BoolArray, codes: NDArray[np.intp], bootstrap: Bootstrap, parts: bool = False
) -> dict[str, Any]:
    """Give the overall figures of some rows, and if asked those of every label and family, from the same draws."""
    truth, predicted, known = scored.truth[rows], scored.predicted[rows], scored.known[rows]
    own = np.unique(codes[rows], return_inverse=True)[1]
    names, index = _family_index(scored)
    counts = hierarchical_counts(truth, predicted, known, index)
    shape = counts.shape[1:]
    pieces = [counts.reshape(len(truth), shape[0] * shape[1]), row_figures(truth, predicted, known)]
    if scored.evidence is not None:
        pieces.append(scored.evidence[rows].reshape(len(truth), 3 * len(MEASURES)))
    sums = cluster_sums(np.concatenate(pieces, axis=1), own)
    total = sums.sum(axis=0)
    report: dict[str, Any] = {"n_rows": len(truth), "n_clusters": len(sums), "n_open": int((~known).sum())}
    report |= {name: float(value) for name, value in _figures(total, shape, len(scored.labels)).items()}
    report["intervals"] = {}
    drawn = resampled_sums(sums, bootstrap.n_samples, bootstrap.seed) if bootstrap.n_samples else None
    if drawn is not None:
        samples = _figures(drawn, shape, len(scored.labels))
        ends = interval(np.stack(list(samples.values()), axis=1), bootstrap.level)
        report["intervals"] = {name: [float(lo), float(hi)] for name, lo, hi in zip(samples, *ends, strict=True)}
    if parts:
        width = shape[0] * shape[1]
        cells = None if drawn is None else drawn[:, :width].reshape(-1, *shape)
        found = _by_name((*scored.labels, *names), total[:width].reshape(shape), cells, bootstrap.level)
        for k in range(len(scored.labels)):
            found[k][1]["n_open"] = int((~known[:, k]).sum())
        report["labels"] = dict(found[: len(scored.labels)])
        report["families"] = dict(found[len(scored.labels) :])
    return report


def _figures(sums: FloatArray, shape: tuple[int, ...], n_labels: int) -> dict[str, FloatArray]:
    """Turn sums of rows, shape (..., d), into named figures, shape (...)."""
    width = shape[0] * shape[1]
    counts = sums[..., :width].reshape(*sums.shape[:-1], *shape)
    of_labels, of_families = counts[..., :n_labels], counts[..., n_labels:]
    figures = {name: metric(of_labels) for name, metric in METRICS.items()}
    figures |= {
        "family_micro_f1": METRICS["micro_f1"](of_families),
        "family_macro_f1": METRICS["macro_f1"](of_families),
    }
    figures["hierarchical_f1"] = METRICS["micro_f1"](counts)
    means = example_means(sums[..., width : width + _N_EXAMPLE])
    figures |= {name: means[..., i] for i, name in enumerate(_EXAMPLE)}
    rest = sums[..., width + _N_EXAMPLE :]
    if rest.shape[-1]:
        evidence = precision_recall_f1(rest.reshape(*rest.shape[:-1], len(MEASURES), 3))
        for i, measure in enumerate(MEASURES):
            for j, name in enumerate(("precision", "recall", "f1")):
                figures[f"evidence_{measure}_{name}"] = evidence[..., i, j]
    return figures


def _by_name(
    names: Sequence[str], total: FloatArray, drawn: FloatArray | None, level: float
) -> list[tuple[str, dict[str, Any]]]:
    """Give the figures of every column of counts, shapes (3, n) and (n_samples, 3, n); what is undefined is NaN."""
    tp, fp, fn = total
    columns = {
        "precision": np.where(tp + fp > 0, label_precision(total), np.nan),
        "recall": np.where(tp + fn > 0, label_recall(total), np.nan),
        "f1": np.where(tp + fp + fn > 0, label_f1(total), np.nan),
    }
    ends = None
    if drawn is not None:
        ends = interval(np.where(drawn.sum(axis=1) > 0, label_f1(drawn), np.nan), level)
    found: list[tuple[str, dict[str, Any]]] = []
    for k, name in enumerate(names):
        row: dict[str, Any] = {column: float(values[k]) for column, values in columns.items()}
        row |= {"support": int(tp[k] + fn[k]), "predicted": int(tp[k] + fp[k])}
        if ends is not None:
            row["interval"] = [float(ends[0, k]), float(ends[1, k])]
        found.append((name, row))
    return found


def _family_index(scored: Scored) -> tuple[list[str], NDArray[np.intp]]:
    """Give the families in order and the index of each label's."""
    names = list(dict.fromkeys(scored.families))
    return names, np.array([names.index(f) for f in scored.families], np.intp)
