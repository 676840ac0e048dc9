"""Texts without labels, for a teacher to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cxmining.corpora.lines import read_lines


class PlainText(BaseModel):
    """One text: identity, language, channel."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    language: str
    channel: str
    text: str


def read_texts(path: Path) -> Iterator[PlainText]:
    """Yield the texts of one file.

    Raises
    ------
    CorpusError
        If a line breaks the schema; the message names file and row.
    """
    for _, row in read_lines(path, PlainText):
        yield row
