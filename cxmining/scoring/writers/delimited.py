"""CSV and TSV that a spreadsheet opens without harm."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from cxmining.scoring.writers.layout import Layout, rows_of

_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def write_delimited(batches: Iterable[pa.RecordBatch], path: Path, layout: Layout, delimiter: str) -> None:
    """Write UTF-8 with BOM, which spreadsheets need to see that it is UTF-8.

    Parameters
    ----------
    batches : iterable of RecordBatch
        Stored rows.
    path : Path
        File to write.
    layout : Layout
        Columns.
    delimiter : str
        Comma or tab.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow([safe_cell(name) for name in layout.header()])
        for batch in batches:
            writer.writerows(["" if v is None else safe_cell(v) for v in layout.flat(row)] for row in rows_of(batch))


def safe_cell(value: object) -> object:
    """Keep a text cell from starting a formula in a spreadsheet; numbers stay as they are.

    Parameters
    ----------
    value : object
        Cell; headers and label names are cells too.

    Returns
    -------
    object
        The cell, with an apostrophe before a text that begins with ``= + - @``, their full-width forms, a tab or a
        line end, and is no number.

    References
    ----------
    OWASP, CSV Injection.
    """
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS) and not _is_number(value):
        return "'" + value
    return value


def _is_number(text: str) -> bool:
    """Whether a text is a plain number, which no spreadsheet takes for a formula."""
    if "_" in text or text != text.strip():
        return False
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True
