"""Which loader reads which file: by suffix, else by the first bytes."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from cxmining.loaders.source import Input, Loader

_MODULES = {
    "csv": "csv", "tsv": "csv", "tab": "csv",
    "jsonl": "jsonl", "ndjson": "jsonl", "json": "jsonl",
    "parquet": "parquet", "pq": "parquet", "feather": "parquet", "arrow": "parquet",
    "xlsx": "xlsx", "xlsm": "xlsx",
    "txt": "plain", "text": "plain", "md": "plain", "markdown": "plain", "html": "plain", "htm": "plain",
    "vtt": "transcript", "srt": "transcript",
    "eml": "email", "mbox": "email",
}  # fmt: skip
"""Suffix to the module that reads it."""

_MAGIC = ((b"PAR1", "parquet"), (b"ARROW1", "parquet"), (b"WEBVTT", "transcript"), (b"From ", "email"))

SUFFIXES = tuple(sorted(_MODULES))
"""Suffixes that are known, for messages."""


def loader_of(file: Input) -> Loader | None:
    """Give the loader of a file.

    Parameters
    ----------
    file : Input
        Existing file.

    Returns
    -------
    callable or None
        Its loader; None where the format is unknown.
    """
    name = _MODULES.get(file.path.suffix.lower().removeprefix("."))
    if name is None:
        with file.path.open("rb") as stream:
            head = stream.read(4096).removeprefix(b"\xef\xbb\xbf")
        name = next((module for magic, module in _MAGIC if head.startswith(magic)), None)
        if name is None and head.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in head:
            name = "xlsx"
        if name is None and head.lstrip().startswith((b'{"', b'[{"', b'[\n  {"')):
            name = "jsonl"
    if name is None:
        return None
    # Imported when first needed: a CSV file is read without pyarrow, fastexcel or lxml.
    return cast(Loader, import_module(f"cxmining.loaders.{name}").load)
