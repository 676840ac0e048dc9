"""Guesses how many rows files hold, so that a progress line can tell the time left."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_ROW_A_LINE = {".csv", ".tsv", ".jsonl", ".ndjson"}
_ONE_ROW = {".txt", ".md", ".html", ".htm", ".vtt", ".srt", ".eml"}
_CHUNK = 1 << 20


def estimate_rows(paths: Iterable[Path]) -> int | None:
    """Guess the rows of files and folders.

    Parameters
    ----------
    paths : iterable of Path
        Files or folders.

    Returns
    -------
    int or None
        Lines of line-based files (a quoted line break counts as a row too many), rows of Parquet files by their
        footer, one for a text; None as soon as one file's rows cannot be told without reading it whole.
    """
    total = 0
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            rows = _rows(file)
            if rows is None:
                return None
            total += rows
    return total


def _rows(path: Path) -> int | None:
    """Guess the rows of one file."""
    suffix = path.suffix.lower()
    if suffix in _ONE_ROW:
        return 1
    try:
        if suffix == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            try:
                return int(pq.read_metadata(path).num_rows)
            except pa.ArrowException:
                return None
        if suffix in _ROW_A_LINE:
            with path.open("rb") as data:
                lines = sum(chunk.count(b"\n") for chunk in iter(lambda: data.read(_CHUNK), b""))
            return max(0, lines - (suffix in {".csv", ".tsv"}))
    except OSError:
        return None
    return None
