"""Cuts a loader's stream into numbered chunks, the same ones every time the same input is read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from cxmining.records import Record, Rejected

Item = Record | Rejected
ColumnLanguage = Callable[[list[str]], str | None]

CHUNK_ROWS = 256
CHUNK_CHARACTERS = 400_000
"""A chunk closes at this many rows or characters, whichever comes first."""

HINT_ROWS = 200
"""Rows at the beginning of a file that tell the language that its doubtful rows lean on."""

_CHUNK_REJECTED = 1024


@dataclass(slots=True)
class Chunk:
    """What is read between two closings.

    Parameters
    ----------
    records : list of Record
        In order.
    hints : list of (str or None)
        Language of each record's file.
    rejected : list of Rejected
        In order.
    n_characters : int
        Length of the texts.
    """

    records: list[Record] = field(default_factory=list)
    hints: list[str | None] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    n_characters: int = 0


def chunks(items: Iterable[Item], column_language: ColumnLanguage | None = None) -> Iterator[Chunk]:
    """Cut a stream into chunks.

    Parameters
    ----------
    items : iterable of Record or Rejected
        A loader's stream.
    column_language : callable, optional
        Gives the majority language of the first texts of a file; None where no row's language is in doubt.

    Yields
    ------
    Chunk
        Not empty.
    """
    chunk = Chunk()
    for item, hint in _hinted(items, column_language):
        if isinstance(item, Rejected):
            chunk.rejected.append(item)
        else:
            chunk.records.append(item)
            chunk.hints.append(hint)
            chunk.n_characters += len(item.text)
        is_full = len(chunk.records) >= CHUNK_ROWS or len(chunk.rejected) >= _CHUNK_REJECTED
        if is_full or chunk.n_characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk = Chunk()
    if chunk.records or chunk.rejected:
        yield chunk


def _hinted(items: Iterable[Item], column_language: ColumnLanguage | None) -> Iterator[tuple[Item, str | None]]:
    """Give each item the language of its file, told by the file's first rows."""
    if column_language is None:
        yield from ((item, None) for item in items)
        return
    stream = iter(items)
    head: list[Item] = []
    place: tuple[str, str | None] | None = None
    hint: str | None = None
    settled = False
    for item in stream:
        here = (item.origin.file, item.origin.sheet)
        if here != place:
            yield from _with_language(head, column_language)
            head, place, settled = [], here, False
        if settled:
            yield item, hint
            continue
        head.append(item)
        if len(head) == HINT_ROWS:
            hinted = list(_with_language(head, column_language))
            hint, settled, head = hinted[0][1], True, []
            yield from hinted
    yield from _with_language(head, column_language)


def _with_language(head: list[Item], column_language: ColumnLanguage) -> Iterator[tuple[Item, str | None]]:
    """Give the first rows of a file its language."""
    hint = column_language([item.text for item in head if isinstance(item, Record)]) if len(head) > 1 else None
    return ((item, hint) for item in head)


def limited(items: Iterable[Item], n_rows: int) -> Iterator[Item]:
    """Give the first rows of a stream."""
    return islice(iter(items), n_rows)


def sampled(read: Callable[[], Iterable[Item]], n_rows: int, seed: int = 0) -> Iterator[Item]:
    """Draw rows at random, without replacement, in their order; the input is read twice.

    Parameters
    ----------
    read : callable
        Opens the stream.
    n_rows : int
        Rows to draw; all of them where there are no more.
    seed : int, default 0
        Seed of the draw.

    Yields
    ------
    Record or Rejected
        The drawn rows; the others are left out and not counted.
    """
    total = sum(1 for _ in read())
    drawn = set(random.Random(seed).sample(range(total), min(n_rows, total)))
    for number, item in enumerate(read()):
        if number in drawn:
            yield item
