"""Who does the tagging: a thread beside the reader, or processes; the answers do not depend on which."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, connection, get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import Any

import pyarrow as pa

from cxmining.batch import RESULT_COLUMNS
from cxmining.errors import CxminingError
from cxmining.scoring.deduplicate import TagBatch

MakeTagBatch = Callable[[int], TagBatch]
"""Loads the model for a number of threads and gives its tagging function; picklable where processes are to run it."""

_loaded: list[TagBatch | CxminingError] = []
"""The tagging function of a worker process, or why there is none."""


def cores() -> int:
    """Give the cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class Engine:
    """Tags batches in the background.

    Parameters
    ----------
    make : callable
        Loads the model.
    workers : int
        Processes; with 1 the model runs in a thread of this process and takes all cores that are given.
    """

    def __init__(self, make: MakeTagBatch, workers: int) -> None:
        self.workers = workers
        self._make = make
        self._pool: Executor | None = None
        self._tag: TagBatch | None = None
        self._others: set[BaseProcess] = set()

    def submit(self, batch: pa.RecordBatch) -> Future[pa.RecordBatch]:
        """Begin to tag a batch; the answer holds the result columns."""
        if self.workers > 1:
            if self._pool is None:
                self._others = set(active_children())
                # Spawned, not forked: a fork would copy locks of the threads that the libraries run.
                self._pool = ProcessPoolExecutor(self.workers, get_context("spawn"), _start, (self._make,))
            return self._pool.submit(_work, batch)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "tagging")
        return self._pool.submit(self._work_here, batch)

    def _work_here(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Tag a batch in this process."""
        if self._tag is None:
            self._tag = self._make(0)
        return self._tag(batch).select(list(RESULT_COLUMNS))

    def close(self, at_once: bool = False) -> None:
        """End the workers: after what they are at, or at once, which leaves their answers unheard."""
        if self._pool is None:
            return
        if at_once and self.workers > 1:
            for process in set(active_children()) - self._others:
                process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None

    def __enter__(self) -> Engine:
        """Give itself."""
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Close; at once where something went wrong."""
        self.close(at_once=kind is not None)


def result_of(future: Future[pa.RecordBatch]) -> pa.RecordBatch:
    """Wait for an answer.

    Raises
    ------
    CxminingError
        If a worker process died, which a lack of memory is the usual cause of.
    """
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise CxminingError(
            "a worker process ended before its time, most likely for lack of memory; "
            "the same command with fewer --workers goes on where this run stopped"
        ) from error


def _start(make: MakeTagBatch) -> None:
    """Set a worker process up: one thread, deaf to Ctrl-C, gone when its parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    limit_threads()
    try:
        _loaded.append(make(1))
    except CxminingError as error:
        # Raised with the first batch, where it reaches the user; here it would only break the pool.
        _loaded.append(error)


def _leave_with_parent() -> None:
    """End the process when its parent is killed, which closes no pipe that a worker waits on."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def limit_threads() -> Any:
    """Keep matrix products on one thread, so that sums are added up in one order."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


@contextmanager
def stop_signal() -> Iterator[list[int]]:
    """Turn the first Ctrl-C into a note, so that work ends between two chunks; the second one interrupts at once.

    Yields
    ------
    list of int
        Not empty once Ctrl-C was pressed.
    """
    stop: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, _: object) -> None:
        if stop:
            raise KeyboardInterrupt
        stop.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _work(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Tag a batch in a worker process."""
    (tag,) = _loaded
    if isinstance(tag, CxminingError):
        raise tag
    return tag(batch).select(list(RESULT_COLUMNS))
