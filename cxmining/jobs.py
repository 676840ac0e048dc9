"""Joins loaders, tagger and batch scoring: files in, one output out, in a job that can be interrupted and goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from cxmining.batch import RESULT_COLUMNS, record_batch
from cxmining.errors import InputError, UsageError
from cxmining.loaders import Source, input_files
from cxmining.passages import column_language
from cxmining.records import Record
from cxmining.requests import Request, check, check_worksheet, manifest_of
from cxmining.scoring.chunks import limited
from cxmining.scoring.engine import cores
from cxmining.scoring.job import Job, State
from cxmining.scoring.manifest import Manifest, describe
from cxmining.scoring.publish import fingerprint, publish
from cxmining.scoring.runner import Progress, Tagging, run
from cxmining.scoring.writers.xlsx import check_rows

PREVIEW_ROWS = 200
"""Rows that a preview reads."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Parameters
    ----------
    status : {'done', 'unchanged'}
        ``unchanged`` where an earlier run had done everything.
    state : State
        Counts of the whole job.
    n_cut : int
        Cells that a worksheet could not hold.
    progress : Progress or None
        What this run did.
    """

    status: Literal["done", "unchanged"]
    state: State
    n_cut: int = 0
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told: how a file is read, how far the job is, that it goes on from earlier work."""

    source: Callable[[Source], None] | None = None
    progress: Callable[[Progress], None] | None = None
    resumed: Callable[[State], None] | None = None


def run_job(
    request: Request,
    workers: int = 0,
    fresh: bool = False,
    listeners: Listeners = Listeners(),
) -> Outcome:
    """Run a job, or what an earlier run left of it.

    Parameters
    ----------
    request : Request
        What to do.
    workers : int, default 0
        Processes that tag; 0 takes the cores there are. The output does not depend on it.
    fresh : bool, default False
        Whether to start over.
    listeners : Listeners
        Who is told.

    Returns
    -------
    Outcome
        The output is complete under its name.

    Raises
    ------
    UsageError
        If the options do not go together, or the job in the folder is another one.
    InputError
        If an input cannot be used or changes while it is read.
    """
    check(request)
    if not fresh:
        check_worksheet(request)
    manifest = manifest_of(request)
    with Job(request.folder, manifest, fresh) as job:
        if job.state.output is not None and _is_published(job, request):
            return Outcome("unchanged", job.state, job.state.output["n_cut"])
        if job.resumed and listeners.resumed:
            listeners.resumed(job.state)
        context = None if request.tagger.language else column_language
        tagging = Tagging(request.tagger.tag_batch, workers or cores(), context)
        labels = request.tagger.taxonomy().ids
        stamps = _stamps(request)
        try:
            progress = run(request.items(listeners.source), tagging, job, _watched(request, listeners.progress))
            _check_unchanged(request, stamps, manifest)
            with progress.timed("write"):
                n_cut = publish(job, request.target, labels)
        except BaseException:
            _leave_nothing(job)
            raise
        return Outcome("done", job.state, n_cut, progress)


def preview(request: Request, listeners: Listeners = Listeners()) -> tuple[State, pa.RecordBatch]:
    """Tag the first rows without writing anything.

    Parameters
    ----------
    request : Request
        What a job would do; its output is not looked at.
    listeners : Listeners
        Told how files are read.

    Returns
    -------
    state : State
        Counts of the first :data:`PREVIEW_ROWS` rows.
    rows : RecordBatch
        Their ``id``, ``text``, ``language``, ``labels`` and ``tags``.
    """
    items = list(limited(request.items(listeners.source), PREVIEW_ROWS))
    records = [item for item in items if isinstance(item, Record)]
    hint = column_language([record.text for record in records])
    batch = record_batch(records).append_column("language_hint", pa.array([hint] * len(records), pa.string()))
    tagged = request.tagger.load().tag_batch(batch).select(["id", "text", *RESULT_COLUMNS])
    state = State(n_read=len(items), n_tagged=len(records), n_rejected=len(items) - len(records))
    return state, tagged


_Stamps = dict[str, tuple[int, int] | None]


def _stamps(request: Request) -> _Stamps:
    """Give size and time of change of every input."""
    found: _Stamps = {}
    for path in input_files(request.files):
        try:
            status = path.stat()
        except OSError:
            found[str(path)] = None
        else:
            found[str(path)] = (status.st_size, status.st_mtime_ns)
    return found


def _check_unchanged(request: Request, before: _Stamps, manifest: Manifest) -> None:
    """Refuse to publish what was read from inputs that changed meanwhile."""
    after = _stamps(request)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name) and (name in before) == (name in after):
            continue
        if name not in before or name not in after or _is_changed(name, manifest):
            raise InputError(
                f"{name}: the file changed while it was read; nothing was written. "
                "Wait until it is complete, then start over with --fresh"
            )


def _is_changed(name: str, manifest: Manifest) -> bool:
    """Tell whether an input's content is another than the manifest's."""
    return bool(describe(Path(name)) != manifest["inputs"].get(name))


def _is_published(job: Job, request: Request) -> bool:
    """Tell whether a finished job's output stands where it was put, untouched; one that was removed is made again."""
    output = job.state.output or {}
    found = fingerprint(request.target.path)
    same = all(output.get(key) == value for key, value in request.target.options().items())
    if same and found == output.get("sha256"):
        return True
    if not same:
        raise UsageError(f"{job.folder}: this job is finished and wrote {output.get('path')}; start over with --fresh")
    if found:
        raise UsageError(
            f"{request.target.path}: the output was changed after it was written; "
            "move it away, or replace it with --fresh"
        )
    job.start_over()
    return False


def _watched(request: Request, listener: Callable[[Progress], None] | None) -> Callable[[Progress], None]:
    """Tell the listener, and stop a run whose worksheet is full."""

    def tell(progress: Progress) -> None:
        if request.target.suffix == ".xlsx":
            check_rows(progress.state.n_tagged)
        if listener:
            listener(progress)

    return tell


def _leave_nothing(job: Job) -> None:
    """Remove the folder of a job that failed before any row was done."""
    if job.state.n_read == 0 and not job.resumed:
        job.close()
        shutil.rmtree(job.folder, ignore_errors=True)
