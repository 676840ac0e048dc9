"""Shared by the loader tests: read a file made on the spot and keep what was reported."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cxmining.loaders import ReadOptions, Source, read
from cxmining.records import Record, Rejected


@dataclass
class Outcome:
    rows: list[Record | Rejected]
    sources: list[Source]

    @property
    def records(self) -> list[Record]:
        return [row for row in self.rows if isinstance(row, Record)]

    @property
    def rejected(self) -> list[Rejected]:
        return [row for row in self.rows if isinstance(row, Rejected)]

    @property
    def texts(self) -> list[str]:
        return [record.text for record in self.records]


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Outcome]:
    """Write a file and read it back."""

    def _load(name: str, content: str | bytes, **options) -> Outcome:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        sources: list[Source] = []
        return Outcome(list(read([path], ReadOptions(**options), sources.append)), sources)

    return _load
