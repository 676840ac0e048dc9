"""Parquet: typed columns, nested tags, zstd; one file, or a directory partitioned by columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cxmining.errors import UsageError
from cxmining.scoring.writers.layout import Layout, blocks

MAX_PARTITIONS = 256
"""Most files that are written at once."""

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"


def write_parquet(batches: Iterable[pa.RecordBatch], path: Path, layout: Layout) -> None:
    """Write one file; a carried column of mixed types is text.

    Parameters
    ----------
    batches : iterable of RecordBatch
        Stored rows.
    path : Path
        File to write.
    layout : Layout
        Columns.
    """
    with pq.ParquetWriter(path, _schema(layout), compression="zstd") as out:
        for block in blocks(batches):
            out.write_table(layout.table(block))


def write_partitioned(batches: Iterable[pa.RecordBatch], folder: Path, layout: Layout, by: Sequence[str]) -> None:
    """Write a directory in Hive's manner, ``column=value/part-00000.parquet``, as Spark and pandas read it.

    Parameters
    ----------
    batches : iterable of RecordBatch
        Stored rows.
    folder : Path
        Empty directory.
    layout : Layout
        Columns.
    by : sequence of str
        Columns of the output that part the rows; they are in the names of the directories and not in the files.

    Raises
    ------
    UsageError
        If a column does not exist or holds more than :data:`MAX_PARTITIONS` values.
    """
    schema = _schema(layout)
    for name in by:
        if name not in schema.names or pa.types.is_nested(schema.field(name).type):
            names = ", ".join(f.name for f in schema if not pa.types.is_nested(f.type))
            raise UsageError(f"there is no column {name!r} to partition by; the columns are {names}")
    inner = pa.schema([field for field in schema if field.name not in by])
    writers: dict[tuple[Any, ...], Any] = {}
    try:
        for block in blocks(batches):
            table = layout.table(block)
            for values in table.select(list(by)).group_by(list(by), use_threads=False).aggregate([]).to_pylist():
                key = tuple(values[name] for name in by)
                if key not in writers:
                    if len(writers) >= MAX_PARTITIONS:
                        names = ", ".join(by)
                        raise UsageError(f"more than {MAX_PARTITIONS} values of {names}; partition by another column")
                    target = folder.joinpath(*(f"{n}={_escaped(v)}" for n, v in zip(by, key, strict=True)))
                    target.mkdir(parents=True)
                    writers[key] = pq.ParquetWriter(target / "part-00000.parquet", inner, compression="zstd")
                writers[key].write_table(table.filter(_holds(table, values)).select(inner.names))
    finally:
        for writer in writers.values():
            writer.close()


def _schema(layout: Layout) -> pa.Schema:
    """Give the schema of the output, which no row's content changes."""
    from cxmining.scoring.parts import SCHEMA

    return layout.table(SCHEMA.empty_table()).schema


def _escaped(value: object) -> str:
    """Write a value as the name of a directory."""
    return NULL_PARTITION if value is None or value == "" else quote(str(value), safe=" ")


def _holds(table: pa.Table, values: dict[str, Any]) -> pa.ChunkedArray:
    """Tell the rows that have the given values."""
    masks = [pc.is_null(table[n]) if v is None else pc.equal(table[n], v) for n, v in values.items()]
    found = masks[0]
    for mask in masks[1:]:
        found = pc.and_kleene(found, mask)
    return pc.fill_null(found, fill_value=False)
