"""The Arrow shapes of the flow: what a batch holds before and after tagging."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import Any

import pyarrow as pa

from cxmining.errors import UsageError
from cxmining.records import Block, Record, Span, Tag

BLOCKS_TYPE = pa.list_(
    pa.struct(
        [
            ("start", pa.int64()),
            ("end", pa.int64()),
            ("kind", pa.string()),
            ("speaker", pa.string()),
            ("time", pa.string()),
        ]
    )
)
"""Known structure of a text: raw half-open intervals with their roles."""

SPAN_TYPE = pa.struct(
    [
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("quote", pa.string()),
        ("speaker", pa.string()),
        ("time", pa.string()),
        ("turn", pa.int32()),
    ]
)

TAGS_TYPE = pa.list_(
    pa.struct(
        [("label", pa.string()), ("score", pa.float64()), ("evidence", pa.list_(SPAN_TYPE)), ("model", pa.string())]
    )
)
"""Tags of a text, best first; evidence in raw code-point offsets."""

RESULT_COLUMNS = ("language", "labels", "tags")

_INTERNAL = ("blocks", "language_hint")
"""Columns that steer tagging and are not carried through."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def input_batch(ids: Sequence[str], texts: Sequence[str], languages: Sequence[str | None]) -> pa.RecordBatch:
    """Make a batch of plain texts; lone surrogates, which Arrow cannot hold, become U+FFFD one for one."""
    sound = [_SURROGATE.sub("\ufffd", text) for text in texts]
    arrays = [pa.array(ids, pa.string()), pa.array(sound, pa.string()), pa.array(languages, pa.string())]
    return pa.RecordBatch.from_arrays(arrays, names=["id", "text", "language"])


def record_batch(records: Sequence[Record]) -> pa.RecordBatch:
    """Make a batch of records: id, text, stated language and known blocks; a row that one speaker says is one turn."""
    base = input_batch([r.id for r in records], [r.text for r in records], [r.language for r in records])
    blocks = [[_block(b) for b in known_blocks(r)] or None for r in records]
    return base.append_column("blocks", pa.array(blocks, BLOCKS_TYPE))


def known_blocks(record: Record) -> tuple[Block, ...]:
    """Give the blocks of a record; where the source names one speaker for the whole row, the row is one turn."""
    if record.blocks or record.speaker is None or not record.text:
        return record.blocks
    return (Block(0, len(record.text), "turn", record.speaker, record.time),)


def output_batch(batch: pa.RecordBatch, languages: Sequence[str], tags: Sequence[tuple[Tag, ...]]) -> pa.RecordBatch:
    """Add the result columns to a batch; input columns of the same names move to ``input_<name>``.

    The schema of the output follows from the schema of the input alone.
    """
    names: list[str] = []
    arrays: list[pa.Array] = []
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        if name not in _INTERNAL:
            names.append(free_name(name, RESULT_COLUMNS, {*names, *batch.schema.names} - {name}))
            arrays.append(array)
    arrays += [
        pa.array(languages, pa.string()),
        pa.array([[t.label for t in row] for row in tags], pa.list_(pa.string())),
        pa.array([[_tag(t) for t in row] for row in tags], TAGS_TYPE),
    ]
    return pa.RecordBatch.from_arrays(arrays, names=[*names, *RESULT_COLUMNS])


def free_name(name: str, reserved: Container[str], taken: Container[str]) -> str:
    """Give a column a name outside ``reserved``: prefixed with ``input_`` until it is free."""
    if name not in reserved:
        return name
    while name in reserved or name in taken:
        name = f"input_{name}"
    return name


def read_input(batch: pa.RecordBatch) -> tuple[list[str], list[str | None], list[str | None], list[tuple[Block, ...]]]:
    """Read text, stated language, language hint and blocks of a batch that is to be tagged.

    Raises
    ------
    UsageError
        If there is no ``text`` column.
    """
    names = batch.schema.names
    if "text" not in names:
        raise UsageError(f"the batch has no column 'text'; it has {', '.join(names)}")
    empty: list[Any] = [None] * batch.num_rows
    texts: list[str] = [t or "" for t in batch.column("text").to_pylist()]
    stated, hints, raw = (
        batch.column(name).to_pylist() if name in names else empty for name in ("language", "language_hint", "blocks")
    )
    return texts, stated, hints, [tuple(Block(**b) for b in row or ()) for row in raw]


def read_tags(batch: pa.RecordBatch) -> Iterator[tuple[str, str, str, tuple[Tag, ...]]]:
    """Yield id, text, language and tags of each row of a tagged batch."""
    rows = zip(*(batch.column(name).to_pylist() for name in ("id", "text", "language", "tags")), strict=True)
    for id_, text, language, tags in rows:
        yield (
            id_,
            text,
            language,
            tuple(Tag(t["label"], t["score"], tuple(Span(**s) for s in t["evidence"]), t["model"]) for t in tags),
        )


def _block(block: Block) -> dict[str, object]:
    """Give a block as an Arrow struct value."""
    return {
        "start": block.start,
        "end": block.end,
        "kind": block.kind,
        "speaker": block.speaker,
        "time": block.time,
    }


def _tag(tag: Tag) -> dict[str, object]:
    """Give a tag as an Arrow struct value."""
    spans = [
        {"start": s.start, "end": s.end, "quote": s.quote, "speaker": s.speaker, "time": s.time, "turn": s.turn}
        for s in tag.evidence
    ]
    return {"label": tag.label, "score": tag.score, "evidence": spans, "model": tag.model}
