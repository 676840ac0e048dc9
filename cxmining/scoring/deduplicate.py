"""Sends every text to the model once: what a chunk asks of it, and how its answer becomes rows again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from cxmining.batch import BLOCKS_TYPE, RESULT_COLUMNS, TAGS_TYPE, record_batch
from cxmining.records import Record
from cxmining.scoring.cache import Key, Result, ResultCache
from cxmining.scoring.chunks import Chunk

RESULT_TYPES = (pa.string(), pa.list_(pa.string()), TAGS_TYPE)

TagBatch = Callable[[pa.RecordBatch], pa.RecordBatch]
"""Arrow in, Arrow out, same rows in the same order, each row's result depending on that row alone."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a chunk needs of the model.

    Parameters
    ----------
    question : RecordBatch or None
        The texts to tag, each once: ``text``, ``language``, ``blocks``, ``language_hint``; None where all are known.
    picks : list of int
        For each row its place among the answers, which the known results follow.
    known : list of Result
        Results from the cache.
    wanted : list of (Key, int)
        Answers to keep, with their places.
    """

    question: pa.RecordBatch | None
    picks: list[int]
    known: list[Result]
    wanted: list[tuple[Key, int]]

    def answered(self, answer: pa.RecordBatch | None) -> pa.RecordBatch:
        """Give the result columns of every row of the chunk."""
        n_asked = 0 if answer is None else answer.num_rows
        if answer is not None and not self.known and self.picks == list(range(n_asked)):
            return answer.select(list(RESULT_COLUMNS))
        known = [pa.array(values, kind) for values, kind in zip(self._known_columns(), RESULT_TYPES, strict=True)]
        columns = known if answer is None else [
            pa.concat_arrays([answer.column(name), array]) for name, array in zip(RESULT_COLUMNS, known, strict=True)
        ]  # fmt: skip
        places = pa.array(self.picks, pa.int64())
        return pa.RecordBatch.from_arrays([column.take(places) for column in columns], names=list(RESULT_COLUMNS))

    def _known_columns(self) -> list[list[object]]:
        """Turn the known results into columns."""
        return [[row[i] for row in self.known] for i in range(len(RESULT_COLUMNS))]

    def kept(self, results: pa.RecordBatch) -> list[tuple[Key, Result]]:
        """Give the results that the cache wants, from the chunk's result columns."""
        rows = {pick: row for row, pick in reversed(list(enumerate(self.picks)))} if self.wanted else {}
        found: list[tuple[Key, Result]] = []
        for key, place in self.wanted:
            language, labels, tags = (results.column(name)[rows[place]].as_py() for name in RESULT_COLUMNS)
            found.append((key, (language, labels, tags)))
        return found


def plan(chunk: Chunk, cache: ResultCache) -> Plan:
    """Find what of a chunk must go to the model.

    Parameters
    ----------
    chunk : Chunk
        Rows.
    cache : ResultCache
        Results so far; notes what was seen.

    Returns
    -------
    Plan
        Texts with blocks always go; others once each, unless their result is known.
    """
    asked: list[Record] = []
    hints: list[str | None] = []
    places: dict[Key, int] = {}
    known: list[Result] = []
    wanted: list[tuple[Key, int]] = []
    picks: list[int] = []
    for record, hint in zip(chunk.records, chunk.hints, strict=True):
        key = (record.text, record.language, hint)
        is_plain = not record.blocks and record.speaker is None
        place = places.get(key) if is_plain else None
        result = cache.get(key) if is_plain and place is None else None
        if result is not None:
            # Known results stand behind the answers, whose number is not known yet; told apart by the sign.
            known.append(result)
            place = places[key] = -len(known)
        if place is None:
            place = len(asked)
            asked.append(record)
            hints.append(hint)
            if is_plain:
                places[key] = place
                if cache.is_wanted(key):
                    wanted.append((key, place))
        picks.append(place)
    picks = [place if place >= 0 else len(asked) - place - 1 for place in picks]
    return Plan(_question(asked, hints), picks, known, wanted)


def _question(records: list[Record], hints: list[str | None]) -> pa.RecordBatch | None:
    """Make the batch that the model is asked."""
    if not records:
        return None
    if any(record.blocks or record.speaker is not None for record in records):
        blocks = record_batch(records).column("blocks")
    else:
        blocks = pa.nulls(len(records), BLOCKS_TYPE)
    columns = {
        "text": pa.array([record.text for record in records], pa.string()),
        "language": pa.array([record.language for record in records], pa.string()),
        "blocks": blocks,
        "language_hint": pa.array(hints, pa.string()),
    }
    return pa.RecordBatch.from_pydict(columns)
