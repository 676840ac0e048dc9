"""One worksheet, streamed."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from cxmining.errors import UsageError
from cxmining.scoring.writers.layout import Layout, rows_of

XLSX_ROWS = 1_048_575
"""Data rows that a worksheet can hold below its header."""

XLSX_CELL = 32_767
"""Characters that a worksheet cell can hold."""

_NO_TIME = datetime(2000, 1, 1)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_ILLEGAL_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 65534, 65535])


def check_rows(n_rows: int) -> None:
    """Refuse what no worksheet holds.

    Parameters
    ----------
    n_rows : int
        Rows of the output.

    Raises
    ------
    UsageError
        With the remedy.
    """
    if n_rows > XLSX_ROWS:
        raise UsageError(
            f"{n_rows:,} rows do not fit a worksheet, which holds {XLSX_ROWS:,}; write .csv or .parquet with -o, "
            "or take fewer with --limit or --sample"
        )


def write_xlsx(batches: Iterable[pa.RecordBatch], path: Path, layout: Layout) -> int:
    """Write one worksheet; text cells are typed as text, so none can be a formula.

    Parameters
    ----------
    batches : iterable of RecordBatch
        Stored rows.
    path : Path
        File to write.
    layout : Layout
        Columns.

    Returns
    -------
    int
        Cells that were cut because a worksheet's cell cannot hold them.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("tagged")
    sheet.freeze_panes = "C2"
    n_cut = 0

    def cell(value: object) -> object:
        nonlocal n_cut
        if not isinstance(value, str):
            return value
        n_cut += len(value) > XLSX_CELL
        made = WriteOnlyCell(sheet, value.translate(_ILLEGAL_XML)[:XLSX_CELL])
        made.data_type = "s"
        return made

    sheet.append([cell(name) for name in layout.header()])
    for batch in batches:
        for row in rows_of(batch):
            sheet.append([cell(value) for value in layout.flat(row)])
    book.properties.created = _NO_TIME
    timed = path.with_name(path.name + ".timed")
    try:
        book.save(timed)
        _without_time(timed, path)
    finally:
        timed.unlink(missing_ok=True)
    return n_cut


def _without_time(source: Path, target: Path) -> None:
    """Copy a workbook without the time of its writing, so that the same rows make the same bytes."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if name == "docProps/core.xml":
                new.writestr(entry, _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", old.read(name)))
                continue
            with old.open(name) as data, new.open(entry, "w", force_zip64=True) as copy:
                shutil.copyfileobj(data, copy, 1 << 20)
