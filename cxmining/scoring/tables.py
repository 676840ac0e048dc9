"""Turns a spool of tagged rows into the format that the output's suffix names.

Columns of CSV and XLSX: ``id``, ``text``, the input's other columns, ``source_file``, ``source_row``, ``language``,
``labels`` (ids joined by ``; ``), ``n_labels``, ``top_label``, ``top_score``, ``evidence`` (label and quote, joined by
bars) and one column ``label:<id>`` a label with 1 or 0, which a spreadsheet user can filter. JSONL and Parquet keep the
nested tags.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cxmining.batch import free_name
from cxmining.errors import UsageError

XLSX_ROWS = 1_048_575
"""Data rows that a worksheet can hold below its header."""

XLSX_CELL = 32_767
"""Characters that a worksheet cell can hold."""

_RESULT = ("language", "labels", "tags")
_SOURCE = ("source_file", "source_row")
_SUMMARY = ("n_labels", "top_label", "top_score", "evidence")
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_ILLEGAL_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 65534, 65535])
_PARQUET_ROWS = 10_000
_PARQUET_CHARACTERS = 20_000_000

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")


def check_suffix(path: Path) -> None:
    """Refuse an output whose suffix names no format, or that is a folder.

    Raises
    ------
    UsageError
        With the remedy.
    """
    if path.is_dir():
        raise UsageError(f"{path}: the output is a folder; name a file in it, such as {path / 'tagged.csv'}")
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path}: the output's suffix names the format; use one of {', '.join(SUFFIXES)}")


def write_table(spool: Path, target: Path, columns: Sequence[str], labels: Sequence[str]) -> int:
    """Write the spooled rows to ``target``; the file appears under its name only when it is complete.

    Parameters
    ----------
    spool : Path
        JSON Lines with ``id``, ``text``, ``columns`` (object), ``language``, ``labels`` and ``tags``.
    target : Path
        Output; its suffix chooses the format.
    columns : sequence of str
        Every carried column met in the spool, in order of first appearance.
    labels : sequence of str
        Label ids of the taxonomy, for the filter columns.

    Returns
    -------
    int
        Cells that were cut because a worksheet's cell cannot hold them; 0 for other formats.

    Raises
    ------
    UsageError
        If the suffix is unknown or the rows do not fit a worksheet.
    """
    check_suffix(target)
    names = _free_names(columns, labels)
    handle, part_name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.resolve().parent)
    os.close(handle)
    part = Path(part_name)
    n_cut = 0
    try:
        match target.suffix.lower():
            case ".jsonl":
                _write_jsonl(spool, part, names)
            case ".parquet":
                _write_parquet(spool, part, names)
            case ".xlsx":
                n_cut = _write_xlsx(spool, part, names, labels)
            case suffix:
                _write_csv(spool, part, names, labels, "\t" if suffix == ".tsv" else ",")
        part.chmod(0o666 & ~_umask())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return n_cut


def _umask() -> int:
    """Give the process's umask, which temporary files do not follow."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _free_names(columns: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """Name the carried columns so that none stands in the way of ours or of another."""
    reserved = {"id", "text", *_SOURCE, *_RESULT, *_SUMMARY, *(f"label:{label}" for label in labels)}
    names: dict[str, str] = {}
    for column in columns:
        names[column] = free_name(column, reserved, {*names.values(), *columns} - {column})
    return names


def _rows(spool: Path) -> Iterator[dict[str, Any]]:
    """Yield the spooled rows."""
    with spool.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _nested(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Give a row with nested tags: id, text, carried columns, results."""
    carried = {names[k]: v for k, v in row["columns"].items()}
    return {"id": row["id"], "text": row["text"], **carried, **{k: row[k] for k in (*_SOURCE, *_RESULT)}}


def _write_jsonl(spool: Path, part: Path, names: dict[str, str]) -> None:
    """Write one JSON object a line; a column that a row does not have is absent from it."""
    with part.open("w", encoding="utf-8", newline="\n") as out:
        for row in _rows(spool):
            out.write(json.dumps(_nested(row, names), ensure_ascii=False) + "\n")


def _write_parquet(spool: Path, part: Path, names: dict[str, str]) -> None:
    """Write typed columns; a carried column of mixed types becomes text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from cxmining.batch import TAGS_TYPE

    kinds: dict[str, pa.DataType] = {}
    for row in _rows(spool):
        for key, value in row["columns"].items():
            kinds[names[key]] = _widest(kinds.get(names[key]), value)
    fields = [("id", pa.string()), ("text", pa.large_string())]
    fields += [(n, kinds.get(n, pa.string())) for n in names.values()]
    fields += [("source_file", pa.string()), ("source_row", pa.int64())]
    fields += [("language", pa.string()), ("labels", pa.list_(pa.string())), ("tags", TAGS_TYPE)]
    schema = pa.schema([pa.field(n, pa.string() if pa.types.is_null(t) else t) for n, t in fields])
    with pq.ParquetWriter(part, schema, compression="zstd") as out:
        batch: list[dict[str, Any]] = []
        size = 0
        for row in _rows(spool):
            flat = _nested(row, names)
            batch.append({f.name: _cast(flat.get(f.name), f.type) for f in schema})
            size += len(row["text"])
            if len(batch) == _PARQUET_ROWS or size > _PARQUET_CHARACTERS:
                out.write_table(pa.Table.from_pylist(batch, schema))
                batch, size = [], 0
        out.write_table(pa.Table.from_pylist(batch, schema))


def _widest(kind: Any, value: object) -> Any:
    """Give the Arrow type that holds a value beside those seen so far."""
    import pyarrow as pa

    if value is None:
        return kind if kind is not None else pa.null()
    new = pa.bool_() if isinstance(value, bool) else pa.int64() if isinstance(value, int) else pa.float64()
    # Whole numbers beyond 2**53 lose digits as floats, so such a column becomes text when floats join it.
    if not isinstance(value, bool | int | float) or (isinstance(value, int) and abs(value) > 2**53):
        new = pa.string()
    if kind is None or pa.types.is_null(kind) or kind == new:
        return new
    return pa.float64() if {kind, new} == {pa.int64(), pa.float64()} else pa.string()


def _cast(value: object, kind: Any) -> object:
    """Turn a value into what the column's type takes."""
    import pyarrow as pa

    if value is None or not pa.types.is_string(kind) or isinstance(value, str):
        return value
    return _cell(value)


def _cell(value: object) -> str:
    """Write a value as text; structures as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _flat_header(names: dict[str, str], labels: Sequence[str]) -> list[str]:
    """Give the header of CSV and XLSX."""
    return [
        "id",
        "text",
        *names.values(),
        *_SOURCE,
        "language",
        "labels",
        *_SUMMARY,
        *(f"label:{label}" for label in labels),
    ]


def _flat(row: dict[str, Any], names: dict[str, str], labels: Sequence[str]) -> list[Any]:
    """Give a row of CSV and XLSX; numbers stay numbers."""
    tags = row["tags"]
    evidence = " | ".join(f"{t['label']}: {s['quote']}" for t in tags for s in t["evidence"])
    given = set(row["labels"])
    carried = [_scalar(row["columns"].get(key)) for key in names]
    top = [tags[0]["label"], round(tags[0]["score"], 4)] if tags else ["", None]
    summary = [row["language"], "; ".join(row["labels"]), len(tags), *top, evidence]
    source = [row[k] for k in _SOURCE]
    return [row["id"], row["text"], *carried, *source, *summary, *(int(label in given) for label in labels)]


def _scalar(value: object) -> object:
    """Keep numbers, booleans and text; write structures as JSON."""
    return value if value is None or isinstance(value, str | int | float) else _cell(value)


def safe_cell(value: object) -> object:
    """Keep a text cell from starting a formula in a spreadsheet; numbers stay as they are.

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


def _write_csv(spool: Path, part: Path, names: dict[str, str], labels: Sequence[str], delimiter: str) -> None:
    """Write UTF-8 with BOM, which spreadsheets need to see that it is UTF-8."""
    with part.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow([safe_cell(n) for n in _flat_header(names, labels)])
        for row in _rows(spool):
            writer.writerow(["" if v is None else safe_cell(v) for v in _flat(row, names, labels)])


def _write_xlsx(spool: Path, part: Path, names: dict[str, str], labels: Sequence[str]) -> int:
    """Write one worksheet, streamed; text cells are typed as text, so none can be a formula. Count the cells cut."""
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

    sheet.append([cell(n) for n in _flat_header(names, labels)])
    for n, row in enumerate(_rows(spool)):
        if n >= XLSX_ROWS:
            raise UsageError(f"more than {XLSX_ROWS:,} rows do not fit a worksheet; write .csv or .parquet")
        sheet.append([cell(v) for v in _flat(row, names, labels)])
    book.save(part)
    return n_cut
