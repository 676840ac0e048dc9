"""A scoring job on Spark: reads a table, tags it, and leaves what a job on one machine leaves.

``OUT`` is a directory of Parquet files, ``OUT.rejected`` one of JSON Lines with the rows that were not tagged (where
there are any), ``OUT.staged`` holds the tagged rows of a run that was interrupted before it ended, and the job's folder
on the driver the manifest and the counts. Whatever storage Spark writes to will do.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxmining.errors import InputError, UsageError
from cxmining.model_files import model_files
from cxmining.passages import check_options
from cxmining.requests import TaggerChoice
from cxmining.scoring.job import Job, State
from cxmining.scoring.manifest import describe, make_manifest
from cxmining.scoring.spark import REJECTED, language_of, loader, ship, tag_dataframe

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_CORRUPT = "_corrupt_record"


def run(given: argparse.Namespace) -> State:
    """Run or finish a job.

    Parameters
    ----------
    given : Namespace
        Options of :func:`cxmining.scoring.spark.main`.

    Returns
    -------
    State
        Counts of the job.

    Raises
    ------
    UsageError, InputError
        As on one machine: options that do not go together, another job in the folder, an input that cannot be read.
    """
    from pyspark.sql import SparkSession

    check_options(given.threshold, given.language, None)
    session = SparkSession.builder.appName("cxmining").getOrCreate()
    frame = _read(session, given)
    choice = TaggerChoice(given.model, given.threshold, given.language)
    hint = None if given.language else language_of(_sound(frame), given.text)
    manifest = make_manifest([], model_files(given.model), _options(given, hint), choice.taxonomy().model_dump_json())
    manifest["inputs"] = {uri: _describe(session, uri) for uri in sorted(frame.inputFiles())}
    places = _Places(session, given.out.rstrip("/"))
    with Job(_job_folder(given), manifest, given.fresh) as job:
        if job.state.output is not None and places.exists(""):
            sys.stderr.write(f"nothing to do: {given.out} is complete and its input, model and options are the same\n")
            return job.state
        if not job.resumed or not places.exists(".staged", "_SUCCESS"):
            _stage(frame, given, hint, places.uri(".staged"))
            # From here on the rows are there, and a run that goes on does not tag them again.
            job.state.n_read = session.read.parquet(places.uri(".staged")).count()
            job.checkpoint()
        _publish(session, places, job)
        return job.state


class _Places:
    """The output and what stands beside it, in whatever storage the output's URI names."""

    def __init__(self, session: SparkSession, out: str) -> None:
        self._out = out
        self._jvm: Any = session._jvm
        self._configuration = session._jsc.hadoopConfiguration()

    def uri(self, suffix: str) -> str:
        """Name a place beside the output."""
        return self._out + suffix

    def _open(self, uri: str) -> tuple[Any, Any]:
        """Give the file system of a place and its path there."""
        path = self._jvm.org.apache.hadoop.fs.Path(uri)
        return path.getFileSystem(self._configuration), path

    def exists(self, suffix: str, name: str = "") -> bool:
        """Tell whether a place, or a file in it, is there."""
        system, path = self._open(f"{self.uri(suffix)}/{name}" if name else self.uri(suffix))
        return bool(system.exists(path))

    def remove(self, suffix: str) -> None:
        """Remove a place, if it is there."""
        system, path = self._open(self.uri(suffix))
        system.delete(path, True)

    def put(self, suffix: str) -> None:
        """Give a place the output's name."""
        self.remove("")
        system, path = self._open(self.uri(suffix))
        if not system.rename(path, self._open(self.uri(""))[1]):
            raise InputError(f"{self.uri(suffix)} cannot be renamed to {self.uri('')}; check the rights there")

    def describe(self, uri: str) -> dict[str, object]:
        """Give size and time of change of an input."""
        system, path = self._open(uri)
        status = system.getFileStatus(path)
        return {"bytes": status.getLen(), "modified_ms": status.getModificationTime()}


def _job_folder(given: argparse.Namespace) -> Path:
    """Give the job's folder on the driver."""
    if given.job is None and "://" in given.out:
        raise UsageError(f"{given.out} is no path of this machine; name a folder for the manifest with --job")
    return Path(given.job or given.out.rstrip("/") + ".job")


def _options(given: argparse.Namespace, hint: str | None) -> dict[str, Any]:
    """Give the options that results depend on."""
    names = ("format", "text", "language_column", "language", "threshold")
    told = {f"--{name.replace('_', '-')}": getattr(given, name) for name in names}
    return {"input": given.input, **told, "hint": hint}


def _read(session: SparkSession, given: argparse.Namespace) -> DataFrame:
    """Open the input; rows that Spark cannot parse keep their raw text in a column."""
    from pyspark.errors import AnalysisException

    kind = given.format or {".csv": "csv", ".jsonl": "json", ".json": "json"}.get(Path(given.input).suffix, "parquet")
    reader = session.read.option("mode", "PERMISSIVE").option("columnNameOfCorruptRecord", _CORRUPT)
    if kind == "csv":
        reader = reader.options(header=True, multiLine=True, escape='"')
    try:
        frame = reader.format(kind).load(given.input)
        if kind == "csv":
            # Spark names the column of damaged rows only where the schema does.
            frame = reader.schema(frame.schema.add(_CORRUPT, "string")).format(kind).load(given.input)
    except AnalysisException as error:
        brief = str(error).split("\n", maxsplit=1)[0][:200]
        raise InputError(f"{given.input}: the table cannot be read ({brief})") from error
    if given.text not in frame.columns:
        raise UsageError(f"{given.input}: there is no column {given.text!r}; it has {', '.join(frame.columns)}")
    return frame.repartition(given.partitions) if given.partitions else frame


def _sound(frame: DataFrame) -> DataFrame:
    """Give the rows that Spark could parse."""
    return frame.where(frame[_CORRUPT].isNull()) if _CORRUPT in frame.columns else frame


def _describe(session: SparkSession, uri: str) -> dict[str, object]:
    """Describe an input by its hash where this machine can read it, else by size and time."""
    from urllib.parse import unquote, urlparse

    parsed = urlparse(uri)
    return describe(Path(unquote(parsed.path))) if parsed.scheme in ("", "file") else _Places(session, "").describe(uri)


def _stage(frame: DataFrame, given: argparse.Namespace, hint: str | None, staged: str) -> None:
    """Tag every row, the one costly step, and keep the rows; Spark marks them as complete."""
    from pyspark.sql import functions as F  # noqa: N812 -- the name by which Spark's users know it

    model, shipped = given.model, False
    if Path(model).is_dir():
        model, shipped = ship(frame, Path(model)), True
    make = loader(str(model), given.threshold, given.language, shipped)
    tagged = tag_dataframe(frame, make, given.text, given.language_column, hint)
    if _CORRUPT in tagged.columns:
        reason = F.when(F.col(_CORRUPT).isNotNull(), F.lit("the row cannot be parsed; mend or remove it"))
        tagged = tagged.withColumn(REJECTED, F.coalesce(F.col(REJECTED), reason))
    tagged.write.mode("overwrite").option("compression", "zstd").parquet(staged)


def _publish(session: SparkSession, places: _Places, job: Job) -> None:
    """Part the rows into output and quarantine, count them, and give the output its name."""
    from pyspark.sql import functions as F  # noqa: N812

    rows = session.read.parquet(places.uri(".staged"))
    good = rows.where(F.col(REJECTED).isNull()).drop(REJECTED, _CORRUPT)
    bad = rows.where(F.col(REJECTED).isNotNull())
    state = job.state
    state.languages = {r[0]: r[1] for r in good.groupBy("language").count().collect()}
    exploded = good.select(F.explode("labels").alias("label"))
    state.labels = {r[0]: r[1] for r in exploded.groupBy("label").count().collect()}
    state.n_rejected = bad.count()
    state.n_tagged = state.n_read - state.n_rejected
    places.remove(".rejected")
    if state.n_rejected:
        bad.write.json(places.uri(".rejected"))
    good.write.mode("overwrite").option("compression", "zstd").parquet(places.uri(".part"))
    places.put(".part")
    job.finish({"path": places.uri("")})
    places.remove(".staged")
    sys.stderr.write(f"read {state.n_read}, tagged {state.n_tagged}, rejected {state.n_rejected}: {places.uri('')}\n")
