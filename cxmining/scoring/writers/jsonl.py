"""JSON Lines: one object a line, UTF-8, LF."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from cxmining.scoring.writers.layout import Layout, rows_of


def write_jsonl(batches: Iterable[pa.RecordBatch], path: Path, layout: Layout) -> None:
    """Write one object a row; in the nested layout a column that a row does not have is absent from it.

    Parameters
    ----------
    batches : iterable of RecordBatch
        Stored rows.
    path : Path
        File to write.
    layout : Layout
        Columns.
    """
    names, header = layout.names(), layout.header()
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for batch in batches:
            for row in rows_of(batch):
                made = dict(zip(header, layout.flat(row), strict=True)) if layout.wide else layout.nested(row, names)
                out.write(json.dumps(made, ensure_ascii=False) + "\n")
