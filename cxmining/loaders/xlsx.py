"""Excel workbooks: bounded before anything is unpacked, then read sheet by sheet."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime

import fastexcel

from cxmining.errors import InputError
from cxmining.loaders.columns import SAMPLE_ROWS, decide_roles
from cxmining.loaders.rows import RowReader
from cxmining.loaders.source import Input, ReadOptions, Report, Row, Source

MAX_ENTRIES = 2_000
"""Most files in the archive that a workbook is."""

MAX_UNPACKED = 512 * 2**20
"""Largest sum of unpacked sizes, in bytes."""

MAX_RATIO = 250
"""Largest unpacked to packed ratio of a file in the archive; sheets that repeat themselves reach 100."""

_RATIO_FROM = 2**20
_CHUNK = 2**20
_DECLARATIONS = tuple(word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le"))


def load(file: Input, options: ReadOptions, report: Report) -> Iterator[Row]:
    """Read a workbook.

    Parameters
    ----------
    file : Input
        File at hand.
    options : ReadOptions
        The user's options; ``sheet`` names the one to read.
    report : callable
        Told how each sheet was understood, before its first row.

    Yields
    ------
    Record or Rejected
        One for each row that is not blank, of all sheets with a text column.

    Raises
    ------
    InputError
        If the file is damaged, unpacks to too much, or has no sheet with a text column.
    """
    _check_bounds(file)
    try:
        workbook = fastexcel.read_excel(str(file.path))
    except fastexcel.FastExcelError as error:
        raise file.error(f"the workbook cannot be read ({_brief(error)}); save it anew as .xlsx") from error
    sheets: Sequence[str] = workbook.sheet_names
    if options.sheet is not None and options.sheet not in sheets:
        raise file.error(f"there is no sheet {options.sheet!r}; the sheets are {', '.join(map(repr, sheets))}")
    problems: list[str] = []
    n_read = n_filled = 0
    for sheet in sheets if options.sheet is None else [options.sheet]:
        rows = _rows(file, workbook, sheet)
        if not rows:
            continue
        n_filled += 1
        try:
            sample = [row for _, row in rows[:SAMPLE_ROWS]]
            roles = decide_roles(file, list(sample[0]), sample, options)
        except InputError as error:
            problem = f"sheet {sheet!r}: {str(error).removeprefix(f'{file.name}: ')}"
            problems.append(problem)
            # A sheet without text is no row that is lost, but the user should see that it was left out.
            report(Source(file.name, "xlsx", note=f"left out, {problem}"))
            continue
        n_read += 1
        report(Source(file.name, "xlsx", columns=roles, note=f"sheet {sheet}"))
        reader = RowReader(file, roles, options, sheet)
        for number, row in rows:
            yield reader.record(row, number, f"line {number + 1}: ")
    if not n_filled:
        report(Source(file.name, "xlsx"))
        yield file.holds_no_rows(options.sheet)
    elif not n_read:
        raise file.error("; ".join(problems))


def _brief(error: Exception) -> str:
    """Give the first line of a library's message."""
    return str(error).split("\n", maxsplit=1)[0][:200]


def _check_bounds(file: Input) -> None:
    """Refuse an archive that is damaged, unpacks to too much or declares XML entities."""
    try:
        with zipfile.ZipFile(file.path) as archive:
            entries = archive.infolist()
            total = sum(entry.file_size for entry in entries)
            if len(entries) > MAX_ENTRIES:
                raise file.error(
                    f"the workbook holds {len(entries)} files, more than {MAX_ENTRIES}; save the data anew"
                )
            if total > MAX_UNPACKED:
                problem = f"the workbook unpacks to {total >> 20} MiB, more than {MAX_UNPACKED >> 20}"
                raise file.error(f"{problem}; export it as CSV")
            for entry in entries:
                if entry.file_size > max(_RATIO_FROM, MAX_RATIO * entry.compress_size):
                    problem = f"{entry.filename} unpacks to more than {MAX_RATIO} times its size"
                    raise file.error(f"{problem}, as a zip bomb does; export the data as CSV")
            for entry in entries:
                _check_entry(file, archive, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise file.error(f"this is no whole workbook ({_brief(error)}); save it anew as .xlsx") from error


def _check_entry(file: Input, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack in small pieces: sizes that the directory states falsely fail the checksum here, not in memory later."""
    is_xml = entry.filename.endswith((".xml", ".rels", ".vml"))
    with archive.open(entry) as stream:
        head = stream.read(_CHUNK)
        if is_xml and any(word in head for word in _DECLARATIONS):
            raise file.error(
                f"{entry.filename} declares XML entities, which no spreadsheet program writes; save it anew"
            )
        while stream.read(_CHUNK):
            pass


def _rows(file: Input, workbook: fastexcel.ExcelReader, sheet: str) -> list[tuple[int, dict[str, object]]]:
    """Give the rows of a sheet that are not blank, numbered from the one below the header."""
    try:
        typed = workbook.load_sheet(sheet, schema_sample_rows=None, dtype_coercion="coerce").to_arrow()
        plain = workbook.load_sheet(sheet, dtypes="string").to_arrow()
    except fastexcel.FastExcelError as error:
        raise file.error(f"sheet {sheet!r} cannot be read ({_brief(error)}); save it anew as .xlsx") from error
    rows = []
    names = [f"column_{i}" if n.startswith("__UNNAMED__") else n for i, n in enumerate(typed.schema.names, start=1)]
    columns = [
        [_cell(value, written) for value, written in zip(a.to_pylist(), b.to_pylist(), strict=True)]
        for a, b in zip(typed.columns, plain.columns, strict=True)
    ]
    for number, cells in enumerate(zip(*columns, strict=True), start=1):
        if any(cell is not None for cell in cells):
            rows.append((number, dict(zip(names, cells, strict=True))))
    return rows


def _cell(value: object, written: str | None) -> object:
    """Give a cell as a person sees it; one that does not fit its column's type stays as written."""
    if value is None:
        return written
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime) and value.year < 1900:
        return value.time()
    return value
