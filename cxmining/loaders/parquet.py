"""Parquet, Feather and Arrow files, streamed by batches of rows; cells keep their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cxmining.loaders.columns import SAMPLE_ROWS, decide_roles
from cxmining.loaders.rows import RowReader
from cxmining.loaders.source import Input, ReadOptions, Report, Row, Source

_BATCH_ROWS = 1024
_CELL_ERRORS = (ValueError, OverflowError, pa.ArrowException)
"""What a cell that no Python value can hold raises; UnicodeDecodeError is a ValueError."""


def load(file: Input, options: ReadOptions, report: Report) -> Iterator[Row]:
    """Read a columnar file.

    Parameters
    ----------
    file : Input
        File at hand.
    options : ReadOptions
        The user's options.
    report : callable
        Told how the file was understood, before the first row.

    Yields
    ------
    Record or Rejected
        One for each row.

    Raises
    ------
    InputError
        If the file as a whole cannot be used.
    """
    name, batches, n_rows = _open(file)
    number = 0
    try:
        first = next(batches, None)
        while first is not None and first.num_rows == 0:
            first = next(batches, None)
        if first is None:
            report(Source(file.name, name))
            yield file.holds_no_rows()
            return
        names = _names(first)
        sample = [row for row in _rows(first.slice(0, SAMPLE_ROWS), names) if isinstance(row, Mapping)]
        roles = decide_roles(file, names, sample, options)
        report(Source(file.name, name, columns=roles))
        reader = RowReader(file, roles, options)
        for batch in chain([first], batches):
            for row in _rows(batch, names):
                number += 1
                yield reader.record(row, number) if isinstance(row, Mapping) else file.reject(number, row)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if number == 0:
            raise file.error(f"this is no whole {name} file ({_brief(error)}); export it anew") from error
        # The count keeps its promise: every row that the file states and that cannot be read is rejected.
        for lost in range(number + 1, max(n_rows, number + 1) + 1):
            yield file.reject(lost, f"the file is damaged from here on ({_brief(error)}); export it anew")


def _open(file: Input) -> tuple[str, Iterator[Any], int]:
    """Give the format's name, its batches and the number of rows that it states (0 where it states none)."""
    with file.path.open("rb") as stream:
        magic = stream.read(6)
    try:
        if magic.startswith(b"PAR1"):
            table = pq.ParquetFile(file.path)
            return "parquet", table.iter_batches(batch_size=_BATCH_ROWS), table.metadata.num_rows
        if magic.startswith(b"ARROW1"):
            arrow = pa.ipc.open_file(pa.memory_map(str(file.path)))
            return "arrow", _validated(arrow.get_batch(i) for i in range(arrow.num_record_batches)), 0
        return "arrow stream", _validated(pa.ipc.open_stream(pa.memory_map(str(file.path)))), 0
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, PermissionError):
            raise
        raise file.error(f"this is no whole Parquet or Arrow file ({_brief(error)}); export it anew") from error


def _validated(batches: Iterable[Any]) -> Iterator[Any]:
    """Check the offsets of batches that are mapped as they lie in the file; false ones would end the process."""
    for batch in batches:
        batch.validate(full=True)
        yield batch


def _brief(error: Exception) -> str:
    """Give the first line of a library's message."""
    return str(error).split("\n", maxsplit=1)[0].rstrip(".")[:200]


def _names(batch: Any) -> list[str]:
    """Give the column names; repeated ones are told apart."""
    names: list[str] = []
    for i, name in enumerate(batch.schema.names, start=1):
        names.append(name if name not in names else f"{name}_{i}")
    return names


def _rows(batch: Any, names: list[str]) -> Iterator[dict[str, object] | str]:
    """Yield the rows of a batch; a row with a cell that cannot be read becomes the reason."""
    try:
        columns = [column.to_pylist() for column in batch.columns]
    except _CELL_ERRORS:
        for i in range(batch.num_rows):
            yield _row(batch, names, i)
        return
    for cells in zip(*columns, strict=True):
        yield dict(zip(names, cells, strict=True))


def _row(batch: Any, names: list[str], i: int) -> dict[str, object] | str:
    """Read one row cell by cell."""
    row: dict[str, object] = {}
    for name, column in zip(names, batch.columns, strict=True):
        try:
            row[name] = column[i].as_py()
        except _CELL_ERRORS as error:
            return f"the cell in column {name!r} cannot be read ({_brief(error)}); mend it"
    return row
