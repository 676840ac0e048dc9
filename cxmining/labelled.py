"""Reads files of labelled texts (gold, predictions, annotators' readings) into arrays in taxonomy order.

Any format of the loaders will do. Labels stand in a column ``labels`` (a list, or ids joined by ``;``), or in columns
``label:<id>`` with 1, 0 or ``?`` (left open). Labels left open may also stand in a column ``maybe``. Evidence is read
from ``evidence`` (label, start, end) or from the nested ``tags`` of a tagged file, scores from ``tags``, from
``scores`` (an object) or from columns ``score:<id>``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmining.errors import InputError
from cxmining.label_cells import RowParser, Spans
from cxmining.loaders import ReadOptions, Source, read
from cxmining.records import Origin, Rejected

_FORMULA_STARTS = tuple("=+-@＝＋－＠")


@dataclass
class LabelledRows:
    """Rows of a labelled file.

    Parameters
    ----------
    name : str
        File as the user gave it.
    ids : list of str
        Distinct ids.
    origins : list of Origin
        File and row of each.
    cells : list of dict
        Other columns that hold one value, and ``annotators``.
    texts : list of str
        Texts; empty strings where the file holds none.
    given, known : ndarray of bool, shape (n_rows, n_labels)
        Labels given; cells not left open.
    scores : ndarray of float, shape (n_rows, n_labels)
        Probabilities; NaN where the file tells none.
    evidence : list of dict, or None
        Raw spans by label; None where the file has no column of them.
    """

    name: str
    labels: tuple[str, ...]
    codebook: str
    ids: list[str] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    cells: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    evidence: list[Spans] | None = None
    given: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    known: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    scores: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))

    def __len__(self) -> int:
        return len(self.ids)


def read_labelled(path: Path, labels: Sequence[str], codebook: str, id_column: str | None = None) -> LabelledRows:
    """Read a labelled file.

    Parameters
    ----------
    path : Path
        File of any supported format, or a folder of them; of a corpus folder its ``*.jsonl`` are read.
    labels : sequence of str
        Label ids in order.
    codebook : str
        Name of the codebook, for messages.
    id_column : str, optional
        Column of the ids, in files that have it; default: as the loaders find it.

    Returns
    -------
    LabelledRows
        At least one row, ids distinct.

    Raises
    ------
    InputError
        If the file is empty, a row cannot be read, an id comes twice, there are no labels, or one is not in the
        codebook; the message names the file, the row and the remedy.
    """
    rows = LabelledRows(str(path), tuple(labels), codebook)
    index = {label: k for k, label in enumerate(labels)}
    given: list[list[int]] = []
    left_open: list[list[int]] = []
    scores: list[Mapping[int, float]] = []
    spans: list[Spans] = []
    seen: dict[str, Origin] = {}
    has_spans = False
    for origin, id_, text, cells in _cells(path, id_column):
        if id_ in seen:
            problem = f"the id {id_!r} stands already at {seen[id_]}"
            raise InputError(f"{origin}: {problem}; give every row an id of its own, or name their column with --id")
        seen[id_] = origin
        parser = RowParser(origin, index, codebook)
        yes, maybe = parser.labels(cells)
        given.append(yes)
        left_open.append([k for k in maybe if k not in yes])
        scores.append(parser.scores(cells))
        has_spans |= isinstance(cells.get("tags"), list) or isinstance(cells.get("evidence"), list)
        spans.append(parser.evidence(cells))
        rows.ids.append(id_)
        rows.origins.append(origin)
        rows.texts.append(text)
        rows.cells.append({k: v for k, v in cells.items() if k == "annotators" or not isinstance(v, list | dict)})
    if not rows.ids:
        raise InputError(f"{path}: the file holds no rows; check the path, or whether the export was cut off")
    shape = (len(rows.ids), len(labels))
    rows.given, rows.known = np.zeros(shape, np.bool_), np.ones(shape, np.bool_)
    rows.scores = np.full(shape, np.nan)
    for i in range(len(rows.ids)):
        rows.given[i, given[i]] = True
        rows.known[i, left_open[i]] = False
        for k, score in scores[i].items():
            rows.scores[i, k] = score
    rows.evidence = spans if has_spans else None
    return rows


def _cells(path: Path, id_column: str | None) -> Iterator[tuple[Origin, str, str, dict[str, Any]]]:
    """Yield origin, id, text and the other cells of each row; a row that cannot be read ends it."""
    try:
        yield from _read(path, ReadOptions(), id_column)
    except InputError as error:
        if "--text" not in str(error):
            raise
        # Files of ids and labels alone have no text for a loader to find; the ids will do for one.
        try:
            yield from _read(path, ReadOptions(text=id_column or "id", id=id_column or "id"), id_column)
        except InputError as again:
            if "--id" in str(again) or "--text" in str(again):
                raise InputError(f"{path}: there is no column of ids; name it 'id' or say --id NAME") from error
            raise


def _read(path: Path, options: ReadOptions, id_column: str | None) -> Iterator[tuple[Origin, str, str, dict[str, Any]]]:
    """Yield rows as the loaders read them, with every column under its own name again."""
    roles: dict[str, str] = {}

    def remember(source: Source) -> None:
        roles.clear()
        roles.update(source.columns)

    corpus = sorted(path.glob("*.jsonl")) if path.is_dir() else []
    for row in read(corpus or path, options, remember):
        if isinstance(row, Rejected):
            if row.reason == "the file holds no rows":
                problem = "check the path, or whether the export was cut off"
                raise InputError(f"{row.origin.file}: the file holds no rows; {problem}")
            raise InputError(f"{row.origin}: {row.reason}; every row must be readable to be scored")
        cells = dict(row.columns)
        text_column = roles.get("text", "text")
        text = row.text
        if text_column == roles.get("id") or _is_label_column(text_column):
            cells[text_column], text = row.text, ""
        wanted = id_column or "id"
        id_ = row.id if wanted not in cells else str(cells.pop(wanted)).strip()
        if not id_:
            raise InputError(f"{row.origin}: the id is empty; give every row an id of its own")
        # Tagged CSV files keep cells from starting a formula by an apostrophe, which is no part of the id.
        if id_.startswith("'") and id_[1:].startswith(_FORMULA_STARTS):
            id_ = id_[1:]
        yield row.origin, id_, text, cells


def _is_label_column(name: str) -> bool:
    """Whether a column holds labels or what belongs to them, never the text."""
    return name in {"labels", "maybe", "evidence", "top_label"} or name.startswith(("label:", "score:"))
