"""The tagged rows on their way: Arrow files in the job's folder, written as rows come and read back in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from cxmining.batch import TAGS_TYPE
from cxmining.errors import InputError
from cxmining.records import Record
from cxmining.scoring.kinds import as_json

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("source_file", pa.string()),
        ("source_row", pa.int64()),
        ("columns", pa.string()),
        ("language", pa.string()),
        ("labels", pa.list_(pa.string())),
        ("tags", TAGS_TYPE),
    ]
)
"""A stored row: ``columns`` holds the carried cells as a JSON object."""


def stored_rows(records: list[Record], results: pa.RecordBatch) -> pa.RecordBatch:
    """Join records and their results to rows as they are stored."""
    names = [r.origin.file if r.origin.sheet is None else f"{r.origin.file} [{r.origin.sheet}]" for r in records]
    arrays = [
        pa.array([r.id for r in records], pa.string()),
        pa.array([r.text for r in records], pa.string()),
        pa.array(names, pa.string()),
        pa.array([r.origin.row for r in records], pa.int64()),
        pa.array([as_json(r.columns) for r in records], pa.string()),
        *(results.column(name) for name in ("language", "labels", "tags")),
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def write_part(path: Path, batches: list[pa.RecordBatch]) -> None:
    """Write a part so that it is whole on the disk under its name, or not there."""
    temporary = path.with_name(path.name + ".tmp")
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with temporary.open("wb") as out:
        with pa.ipc.new_file(out, SCHEMA, options=options) as writer:
            for batch in batches:
                writer.write_batch(batch)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def read_parts(paths: list[Path]) -> Iterator[pa.RecordBatch]:
    """Read parts, one batch at a time.

    Raises
    ------
    InputError
        If a part is missing or damaged; the message says to start over.
    """
    for path in paths:
        try:
            with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
                for i in range(reader.num_record_batches):
                    yield reader.get_batch(i)
        except (pa.ArrowException, OSError) as error:
            brief = str(error).split("\n", maxsplit=1)[0]
            raise InputError(f"{path}: this part of the job is damaged ({brief}); start over with --fresh") from error


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a power loss, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
