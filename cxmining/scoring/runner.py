"""Runs a stream of records through a tagging function: nothing lost, results in order, work kept as it is done."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice

import pyarrow as pa
import pyarrow.compute as pc

from cxmining.errors import CxminingError, InputError
from cxmining.scoring.cache import Key, Result, ResultCache
from cxmining.scoring.chunks import Chunk, ColumnLanguage, Item, chunks
from cxmining.scoring.deduplicate import Place, Plan, plan
from cxmining.scoring.engine import Engine, MakeTagBatch, limit_threads, result_of, stop_signal
from cxmining.scoring.job import Job, State
from cxmining.scoring.kinds import note
from cxmining.scoring.parts import read_parts, stored_rows

LAG = 24
"""Chunks for which results stay at hand to be borrowed, and after which the cache takes over. Fixed, so that what the
model is asked does not depend on its speed."""

CHECKPOINT_S = 5.0
"""Seconds of work that a killed run may lose, beside what is in flight."""

_SMALL_CHUNKS = 4
_IN_FLIGHT_CHARACTERS = 8_000_000


@dataclass
class Progress:
    """What a run has done so far; ``n_read == n_tagged + n_rejected`` whenever it is shown.

    Parameters
    ----------
    state : State
        Counts of the whole job, earlier runs included.
    n_before : int
        Rows read that earlier runs had done.
    n_repeated : int
        Rows of this run that the cache or their neighbours answered.
    seconds : dict of str to float
        Time of the coordinating thread by stage: ``read``, ``plan``, ``wait`` (for the model), ``store``, ``write``.
    """

    state: State
    n_before: int = 0
    n_repeated: int = 0
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - begin


@dataclass(frozen=True, slots=True)
class Tagging:
    """How rows are tagged.

    Parameters
    ----------
    make : callable
        Loads the model for a number of threads and gives the tagging function.
    workers : int
        Processes that tag; 1 tags in a thread of this process.
    column_language : callable, optional
        Gives the language of a file from its first texts.
    """

    make: MakeTagBatch
    workers: int = 1
    column_language: ColumnLanguage | None = None


@dataclass(slots=True)
class _Asked:
    """A chunk whose answer is awaited."""

    number: int
    chunk: Chunk
    plan: Plan
    future: Future[pa.RecordBatch] | None


def run(
    items: Iterable[Item], tagging: Tagging, job: Job, on_progress: Callable[[Progress], None] | None = None
) -> Progress:
    """Tag what a job has not tagged yet.

    Parameters
    ----------
    items : iterable of Record or Rejected
        The loader's stream from its beginning; what is done already is read over.
    tagging : Tagging
        How rows are tagged.
    job : Job
        Takes the rows.
    on_progress : callable, optional
        Called after every chunk.

    Returns
    -------
    Progress
        Every row read is in a part of the job or in its quarantine.
    """
    stream = chunks(items, tagging.column_language)
    head = list(islice(stream, _SMALL_CHUNKS))
    # Few rows are done before a second process is up.
    workers = tagging.workers if len(head) == _SMALL_CHUNKS else 1
    with limit_threads(), stop_signal() as stop, Engine(tagging.make, workers) as engine:
        work = _Run(engine, job, on_progress or _nobody)
        try:
            work.through(chain(head, stream), stop)
        except CxminingError:
            # Raised between chunks only, so that what is done is whole and kept.
            job.checkpoint()
            raise
        job.checkpoint()
        if stop:
            raise KeyboardInterrupt
    return work.progress


def _nobody(progress: Progress) -> None:
    """Report to nobody."""


class _Run:
    """The loop: plan a chunk, ask, collect in order, store."""

    def __init__(self, engine: Engine, job: Job, on_progress: Callable[[Progress], None]) -> None:
        self.progress = Progress(job.state, job.state.n_read)
        self._engine = engine
        self._job = job
        self._report = on_progress
        self._cache = ResultCache()
        self._asked: deque[_Asked] = deque()
        self._kept: deque[tuple[int, list[tuple[Key, Result]], list[Key]]] = deque()
        self._recent: dict[Key, Place] = {}
        self._results: dict[int, pa.RecordBatch] = {}
        self._n_done = job.state.n_chunks
        self._stored = _Stored(job)
        self._last = time.monotonic()

    def through(self, stream: Iterator[Chunk], stop: list[int]) -> None:
        """Run the chunks of a stream, until told to stop."""
        number = 0
        while True:
            with self.progress.timed("read"):
                chunk = next(stream, None)
            if chunk is None:
                break
            if stop:
                return
            self._begin(number, chunk)
            number += 1
        if number < self._n_done:
            raise InputError("the input holds fewer rows than it did when the job began; start over with --fresh")
        while self._asked and not stop:
            self._collect()

    def _begin(self, number: int, chunk: Chunk) -> None:
        """Ask for a chunk, or take its results from the earlier run."""
        while self._asked and (self._asked[0].number <= number - LAG or self._is_full()):
            self._collect()
        with self.progress.timed("plan"):
            self._forget(number - LAG)
            question = plan(chunk, self._cache, self._recent)
            self._recent.update({key: (number, row) for key, row in question.fresh.items()})
        if number < self._n_done:
            # The cache must come to be what it was, or the model would be asked otherwise than in an unbroken run.
            self._remember(number, question, self._stored.results(chunk))
            return
        future = None if question.question is None else self._engine.submit(question.question)
        self._asked.append(_Asked(number, chunk, question, future))
        while self._asked and (self._asked[0].future is None or self._asked[0].future.done()):
            self._collect()

    def _remember(self, number: int, question: Plan, results: pa.RecordBatch) -> None:
        """Keep a chunk's results at hand."""
        self._results[number] = results
        self._kept.append((number, question.kept(results), list(question.fresh)))

    def _forget(self, last: int) -> None:
        """Hand what was asked for twice up to a chunk to the cache; nobody borrows there any more."""
        while self._kept and self._kept[0][0] <= last:
            number, kept, keys = self._kept.popleft()
            for key, result in kept:
                self._cache.put(key, result)
            for key in keys:
                if self._recent[key][0] == number:
                    del self._recent[key]
        # Chunks in flight, which may have borrowed, are less than LAG behind.
        for old in [number for number in self._results if number <= last - LAG]:
            del self._results[old]

    def _is_full(self) -> bool:
        """Tell whether the texts in flight are as many as memory should hold."""
        return sum(asked.chunk.n_characters for asked in self._asked) > _IN_FLIGHT_CHARACTERS

    def _collect(self) -> None:
        """Store the oldest chunk asked for."""
        asked = self._asked.popleft()
        with self.progress.timed("wait"):
            answer = None if asked.future is None else result_of(asked.future)
        with self.progress.timed("store"):
            self._store(asked, answer)
        self._report(self.progress)

    def _store(self, asked: _Asked, answer: pa.RecordBatch | None) -> None:
        """Hand a chunk's rows to the job, and checkpoint when it is time."""
        chunk, state = asked.chunk, self._job.state
        if chunk.records:
            results = asked.plan.answered(answer, self._results)
            self._remember(asked.number, asked.plan, results)
            self._job.add(stored_rows(chunk.records, results), chunk.n_characters)
            _count(state.languages, results.column("language"))
            _count(state.labels, pc.list_flatten(results.column("labels")))
            for record in chunk.records:
                note(state.kinds, record.columns)
        for item in chunk.rejected:
            self._job.reject(item)
        state.n_tagged += len(chunk.records)
        state.n_rejected += len(chunk.rejected)
        state.n_read += len(chunk.records) + len(chunk.rejected)
        state.n_chunks += 1
        self.progress.n_repeated += len(chunk.records) - (0 if answer is None else answer.num_rows)
        if self._job.is_due or time.monotonic() - self._last > CHECKPOINT_S:
            self._job.checkpoint()
            self._last = time.monotonic()


def _count(counts: dict[str, int], values: pa.Array) -> None:
    """Add the frequencies of values to counts, in place."""
    for entry in pc.value_counts(values).to_pylist():
        counts[entry["values"]] = counts.get(entry["values"], 0) + entry["counts"]


class _Stored:
    """Results of an earlier run, chunk by chunk."""

    def __init__(self, job: Job) -> None:
        self._batches = read_parts(job.parts)

    def results(self, chunk: Chunk) -> pa.RecordBatch:
        """Give the result columns of a chunk; each was stored as one batch."""
        if not chunk.records:
            return pa.RecordBatch.from_pydict({name: [] for name in ("language", "labels", "tags")})
        batch = next(self._batches, None)
        if (
            batch is None
            or batch.num_rows != len(chunk.records)
            or batch.column("id")[0].as_py() != chunk.records[0].id
        ):
            raise InputError("the input is read otherwise than when the job began; start over with --fresh")
        return batch.select(["language", "labels", "tags"])
