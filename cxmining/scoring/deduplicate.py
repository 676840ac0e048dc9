"""Sends every text to the model once: what a chunk asks of it, and how its answer becomes rows again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from cxmining.batch import BLOCKS_TYPE, RESULT_COLUMNS, TAGS_TYPE, record_batch
from cxmining.records import Record
from cxmining.scoring.cache import MAX_TEXT, Key, Result, ResultCache
from cxmining.scoring.chunks import Chunk

RESULT_TYPES = (pa.string(), pa.list_(pa.string()), TAGS_TYPE)

TagBatch = Callable[[pa.RecordBatch], pa.RecordBatch]
"""Arrow in, Arrow out, same rows in the same order, each row's result depending on that row alone."""


Place = tuple[int, int]
"""Number of a chunk and row in it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a chunk needs of the model.

    Parameters
    ----------
    question : RecordBatch or None
        The texts to tag, each once: ``text``, ``language``, ``blocks``, ``language_hint``; None where all are known.
    picks : list of int
        For each row its place among the answers, which known and borrowed results follow.
    known : list of Result
        Results from the cache.
    borrowed : list of Place
        Rows of earlier chunks that hold the result.
    fresh : dict of Key to int
        Row of each text that is not from the cache; later chunks borrow there.
    wanted : list of Key
        Those that have come for the second time, worth keeping.
    """

    question: pa.RecordBatch | None
    picks: list[int]
    known: list[Result]
    borrowed: list[Place]
    fresh: dict[Key, int]
    wanted: list[Key]

    def answered(self, answer: pa.RecordBatch | None, earlier: Mapping[int, pa.RecordBatch]) -> pa.RecordBatch:
        """Give the result columns of every row of the chunk."""
        results = self.known + [_result(earlier[number], row) for number, row in self.borrowed]
        n_asked = 0 if answer is None else answer.num_rows
        if answer is not None and not results and self.picks == list(range(n_asked)):
            return answer.select(list(RESULT_COLUMNS))
        columns = [pa.array([r[i] for r in results], kind) for i, kind in enumerate(RESULT_TYPES)]
        if answer is not None:
            columns = [pa.concat_arrays([answer.column(n), c]) for n, c in zip(RESULT_COLUMNS, columns, strict=True)]
        places = pa.array(self.picks, pa.int64())
        return pa.RecordBatch.from_arrays([column.take(places) for column in columns], names=list(RESULT_COLUMNS))

    def kept(self, results: pa.RecordBatch) -> list[tuple[Key, Result]]:
        """Give the results that the cache wants, from the chunk's result columns."""
        return [(key, _result(results, self.fresh[key])) for key in self.wanted]


def _result(results: pa.RecordBatch, row: int) -> Result:
    """Give one row of result columns."""
    language, labels, tags = (results.column(name)[row].as_py() for name in RESULT_COLUMNS)
    return language, labels, tags


def plan(chunk: Chunk, cache: ResultCache, recent: Mapping[Key, Place]) -> Plan:
    """Find what of a chunk must go to the model.

    Parameters
    ----------
    chunk : Chunk
        Rows.
    cache : ResultCache
        Results so far; notes what was seen.
    recent : mapping of Key to Place
        Texts of chunks just before, whose results are at hand when this chunk's are.

    Returns
    -------
    Plan
        Texts with blocks always go; others once each, unless their result is known or can be borrowed.
    """
    made = Plan(None, [], [], [], {}, [])
    asked: list[int] = []
    picks: dict[Key, int] = {}
    # Known and borrowed results stand behind the answers, whose number is not known yet: they count from below.
    later: list[tuple[str, int]] = []
    places: list[int] = []
    for row, (record, hint) in enumerate(zip(chunk.records, chunk.hints, strict=True)):
        key = (record.text, record.language, hint)
        is_plain = not record.blocks and record.speaker is None
        if is_plain and key in picks:
            places.append(picks[key])
            continue
        result = cache.get(key) if is_plain else None
        if result is not None:
            later.append(("known", len(made.known)))
            made.known.append(result)
        elif is_plain and key in recent:
            later.append(("borrowed", len(made.borrowed)))
            made.borrowed.append(recent[key])
        place = -len(later) if result is not None or (is_plain and key in recent) else len(asked)
        if place >= 0:
            asked.append(row)
        places.append(place)
        if is_plain:
            picks[key] = place
            if result is None and len(record.text) <= MAX_TEXT:
                made.fresh[key] = row
                if cache.is_wanted(key):
                    made.wanted.append(key)
    behind = {"known": len(asked), "borrowed": len(asked) + len(made.known)}
    made.picks.extend(p if p >= 0 else behind[later[-p - 1][0]] + later[-p - 1][1] for p in places)
    question = _question([chunk.records[row] for row in asked], [chunk.hints[row] for row in asked])
    return replace(made, question=question)


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
