"""Tags files into one output file; the output and the quarantine appear only when they are complete."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxmining.errors import UsageError
from cxmining.records import Record, Rejected
from cxmining.scoring.runner import Summary, TagBatch, spool_tagged
from cxmining.scoring.tables import write_table


@dataclass(frozen=True, slots=True)
class Target:
    """Where a run writes.

    Parameters
    ----------
    path : Path
        Output file; its suffix names the format.
    labels : sequence of str
        Label ids of the taxonomy, for the filter columns of flat formats.
    """

    path: Path
    labels: Sequence[str]

    @property
    def quarantine(self) -> Path:
        """File of the rejected rows."""
        return self.path.with_name(self.path.name + ".rejected.jsonl")


def tag_stream(
    items: Iterable[Record | Rejected],
    tag_batch: TagBatch,
    target: Target,
    on_progress: Callable[[Summary], None] | None = None,
) -> Summary:
    """Tag a loader's stream into the target.

    Parameters
    ----------
    items : iterable of Record or Rejected
        A loader's stream.
    tag_batch : callable
        Arrow in, Arrow out.
    target : Target
        Output file and label columns.
    on_progress : callable, optional
        Called after every batch.

    Returns
    -------
    Summary
        Counts; every item read is either in the output or in the quarantine file.

    Raises
    ------
    UsageError
        If the output's folder does not exist.
    """
    folder = target.path.resolve().parent
    if not folder.is_dir():
        raise UsageError(f"{folder}: the output's folder does not exist; make it first")
    handle, name = tempfile.mkstemp(prefix=f".{target.path.name}.", suffix=".part", dir=folder)
    os.close(handle)
    spool = Path(name)
    rejected = Path(f"{name}.rejected")
    try:
        with spool.open("w", encoding="utf-8") as rows, rejected.open("w", encoding="utf-8") as quarantine:
            summary = spool_tagged(items, tag_batch, rows, quarantine, on_progress)
        summary.n_cut = write_table(spool, target.path, list(summary.columns), target.labels)
        if summary.n_rejected:
            rejected.replace(target.quarantine)
        else:
            target.quarantine.unlink(missing_ok=True)
    finally:
        spool.unlink(missing_ok=True)
        rejected.unlink(missing_ok=True)
    return summary
