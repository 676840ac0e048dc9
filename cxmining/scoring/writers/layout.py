"""The columns of the output, nested and wide.

Nested (JSONL and Parquet): ``id``, ``text``, the input's other columns, ``source_file``, ``source_row``, ``language``,
``labels`` (list of ids, best first) and ``tags`` (list of ``label``, ``score``, ``evidence``, ``model``; evidence is a
list of ``start``, ``end``, ``quote``, ``speaker``, ``time``, ``turn``).

Wide (CSV, TSV and XLSX; JSONL and Parquet on request): the same up to ``language``, then ``labels`` (ids joined by
``; ``), ``n_labels``, ``top_label``, ``top_score``, ``evidence`` (label and quote, in conversations with turn, speaker
and time, joined by bars) and one column ``label:<id>`` a label with 1 or 0, which a spreadsheet user can filter.

An input column by one of these names moves to ``input_<name>``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cxmining.batch import free_name
from cxmining.scoring.kinds import ARROW, column

SOURCE = ("source_file", "source_row")
RESULT = ("language", "labels", "tags")
SUMMARY = ("n_labels", "top_label", "top_score", "evidence")

BLOCK_ROWS = 8_192
BLOCK_CHARACTERS = 16_000_000
"""Rows are written in blocks of this many rows or characters, wherever the parts were cut."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is written of a row.

    Parameters
    ----------
    kinds : mapping of str to str
        Carried columns and their kinds, in order of first appearance.
    labels : sequence of str
        Label ids of the taxonomy.
    wide : bool
        Whether labels are columns.
    """

    kinds: Mapping[str, str]
    labels: Sequence[str]
    wide: bool

    def names(self) -> dict[str, str]:
        """Name the carried columns so that none stands in the way of ours or of another."""
        reserved = {"id", "text", *SOURCE, *RESULT, *SUMMARY, *(f"label:{label}" for label in self.labels)}
        names: dict[str, str] = {}
        for name in self.kinds:
            names[name] = free_name(name, reserved, {*names.values(), *self.kinds} - {name})
        return names

    def header(self) -> list[str]:
        """Give the columns of the wide layout."""
        flags = (f"label:{label}" for label in self.labels)
        return ["id", "text", *self.names().values(), *SOURCE, "language", "labels", *SUMMARY, *flags]

    def flat(self, row: Mapping[str, Any]) -> list[Any]:
        """Give a stored row's cells in the wide layout; numbers stay numbers."""
        tags, given = row["tags"], set(row["labels"])
        evidence = " | ".join(f"{t['label']}: {s['quote']}{_said(s)}" for t in tags for s in t["evidence"])
        carried = [_scalar(row["columns"].get(key)) for key in self.kinds]
        top = [tags[0]["label"], round(tags[0]["score"], 4)] if tags else ["", None]
        summary = [row["language"], "; ".join(row["labels"]), len(tags), *top, evidence]
        source = [row[k] for k in SOURCE]
        return [row["id"], row["text"], *carried, *source, *summary, *(int(label in given) for label in self.labels)]

    def nested(self, row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        """Give a stored row as an object with nested tags; what a row does not have is absent."""
        carried = {names[k]: v for k, v in row["columns"].items()}
        tags = [
            {**tag, "evidence": [{k: v for k, v in span.items() if v is not None} for span in tag["evidence"]]}
            for tag in row["tags"]
        ]
        results = {**{k: row[k] for k in (*SOURCE, "language", "labels")}, "tags": tags}
        return {"id": row["id"], "text": row["text"], **carried, **results}

    def table(self, block: pa.Table) -> pa.Table:
        """Turn a block of stored rows into typed columns."""
        return self._wide_table(block) if self.wide else self._nested_table(block)

    def _nested_table(self, block: pa.Table) -> pa.Table:
        """Give the nested layout."""
        found = {"id": block["id"], "text": block["text"], **self._carried(block)}
        return pa.table(found | {name: block[name] for name in (*SOURCE, *RESULT)})

    def _wide_table(self, block: pa.Table) -> pa.Table:
        """Give the wide layout."""
        rows = [self.flat(row) for row in rows_of(block)]
        columns = dict(zip(self.header(), ([row[i] for row in rows] for i in range(len(self.header()))), strict=True))
        carried = self._carried(block)
        types = {"source_row": pa.int64(), "n_labels": pa.int32(), "top_score": pa.float64()}
        return pa.table(
            {
                name: carried[name]
                if name in carried
                else pa.array(values, pa.int8() if name.startswith("label:") else types.get(name, pa.string()))
                for name, values in columns.items()
            }
        )

    def _carried(self, block: pa.Table) -> dict[str, pa.Array]:
        """Give the carried columns, typed."""
        cells = [json.loads(text) for text in block["columns"].to_pylist()]
        return {name: column([row.get(key) for row in cells], self.kinds[key]) for key, name in self.names().items()}

    def arrow_type(self, name: str) -> pa.DataType:
        """Give the type of a carried column by its input name."""
        return ARROW[self.kinds[name]]


def blocks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Cut stored rows into blocks whose borders follow from the rows alone."""
    waiting: list[pa.RecordBatch] = []
    n_rows = n_characters = 0
    for batch in batches:
        lengths = batch.column("text").nbytes
        if waiting and n_characters + lengths > BLOCK_CHARACTERS:
            yield pa.Table.from_batches(waiting).combine_chunks()
            waiting, n_rows, n_characters = [], 0, 0
        waiting.append(batch)
        n_rows, n_characters = n_rows + batch.num_rows, n_characters + lengths
        if n_rows >= BLOCK_ROWS:
            yield pa.Table.from_batches(waiting).combine_chunks()
            waiting, n_rows, n_characters = [], 0, 0
    if waiting:
        yield pa.Table.from_batches(waiting).combine_chunks()


def rows_of(block: pa.Table | pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Yield the stored rows of a block or batch, with the carried cells parsed."""
    for row in block.to_pylist():
        row["columns"] = json.loads(row["columns"])
        yield row


def _said(span: Mapping[str, Any]) -> str:
    """Tell turn, speaker and time of a quote from a conversation."""
    if span["speaker"] is None and span["turn"] is None:
        return ""
    turn = None if span["turn"] is None else f"turn {span['turn']}"
    return f" [{', '.join(part for part in (turn, span['speaker'], span['time']) if part)}]"


def _scalar(value: object) -> object:
    """Keep numbers, booleans and text; write structures as JSON."""
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
