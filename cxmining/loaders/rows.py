"""From a row of named cells to a record; shared by every format that has columns."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

import ftfy

from cxmining.loaders.columns import language_code
from cxmining.loaders.source import MAX_TEXT, Input, ReadOptions, Row
from cxmining.records import Origin, Record

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def has_surrogate(value: object) -> bool:
    """Tell whether a lone surrogate hides in a value, however deep.

    Parameters
    ----------
    value : object
        String, number, or lists and mappings of them.

    Returns
    -------
    bool
        Whether writing the value as UTF-8 would fail.
    """
    try:
        # Rows of text alone, the common case, are searched in one go.
        joined = "\n".join([*value, *value.values()] if isinstance(value, dict) else value)  # type: ignore[arg-type]
    except TypeError:
        pass
    else:
        return not joined.isascii() and _SURROGATE.search(joined) is not None
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if _SURROGATE.search(item):
                return True
        elif isinstance(item, Mapping):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list | tuple):
            pending.extend(item)
    return False


def repaired(text: str, options: ReadOptions) -> str:
    """Repair UTF-8 mojibake where the user asks for it; character widths and quotes stay as they are."""
    return ftfy.fix_encoding(text) if options.repair_mojibake else text


def cell_text(value: object) -> str | None:  # noqa: PLR0911 -- one return a type
    """Write a cell as text.

    Parameters
    ----------
    value : object
        Cell as the format gives it.

    Returns
    -------
    str or None
        Its text, empty for a missing value; None where it cannot be one (lists, mappings, undecodable bytes).
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            if math.isnan(value):
                return ""
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                return None
        case list() | tuple() | Mapping():
            return None
    return str(value)


@dataclass(frozen=True, slots=True)
class RowReader:
    """Makes records from the rows of one file or sheet.

    Parameters
    ----------
    file : Input
        File at hand.
    roles : mapping of str to str
        Role to column name.
    options : ReadOptions
        The user's options.
    sheet : str or None
        Sheet at hand.
    """

    file: Input
    roles: Mapping[str, str]
    options: ReadOptions
    sheet: str | None = None

    def record(self, row: Mapping[str, object], number: int, where: str = "") -> Row:
        """Make a record or say why not.

        Parameters
        ----------
        row : mapping of str to object
            Cells by column.
        number : int
            Row number, 1-based.
        where : str
            Place in the file for messages, e.g. ``line 7: ``.

        Returns
        -------
        Record or Rejected
            Exactly one for the row.
        """
        if has_surrogate(row):
            return self._reject(number, f"{where}a lone surrogate is no character; export the file as valid UTF-8", row)
        cells = {role: cell_text(row.get(name)) for role, name in self.roles.items()}
        text = cells["text"]
        if text is None:
            kind = type(row.get(self.roles["text"])).__name__
            problem = f"{where}column {self.roles['text']!r} holds a {kind} where text is expected"
            return self._reject(number, f"{problem}; say --text NAME or mend the row", row)
        if len(text) > MAX_TEXT:
            return self._reject(number, f"{where}the text is longer than {MAX_TEXT} characters; split it", row)
        taken = (self.roles["text"], self.roles.get("id"))
        return Record(
            id=(cells.get("id") or "").strip() or self.file.row_id(number, self.sheet),
            text=repaired(text, self.options),
            origin=Origin(self.file.name, number, self.sheet),
            language=language_code(cells.get("language") or ""),
            time=(cells.get("time") or "").strip() or None,
            speaker=(cells.get("speaker") or "").strip() or None,
            columns={name: value for name, value in row.items() if name not in taken},
        )

    def _reject(self, number: int, reason: str, row: Mapping[str, object]) -> Row:
        """Reject a row, keeping the beginning of its cells."""
        cells: Iterable[object] = row.values()
        raw = " | ".join(str(cell)[:200] for cell in cells)
        return self.file.reject(number, reason, raw, self.sheet)
