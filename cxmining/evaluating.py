"""Joins loaders and metrics: a gold file and prediction files become one report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cxmining.errors import UsageError
from cxmining.evaluation.comparison import compare
from cxmining.evaluation.evidence_report import evidence_rows
from cxmining.evaluation.report import Bootstrap, Scored, evaluate
from cxmining.labelled import LabelledRows, read_labelled
from cxmining.matching import ABSENT, column_values, same_ids
from cxmining.taxonomy import Taxonomy

MAX_STRATA = 100
"""Most values that a column to report by may have."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows are scored, and how they are grouped.

    Parameters
    ----------
    by : tuple of str
        Columns to report by.
    where : tuple of (str, str)
        Columns and the value that they must have.
    cluster : str or None
        Column of the clusters; None takes ``scenario`` where the gold file has it, else every row for itself.
    common : bool
        Whether rows whose id only one file holds are left out rather than refused.
    id_column : str or None
        Column of the ids.
    """

    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    cluster: str | None = None
    common: bool = False
    id_column: str | None = None


def evaluate_files(
    gold: Path,
    predictions: Sequence[Path],
    taxonomy: Taxonomy,
    selection: Selection = Selection(),
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 -- frozen
) -> dict[str, Any]:
    """Score predictions against gold labels.

    Parameters
    ----------
    gold : Path
        Labelled file of any supported format, or a corpus folder.
    predictions : sequence of Path
        Tagged files; the first is reported in full, the others are compared with it.
    taxonomy : Taxonomy
        Labels.
    selection : Selection
        Rows and groups.
    bootstrap : Bootstrap
        Samples, level and seed of the intervals.

    Returns
    -------
    dict
        As :func:`cxmining.evaluation.report.evaluate` gives it, with ``gold``, ``pred``, ``codebook``, ``bootstrap``,
        ``notes`` (sentences that a reader must know) and, for several files, ``comparison``.

    Raises
    ------
    InputError
        If a file cannot be used, or the files do not hold the same ids.
    UsageError
        If a column that was asked for is not there.
    """
    codebook = f"{taxonomy.codebook.id} {taxonomy.codebook.version}"
    files = [read_labelled(path, taxonomy.ids, codebook, selection.id_column) for path in (gold, *predictions)]
    notes: list[str] = []
    matched = same_ids(files, selection.common, notes)
    rows = _chosen(matched, selection)
    scored = [_scored(matched[0], other, rows, taxonomy, selection) for other in matched[1:]]
    scored = [
        replace(s, evidence=_evidence(matched[0], other, rows, s, notes))
        for s, other in zip(scored, matched[1:], strict=True)
    ]
    report: dict[str, Any] = {"gold": str(gold), "pred": str(predictions[0]), "codebook": codebook}
    cluster = _cluster_column(matched[0], selection)
    report["bootstrap"] = {
        "n_samples": bootstrap.n_samples, "level": bootstrap.level, "seed": bootstrap.seed, "cluster": cluster
    }  # fmt: skip
    report |= evaluate(scored[0], bootstrap)
    if len(scored) > 1:
        names = [str(path) for path in predictions]
        report["comparison"] = compare(scored, names, bootstrap)
    report["notes"] = notes
    return report


def _chosen(files: Sequence[LabelledRows], selection: Selection) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Give the numbers of the rows to score."""
    kept = np.ones(len(files[0]), np.bool_)
    for name, value in selection.where:
        kept &= np.array(column_values(files, name, "--where")) == value
    if not kept.any():
        asked = " and ".join(f"{n}={v}" for n, v in selection.where)
        raise UsageError(f"no row has {asked}; check the values, which are compared as they are written")
    return np.flatnonzero(kept)


def _cluster_column(gold: LabelledRows, selection: Selection) -> str | None:
    """Name the column of the clusters."""
    return selection.cluster or ("scenario" if all("scenario" in cells for cells in gold.cells) else None)


def _scored(gold: LabelledRows, other: LabelledRows, rows: Any, taxonomy: Taxonomy, selection: Selection) -> Scored:
    """Put gold and predictions side by side."""
    strata: dict[str, list[str]] = {}
    for name in selection.by:
        values = column_values([gold, other], name, "--by")
        strata[name] = [values[i] for i in rows]
        if len(set(strata[name])) > MAX_STRATA:
            n = len(set(strata[name]))
            raise UsageError(f"--by {name}: the column has {n:,} different values; choose one that groups rows")
    cluster = _cluster_column(gold, selection)
    clusters = None
    if cluster is not None:
        values = column_values([gold, other], cluster, "--cluster")
        clusters = [values[i] if values[i] != ABSENT else f"{ABSENT} {i}" for i in rows]
    scores = other.scores[rows]
    families = tuple(label.family for label in taxonomy.labels)
    return Scored(
        taxonomy.ids, gold.given[rows], other.given[rows], gold.known[rows] & other.known[rows], families, clusters,
        strata, None if np.isnan(scores).all() else scores,
    )  # fmt: skip


def _evidence(gold: LabelledRows, other: LabelledRows, rows: Any, scored: Scored, notes: list[str]) -> Any:
    """Count evidence where both files tell it and the texts are the same."""
    if gold.evidence is None or other.evidence is None:
        return None
    texts = [gold.texts[i] for i in rows]
    same = np.array([bool(gold.texts[i]) and gold.texts[i] == other.texts[i] for i in rows])
    if not same.all():
        n = int((~same).sum())
        notes.append(f"{other.name}: {n:,} texts differ from those of {gold.name}; their evidence is not scored")
    cells = scored.truth & scored.predicted & scored.known & same[:, None]
    counts, n_cells = evidence_rows(texts, [gold.evidence[i] for i in rows], [other.evidence[i] for i in rows], cells)
    return counts if n_cells else None
