"""Puts a job's rows into the output: whole under its name, or not there."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from cxmining.errors import UsageError
from cxmining.scoring.job import Job
from cxmining.scoring.manifest import digest
from cxmining.scoring.parts import read_parts, sync_folder
from cxmining.scoring.writers.delimited import write_delimited
from cxmining.scoring.writers.jsonl import write_jsonl
from cxmining.scoring.writers.layout import Layout
from cxmining.scoring.writers.parquet import write_parquet, write_partitioned
from cxmining.scoring.writers.xlsx import check_rows, write_xlsx

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")
_NESTED = (".jsonl", ".parquet")


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how a run writes.

    Parameters
    ----------
    path : Path
        Output file, whose suffix names the format; a directory where ``partition_by`` is given.
    wide : bool or None
        Whether labels are columns; None leaves it to the format.
    partition_by : tuple of str
        Columns that part a Parquet directory.
    """

    path: Path
    wide: bool | None = None
    partition_by: tuple[str, ...] = ()

    @property
    def quarantine(self) -> Path:
        """File of the rejected rows."""
        return self.path.with_name(self.path.name + ".rejected.jsonl")

    @property
    def job(self) -> Path:
        """The job's folder, where no other is named."""
        return self.path.with_name(self.path.name + ".job")

    @property
    def suffix(self) -> str:
        """Format of the output."""
        return ".parquet" if self.partition_by else self.path.suffix.lower()

    @property
    def is_wide(self) -> bool:
        """Whether labels are columns."""
        return self.suffix not in _NESTED if self.wide is None else self.wide

    def check(self) -> None:
        """Refuse an output that cannot be written.

        Raises
        ------
        UsageError
            With the remedy.
        """
        folder = self.path.resolve().parent
        if not folder.is_dir():
            raise UsageError(f"{folder}: the output's folder does not exist; make it first")
        if self.partition_by:
            if self.path.is_file():
                raise UsageError(f"{self.path}: a partitioned output is a directory, and this is a file")
            return
        if self.path.is_dir():
            example = self.path / "tagged.csv"
            raise UsageError(f"{self.path}: the output is a folder; name a file in it, such as {example}")
        if self.suffix not in SUFFIXES:
            raise UsageError(f"{self.path}: the output's suffix names the format; use one of {', '.join(SUFFIXES)}")
        if self.wide is False and not self.suffix.endswith(_NESTED):
            raise UsageError(f"{self.path}: nested tags need .jsonl or .parquet")

    def options(self) -> dict[str, Any]:
        """Give what tells one output of a job from another."""
        return {"path": str(self.path.resolve()), "wide": self.is_wide, "partition_by": list(self.partition_by)}


def default_output(source: Path, directory: bool = False) -> Path:
    """Name the output beside the input: ``survey.csv`` -> ``survey.tagged.csv``; formats not written become CSV.

    Parameters
    ----------
    source : Path
        First input.
    directory : bool, default False
        Whether the output is a directory.

    Returns
    -------
    Path
        Output.
    """
    if not source.name or source.name == "..":
        source = source.resolve()
    suffix = source.suffix.lower() if source.suffix.lower() in SUFFIXES else ".csv"
    return source.with_name(f"{source.stem}.tagged{'' if directory else suffix}")


def publish(job: Job, target: Target, labels: Sequence[str]) -> int:
    """Write the output of a job whose rows are all there.

    Parameters
    ----------
    job : Job
        Every row read is in its parts or its quarantine.
    target : Target
        Output.
    labels : sequence of str
        Label ids of the taxonomy.

    Returns
    -------
    int
        Cells that a worksheet could not hold and that were cut.
    """
    if target.suffix == ".xlsx":
        check_rows(job.state.n_tagged)
    layout = Layout(job.state.kinds, labels, target.is_wide)
    part = target.path.with_name(f".{target.path.name}.part")
    _remove(part)
    try:
        n_cut = _write(read_parts(job.parts), part, target, layout)
        _sync(part)
        if job.state.quarantine_bytes:
            _copy(job.quarantine, target.quarantine)
        else:
            target.quarantine.unlink(missing_ok=True)
        _put(part, target.path)
    finally:
        _remove(part)
    job.finish({**target.options(), "sha256": fingerprint(target.path), "n_cut": n_cut})
    return n_cut


def fingerprint(path: Path) -> str:
    """Give the SHA-256 of an output, file or directory; empty where there is none."""
    if path.is_file():
        return digest(path)
    if not path.is_dir():
        return ""
    found = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        found.update(f"{file.relative_to(path).as_posix()} {digest(file)}\n".encode())
    return found.hexdigest()


def _write(batches: Iterable[pa.RecordBatch], part: Path, target: Target, layout: Layout) -> int:
    """Write in the target's format; give the cells cut."""
    if target.partition_by:
        part.mkdir()
        write_partitioned(batches, part, layout, target.partition_by)
        return 0
    match target.suffix:
        case ".jsonl":
            write_jsonl(batches, part, layout)
        case ".parquet":
            write_parquet(batches, part, layout)
        case ".xlsx":
            return write_xlsx(batches, part, layout)
        case suffix:
            write_delimited(batches, part, layout, "\t" if suffix == ".tsv" else ",")
    return 0


def _put(part: Path, path: Path) -> None:
    """Rename the output to its name; a directory that stands there makes way first."""
    old = path.with_name(f".{path.name}.old")
    _remove(old)
    if path.is_dir():
        path.rename(old)
    part.replace(path)
    sync_folder(path.resolve().parent)
    _remove(old)


def _copy(source: Path, target: Path) -> None:
    """Copy a file so that it appears whole."""
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, part)
    _sync(part)
    part.replace(target)


def _sync(path: Path) -> None:
    """Put a file, or all files of a directory, on the disk."""
    for file in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
        with file.open("rb+") as stream:
            os.fsync(stream.fileno())


def _remove(path: Path) -> None:
    """Remove a file or directory, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
