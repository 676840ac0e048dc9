"""Batch scoring on Spark 4: the same tagging function, fed by ``mapInArrow``.

In a notebook::

    from cxmining.scoring.spark import tag_dataframe
    tagged = tag_dataframe(spark.read.parquet("comments"), text="comment")

As a job, with the manifest, counts and quarantine of the command line::

    spark-submit --master yarn cxmining/scoring/spark.py comments.parquet -o tagged.parquet --text comment

The package, which holds the shipped models, must be installed where the executors' Python is; a model folder of one's
own is sent to the executors once. A Python worker loads the model once, on one thread.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from cxmining.batch import RESULT_COLUMNS, free_name
from cxmining.errors import CxminingError, UsageError
from cxmining.records import Origin, Record
from cxmining.scoring.cache import ResultCache
from cxmining.scoring.chunks import CHUNK_CHARACTERS, CHUNK_ROWS, Chunk
from cxmining.scoring.deduplicate import RESULT_TYPES, TagBatch, plan
from cxmining.scoring.engine import limit_threads

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MAX_TEXT = 64 * 2**20
"""Longer texts are rejected, as the loaders do, in code points."""

REJECTED = "rejected"
"""Column that says why a row was not tagged; null where it was."""

_HINT_ROWS = 200


def tag_dataframe(
    frame: DataFrame,
    make: Callable[[], TagBatch] | None = None,
    text: str = "text",
    language: str | None = None,
    hint: str | None = None,
) -> DataFrame:
    """Tag a column of a Spark data frame.

    Parameters
    ----------
    frame : DataFrame
        Any columns; they are carried through.
    make : callable, optional
        Loads the model in a Python worker and gives its tagging function, see :func:`loader`; None takes the default
        model.
    text : str, default 'text'
        Column of strings; nulls count as empty.
    language : str, optional
        Column that states languages.
    hint : str, optional
        Language that doubtful rows lean on, see :func:`language_of`.

    Returns
    -------
    DataFrame
        The columns of the input, then ``language``, ``labels`` and ``tags`` as :meth:`cxmining.Tagger.tag_batch` gives
        them, and ``rejected``: why a row was not tagged, null for the others. Input columns by these names are kept
        as ``input_<name>``.

    Raises
    ------
    UsageError
        If a column is missing or the text is not a string.
    """
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StringType, StructField, StructType

    for name in (text, language):
        if name is not None and name not in frame.columns:
            raise UsageError(f"the frame has no column {name!r}; it has {', '.join(frame.columns)}")
    if not isinstance(frame.schema[text].dataType, StringType):
        raise UsageError(f"column {text!r} holds {frame.schema[text].dataType.simpleString()} where text is expected")
    names = _carried(frame.columns)
    results = from_arrow_schema(pa.schema([*zip(RESULT_COLUMNS, RESULT_TYPES, strict=True), (REJECTED, pa.string())]))
    carried = [StructField(names[f.name], f.dataType, f.nullable) for f in frame.schema]
    work = partial(_tag_partition, make=make or loader(), roles=(text, language), hint=hint)
    return frame.mapInArrow(work, StructType([*carried, *results]))


def loader(
    model: str = "auto", threshold: float | None = None, language: str | None = None, shipped: bool = False
) -> Callable[[], TagBatch]:
    """Say which model a Python worker loads.

    Parameters
    ----------
    model : str, default 'auto'
        Name of a model, or folder that exists on every executor.
    threshold, language
        As in :meth:`cxmining.Tagger.load`.
    shipped : bool, default False
        Whether ``model`` is the name of a folder that was sent with :func:`ship`.

    Returns
    -------
    callable
        Ready to be sent to executors; it loads the model once a process.
    """
    return partial(_load, model, threshold, language, shipped)


def ship(frame: DataFrame, folder: Path) -> str:
    """Send a model folder to every executor, once; give the name by which :func:`loader` finds it."""
    frame.sparkSession.sparkContext.addFile(str(folder.resolve()), recursive=True)
    return folder.resolve().name


def language_of(frame: DataFrame, text: str) -> str | None:
    """Give the majority language of a frame's first rows, the hint for its doubtful ones."""
    # The front door of the package: stages do not import each other, and this is an entry point above them.
    from cxmining import passages

    rows = frame.select(text).limit(_HINT_ROWS).collect()
    return passages.column_language([row[0] or "" for row in rows])


@lru_cache(maxsize=2)
def _load(model: str, threshold: float | None, language: str | None, shipped: bool) -> TagBatch:
    """Load a model in this process."""
    from cxmining import Tagger

    if shipped:
        from pyspark import SparkFiles

        model = SparkFiles.get(model)
    limit_threads()
    return Tagger.load(model, threshold, language, threads=1).tag_batch


def _carried(columns: list[str]) -> dict[str, str]:
    """Name the carried columns so that results have their names free."""
    reserved = (*RESULT_COLUMNS, REJECTED)
    return {name: free_name(name, reserved, set(columns) - {name}) for name in columns}


def _tag_partition(
    batches: Iterator[pa.RecordBatch], make: Callable[[], TagBatch], roles: tuple[str, str | None], hint: str | None
) -> Iterator[pa.RecordBatch]:
    """Tag the batches of a partition."""
    tag_batch, cache = make(), ResultCache()
    text, language = roles
    for whole in batches:
        for batch in _pieces(whole, text):
            texts = [value or "" for value in batch.column(text).to_pylist()]
            stated = batch.column(language).to_pylist() if language else [None] * len(texts)
            reasons = [_reason(value) for value in texts]
            results = _results(texts, stated, reasons, partial(_answer, tag_batch, cache, hint))
            names = [*_carried(batch.schema.names).values(), *RESULT_COLUMNS, REJECTED]
            rejected = pa.array(reasons, pa.string())
            yield pa.RecordBatch.from_arrays([*batch.columns, *results.columns, rejected], names=names)


def _pieces(batch: pa.RecordBatch, text: str) -> Iterator[pa.RecordBatch]:
    """Cut a batch of Spark's into ones that memory holds the work of."""
    lengths = [len(value or "") for value in batch.column(text).to_pylist()]
    start = size = 0
    for i, length in enumerate(lengths):
        if i > start and (i - start >= CHUNK_ROWS or size + length > CHUNK_CHARACTERS):
            yield batch.slice(start, i - start)
            start, size = i, 0
        size += length
    if start < len(lengths):
        yield batch.slice(start)


def _reason(text: str) -> str | None:
    """Say why a text is not tagged."""
    return f"the text is longer than {MAX_TEXT} characters; split it" if len(text) > MAX_TEXT else None


def _results(
    texts: list[str], stated: list[str | None], reasons: list[str | None], answer: Callable[[Chunk], pa.RecordBatch]
) -> pa.RecordBatch:
    """Give the result columns of every row; those of a rejected row are null."""
    kept = [i for i, reason in enumerate(reasons) if reason is None]
    records = [Record("", texts[i], Origin("<spark>", 1), language=stated[i]) for i in kept]
    results = answer(Chunk(records, [], [], 0))
    if len(kept) == len(texts):
        return results
    places: list[int | None] = [None] * len(texts)
    for place, i in enumerate(kept):
        places[i] = place
    return pa.RecordBatch.from_arrays(
        [c.take(pa.array(places, pa.int64())) for c in results.columns], results.schema.names
    )


def _answer(tag_batch: TagBatch, cache: ResultCache, hint: str | None, chunk: Chunk) -> pa.RecordBatch:
    """Ask the model what the cache does not know."""
    if not chunk.records:
        return pa.RecordBatch.from_arrays([pa.array([], kind) for kind in RESULT_TYPES], names=list(RESULT_COLUMNS))
    chunk.hints = [hint] * len(chunk.records)
    question = plan(chunk, cache, {})
    results = question.answered(None if question.question is None else tag_batch(question.question), {})
    for key, result in question.kept(results):
        cache.put(key, result)
    return results


def main(arguments: list[str] | None = None) -> int:
    """Run a Spark job from the command line; give the exit code."""
    from cxmining import sparkjob

    parser = argparse.ArgumentParser(description="Tag a table with Spark.")
    parser.add_argument("input", help="Parquet, JSON Lines or CSV: file or directory that Spark can read")
    parser.add_argument("-o", "--out", required=True, help="directory of Parquet files to write, a path or a URI")
    parser.add_argument("--job", default=None, help="folder of the driver for the manifest; OUT.job for local paths")
    parser.add_argument("--format", default=None, choices=["parquet", "json", "csv"], help="else by the suffix")
    parser.add_argument("--text", default="text", help="column that holds the text")
    parser.add_argument("--language-column", default=None, help="column that holds the language")
    parser.add_argument("--language", default=None, help="language of every text")
    parser.add_argument("--model", default="auto", help="model name or folder")
    parser.add_argument("--threshold", type=float, default=None, help="one threshold for all labels")
    parser.add_argument("--partitions", type=int, default=None, help="spread the rows over this many tasks")
    parser.add_argument("--fresh", action="store_true", help="start over")
    given = parser.parse_args(arguments)
    try:
        sparkjob.run(given)
    except CxminingError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    # What belongs to __main__ would be sent to the workers by value, and the model be loaded with every task.
    from importlib import import_module

    sys.exit(import_module("cxmining.scoring.spark").main())
