"""What a loader is given and what it reports: options, the file at hand, how it was understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cxmining.errors import InputError
from cxmining.records import Origin, Record, Rejected

MAX_TEXT = 64 * 2**20
"""Longest field, line, message or text file that is read as one text, in code points or bytes."""

MAX_RAW = 500
"""Longest beginning of offending material that is kept, in code points."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user knows better than the loaders; None or False leaves the decision to them.

    Parameters
    ----------
    text, id, time, language, speaker : str or None
        Column names by role.
    encoding : str or None
        Encoding of text files; None detects it.
    delimiter : str or None
        Delimiter of CSV files; None detects it.
    sheet : str or None
        The one sheet of a workbook to read; None reads all that have a text column.
    per_line : bool
        Whether each line of a plain text file is a record.
    repair_mojibake : bool
        Whether UTF-8 that was once decoded as something else is repaired.
    """

    text: str | None = None
    id: str | None = None
    time: str | None = None
    language: str | None = None
    speaker: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    per_line: bool = False
    repair_mojibake: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """How a file (or one sheet of it) was understood.

    Parameters
    ----------
    file : str
        Path as the user gave it.
    format : str
        Name of the format, e.g. ``csv``.
    encoding : str or None
        Encoding of a text file.
    encoding_note : str
        How the encoding was decided.
    columns : mapping of str to str
        Role (``text``, ``id``, ``time``, ``language``, ``speaker``) to column name.
    delimiter : str or None
        Delimiter of a CSV file; empty for a file of one column.
    note : str
        Anything else that a person should know, e.g. the sheet or that there is no header.
    """

    file: str
    format: str
    encoding: str | None = None
    encoding_note: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """One file to load.

    Parameters
    ----------
    path : Path
        Where it is.
    name : str
        Path as the user gave it; stands in messages and origins.
    label : str
        Prefix of the ids of rows that bring none.
    """

    path: Path
    name: str
    label: str

    def row_id(self, row: int, sheet: str | None = None) -> str:
        """Give the id of a row that brings none."""
        return f"{self.label}[{sheet}]:{row}" if sheet else f"{self.label}:{row}"

    def error(self, problem: str) -> InputError:
        """Make the error that says that the file as a whole cannot be used."""
        return InputError(f"{self.name}: {problem}")

    def reject(self, row: int, reason: str, raw: str | None = None, sheet: str | None = None) -> Rejected:
        """Reject a row; what is kept of it is free of lone surrogates."""
        kept = None if raw is None else raw[:MAX_RAW].encode("utf-8", "backslashreplace").decode("utf-8")[:MAX_RAW]
        return Rejected(Origin(self.name, row, sheet), reason, kept)

    def holds_no_rows(self, sheet: str | None = None) -> Rejected:
        """Reject an empty file."""
        return self.reject(1, "the file holds no rows", sheet=sheet)


Row = Record | Rejected
Report = Callable[[Source], None]
Loader = Callable[[Input, ReadOptions, Report], Iterator[Row]]
