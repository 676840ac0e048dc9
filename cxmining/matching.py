"""Matches labelled files by id, and reads the columns that group their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cxmining.errors import InputError, UsageError
from cxmining.labelled import LabelledRows

ABSENT = "(none)"
"""Group of the rows whose cell is empty."""


def same_ids(files: Sequence[LabelledRows], common: bool, notes: list[str]) -> list[LabelledRows]:
    """Bring files into the order of the first.

    Parameters
    ----------
    files : sequence of LabelledRows
        At least two.
    common : bool
        Whether ids that not all files hold are left out rather than refused.
    notes : list of str
        Gets a sentence for each file that lost rows.

    Returns
    -------
    list of LabelledRows
        The same rows in the same order.

    Raises
    ------
    InputError
        If ids differ and ``common`` is False, or no id is common; names ids, files and rows.
    """
    first = files[0]
    shared = set(first.ids).intersection(*(f.ids for f in files[1:]))
    remedy = "check that the files come from the same texts, or name the column of ids with --id"
    if not shared:
        examples = " and ".join(f"{f.ids[0]!r} in {f.name}" for f in files)
        raise InputError(f"the files have no id in common (the first are {examples}); {remedy}")
    for file in files[1:]:
        problems = [p for p in (_lacking(file, first), _lacking(first, file)) if p]
        if problems and not common:
            raise InputError(f"{'; '.join(problems)}; {remedy}, or score what they share with --common")
    for file in files:
        if len(file) > len(shared):
            notes.append(
                f"{file.name}: {len(file) - len(shared):,} of {len(file):,} rows have no partner in the other files"
            )
    order = [i for i in first.ids if i in shared]
    return [_taken(file, order) for file in files]


def _lacking(file: LabelledRows, other: LabelledRows) -> str:
    """Say which ids of another file a file lacks."""
    held = set(file.ids)
    missing = [i for i, id_ in enumerate(other.ids) if id_ not in held]
    if not missing:
        return ""
    first = f"the first is {other.ids[missing[0]]!r} ({other.origins[missing[0]]})"
    return f"{file.name}: lacks {len(missing):,} of the {len(other):,} ids of {other.name}, {first}"


def _taken(file: LabelledRows, order: Sequence[str]) -> LabelledRows:
    """Take the rows with some ids, in that order."""
    place = {id_: i for i, id_ in enumerate(file.ids)}
    rows = [place[id_] for id_ in order]
    return replace(
        file,
        ids=list(order),
        origins=[file.origins[i] for i in rows],
        cells=[file.cells[i] for i in rows],
        texts=[file.texts[i] for i in rows],
        evidence=None if file.evidence is None else [file.evidence[i] for i in rows],
        given=file.given[rows],
        known=file.known[rows],
        scores=file.scores[rows],
    )


def all_ids(files: Sequence[LabelledRows]) -> list[str]:
    """Give every id that some file holds, in order of first appearance."""
    return list(dict.fromkeys(id_ for file in files for id_ in file.ids))


def column_values(files: Sequence[LabelledRows], name: str, option: str) -> list[str]:
    """Give the values of a column, from the first file that has it.

    Raises
    ------
    UsageError
        If none has it; lists the columns.
    """
    for file in files:
        if any(name in cells for cells in file.cells):
            return [_shown(cells.get(name)) for cells in file.cells]
    have = sorted({name for file in files for cells in file.cells[:200] for name in cells if ":" not in name})
    raise UsageError(f"no file has a column {name!r} for {option}; the columns are {', '.join(have) or 'none'}")


def _shown(value: object) -> str:
    """Write a cell as the name of a group."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None or value != value else str(value).strip()  # noqa: PLR0124 -- NaN
    return text or ABSENT


def check_files(paths: Sequence[Path]) -> None:
    """Refuse paths that do not exist before anything is read.

    Raises
    ------
    InputError
        Naming the first of them.
    """
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder; check the path")
