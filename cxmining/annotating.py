"""Joins loaders and agreement: annotators' files, or one file with several readings, become one report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cxmining.errors import InputError
from cxmining.evaluation.annotators import Readings, agreement_report
from cxmining.evaluation.report import Bootstrap
from cxmining.label_cells import RowParser
from cxmining.labelled import LabelledRows, read_labelled
from cxmining.matching import ABSENT, all_ids, column_values, same_ids
from cxmining.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Grouping:
    """How texts are matched and grouped.

    Parameters
    ----------
    by : tuple of str
        Columns to report by.
    cluster : str or None
        Column of the clusters; None takes ``scenario`` where the first file has it, else every text for itself.
    partial : bool
        Whether annotators may have read different texts; otherwise all files must hold the same ids.
    id_column : str or None
        Column of the ids.
    """

    by: tuple[str, ...] = ()
    cluster: str | None = None
    partial: bool = False
    id_column: str | None = None


def agree_files(
    paths: Sequence[Path],
    taxonomy: Taxonomy,
    grouping: Grouping = Grouping(),
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 -- frozen
) -> dict[str, Any]:
    """Measure the agreement of annotators.

    Parameters
    ----------
    paths : sequence of Path
        One labelled file an annotator; or one file (or corpus folder) whose rows hold ``annotators``, an object from
        annotator to ``labels`` and ``maybe``.
    taxonomy : Taxonomy
        Labels.
    grouping : Grouping
        How texts are matched and grouped.
    bootstrap : Bootstrap
        Samples, level and seed of the intervals.

    Returns
    -------
    dict
        As :func:`cxmining.evaluation.annotators.agreement_report` gives it, with ``by``, ``codebook`` and
        ``bootstrap``.

    Raises
    ------
    InputError
        If a file cannot be used, or the files do not hold the same ids.
    UsageError
        If a column that was asked for is not there.
    """
    codebook = f"{taxonomy.codebook.id} {taxonomy.codebook.version}"
    files = [read_labelled(path, taxonomy.ids, codebook, grouping.id_column) for path in paths]
    if len(files) == 1:
        base, readings = files[0], _inner(files[0], codebook)
    else:
        matched = files if grouping.partial else same_ids(files, False, [])
        base, readings = _outer(matched)
    cluster = grouping.cluster or ("scenario" if all("scenario" in cells for cells in base.cells) else None)
    if cluster is not None:
        values = column_values([base], cluster, "--cluster")
        readings = replace(readings, clusters=[i if v == ABSENT else v for i, v in enumerate(values)])
    options = (bootstrap.n_samples, bootstrap.level, bootstrap.seed)
    report: dict[str, Any] = {
        "codebook": codebook,
        "bootstrap": dict(zip(("n_samples", "level", "seed"), options, strict=True)) | {"cluster": cluster},
        **agreement_report(readings, *options),
    }
    report["by"] = {}
    for name in grouping.by:
        groups = np.array(column_values([base], name, "--by"))
        report["by"][name] = {
            value: agreement_report(_part(readings, groups == value), *options)
            for value in sorted(set(groups.tolist()))
        }
    return report


def _outer(files: Sequence[LabelledRows]) -> tuple[LabelledRows, Readings]:
    """Put one file an annotator side by side; a text that a file lacks was not read there."""
    ids = all_ids(files)
    shape = (len(files), len(ids), len(files[0].labels))
    given, known, read = np.zeros(shape, np.bool_), np.ones(shape, np.bool_), np.zeros(shape[:2], np.bool_)
    place = {id_: i for i, id_ in enumerate(ids)}
    cells: list[dict[str, Any]] = [{} for _ in ids]
    for a, file in enumerate(files):
        rows = [place[id_] for id_ in file.ids]
        given[a, rows], known[a, rows], read[a, rows] = file.given, file.known, True
        for i, own in zip(rows, file.cells, strict=True):
            cells[i] = own | cells[i]
    if not (read.sum(axis=0) >= 2).any():
        raise InputError(f"{files[0].name} and the others have no id in common; name the column of ids with --id")
    names = tuple(f"{a} {Path(file.name).name}" for a, file in enumerate(files, 1))
    readings = Readings(files[0].labels, names, given, known, read, range(len(ids)))
    return replace(files[0], ids=ids, cells=cells), readings


def _inner(file: LabelledRows, codebook: str) -> Readings:
    """Take the readings apart that one file holds."""
    rows = [cells.get("annotators") for cells in file.cells]
    names = sorted({name for row in rows if isinstance(row, Mapping) for name in row})
    if len(names) < 2:
        raise InputError(
            f"{file.name}: one file needs a column 'annotators' with at least two readings a row (the file has "
            f"{len(names)}); name the files of two annotators instead"
        )
    index = {label: k for k, label in enumerate(file.labels)}
    shape = (len(names), len(file), len(file.labels))
    given, known, read = np.zeros(shape, np.bool_), np.ones(shape, np.bool_), np.zeros(shape[:2], np.bool_)
    for i, row in enumerate(rows):
        for a, name in enumerate(names):
            reading = row.get(name) if isinstance(row, Mapping) else None
            if not isinstance(reading, Mapping):
                continue
            yes, maybe = RowParser(file.origins[i], index, codebook).labels(reading)
            given[a, i, yes], read[a, i] = True, True
            known[a, i, [k for k in maybe if k not in yes]] = False
    return Readings(file.labels, tuple(names), given, known, read, range(len(file)))


def _part(readings: Readings, rows: np.ndarray[Any, np.dtype[np.bool_]]) -> Readings:
    """Keep some texts."""
    clusters = [c for c, kept in zip(readings.clusters, rows, strict=True) if kept]
    given, known, read = readings.given[:, rows], readings.known[:, rows], readings.read[:, rows]
    return replace(readings, given=given, known=known, read=read, clusters=clusters)
