"""Runs a stream of records through a tagging function: one batch in, one batch out, nothing lost."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from cxmining.batch import record_batch
from cxmining.records import Record, Rejected

TagBatch = Callable[[pa.RecordBatch], pa.RecordBatch]

BATCH_ROWS = 256
BATCH_CHARACTERS = 400_000
"""A batch closes at this many rows or characters, whichever comes first."""


@dataclass
class Summary:
    """What a run did; ``n_read == n_tagged + n_rejected`` always."""

    n_read: int = 0
    n_tagged: int = 0
    n_rejected: int = 0
    n_cut: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    columns: dict[str, None] = field(default_factory=dict)


def spool_tagged(
    items: Iterable[Record | Rejected],
    tag_batch: TagBatch,
    spool: IO[str],
    quarantine: IO[str],
    on_progress: Callable[[Summary], None] | None = None,
) -> Summary:
    """Tag records in batches and write them, in order, as JSON Lines.

    Parameters
    ----------
    items : iterable of Record or Rejected
        A loader's stream.
    tag_batch : callable
        Arrow in, Arrow out, same rows in the same order.
    spool, quarantine : text files
        Tagged rows; rejected rows with file, row and reason.
    on_progress : callable, optional
        Called after every batch.

    Returns
    -------
    Summary
        Counts.
    """
    summary = Summary()
    for batch in _batches(items, summary, quarantine):
        tagged = tag_batch(record_batch(batch))
        results = zip(*(tagged.column(c).to_pylist() for c in ("language", "labels", "tags")), strict=True)
        for record, (language, labels, tags) in zip(batch, results, strict=True):
            row = {
                "id": record.id,
                "text": record.text,
                "source_file": f"{record.origin.file} [{record.origin.sheet}]"
                if record.origin.sheet
                else record.origin.file,
                "source_row": record.origin.row,
                "columns": {k: _finite(v) for k, v in record.columns.items()},
                "language": language,
                "labels": labels,
                "tags": [_without_nulls(t) for t in tags],
            }
            spool.write(json.dumps(row, ensure_ascii=False, default=_plain, allow_nan=False) + "\n")
            summary.n_tagged += 1
            summary.languages[language] += 1
            summary.labels.update(labels)
            summary.columns.update(dict.fromkeys(record.columns))
        if on_progress:
            on_progress(summary)
    if on_progress:
        on_progress(summary)
    return summary


def _batches(items: Iterable[Record | Rejected], summary: Summary, quarantine: IO[str]) -> Iterator[list[Record]]:
    """Collect records into batches; rejected rows go to the quarantine."""
    batch: list[Record] = []
    size = 0
    for item in items:
        summary.n_read += 1
        if isinstance(item, Rejected):
            summary.n_rejected += 1
            _write_rejected(item, quarantine)
            continue
        batch.append(item)
        size += len(item.text)
        if len(batch) >= BATCH_ROWS or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _write_rejected(item: Rejected, quarantine: IO[str]) -> None:
    """Write one rejected row."""
    origin = item.origin
    row = {"file": origin.file, "row": origin.row, "sheet": origin.sheet, "reason": item.reason, "raw": item.raw}
    # Rejected material may hold lone surrogates, which UTF-8 cannot write; escapes can.
    quarantine.write(json.dumps(row, ensure_ascii=True) + "\n")


def _finite(value: object) -> object:
    """Give None for numbers that JSON does not have, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, list | tuple) else value


def _without_nulls(tag: dict[str, Any]) -> dict[str, Any]:
    """Leave out speaker and time where there is none."""
    return {**tag, "evidence": [{k: v for k, v in span.items() if v is not None} for span in tag["evidence"]]}


def _plain(value: object) -> object:
    """Write dates, decimals and bytes as text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def default_output(source: Path) -> Path:
    """Name the output beside the input: ``survey.csv`` -> ``survey.tagged.csv``; formats not written become CSV."""
    from cxmining.scoring.tables import SUFFIXES

    if not source.name or source.name == "..":
        source = source.resolve()
    suffix = source.suffix.lower() if source.suffix.lower() in SUFFIXES else ".csv"
    return source.with_name(f"{source.stem}.tagged{suffix}")
