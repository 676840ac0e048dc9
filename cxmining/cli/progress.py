"""How a run tells what it does: a progress line for people, JSON Lines for machines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from cxmining.cli.console import errors
from cxmining.cli.showing import describe, show_outcome
from cxmining.jobs import Outcome
from cxmining.loaders import Source
from cxmining.scoring.job import State
from cxmining.scoring.publish import Target
from cxmining.scoring.runner import Progress as Done
from cxmining.taxonomy import Taxonomy

_EVERY_S = 1.0


class Reporter(Protocol):
    """What a run tells."""

    expected: int | None

    def source(self, source: Source) -> None:
        """How a file is read."""

    def never_given(self, labels: Sequence[str]) -> None:
        """Which labels are never given at the precision asked for."""

    def resumed(self, state: State) -> None:
        """That earlier work goes on."""

    def progress(self, done: Done) -> None:
        """How far it is."""

    def interrupted(self, folder: Path) -> None:
        """That it was stopped, and can go on."""

    def done(self, outcome: Outcome) -> None:
        """How it ended."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """End."""


class ScreenReporter:
    """Shows rate, time left and rejected rows on a line.

    Parameters
    ----------
    target : Target
        Output.
    taxonomy : Taxonomy
        For the closing summary.
    """

    def __init__(self, target: Target, taxonomy: Taxonomy) -> None:
        self.expected: int | None = None
        self._target = target
        self._taxonomy = taxonomy
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=10),
            TextColumn(
                "{task.fields[rows]:,} rows, {task.fields[rejected]:,} rejected, {task.fields[rate]:.0f}/s, left"
            ),
            TimeRemainingColumn(compact=True),
            console=errors,
        )
        self._task = self._bar.add_task("tagging", total=None, rows=0, rejected=0, rate=0.0)

    def source(self, source: Source) -> None:
        """Say how a file is read."""
        errors.print(describe(source), markup=False, highlight=False)

    def never_given(self, labels: Sequence[str]) -> None:
        """Name the labels that are never given."""
        text = f"never given, since no threshold reaches this precision on held-out rows: {', '.join(labels)}"
        errors.print(text, markup=False, highlight=False)

    def resumed(self, state: State) -> None:
        """Say that earlier work goes on."""
        errors.print(f"going on after {state.n_read:,} rows of an earlier run")

    def progress(self, done: Done) -> None:
        """Move the line."""
        n = done.state.n_read
        rate = (n - done.n_before) / (self._bar.tasks[0].elapsed or 1e-9)
        rejected = done.state.n_rejected
        self._bar.update(self._task, completed=n, total=self.expected, rows=n, rejected=rejected, rate=rate)

    def interrupted(self, folder: Path) -> None:
        """Say that the work is kept."""
        errors.print(f"interrupted; the work so far is in {folder}, and the same command goes on", markup=False)

    def done(self, outcome: Outcome) -> None:
        """Print the closing summary."""
        show_outcome(outcome, self._target, self._taxonomy)

    def __enter__(self) -> Self:
        """Show the line."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        self._bar.stop()


class JsonReporter:
    """Writes one JSON object an event: source, never_given, resumed, progress, interrupted, done.

    Parameters
    ----------
    target : Target
        Output.
    """

    def __init__(self, target: Target) -> None:
        self.expected: int | None = None
        self._target = target
        self._begin = self._last = time.monotonic()

    def _tell(self, event: str, **fields: object) -> None:
        """Write an event."""
        passed = round(time.monotonic() - self._begin, 3)
        sys.stderr.write(json.dumps({"event": event, "elapsed_s": passed, **fields}, ensure_ascii=False) + "\n")
        sys.stderr.flush()

    def source(self, source: Source) -> None:
        """Say how a file is read."""
        fields = {"encoding": source.encoding, "delimiter": source.delimiter, "columns": dict(source.columns)}
        self._tell("source", file=source.file, format=source.format, note=source.note or None, **fields)

    def never_given(self, labels: Sequence[str]) -> None:
        """Name the labels that are never given."""
        self._tell("never_given", labels=list(labels))

    def resumed(self, state: State) -> None:
        """Say that earlier work goes on."""
        self._tell("resumed", n_read=state.n_read)

    def progress(self, done: Done) -> None:
        """Say how far it is, at most once a second."""
        now = time.monotonic()
        if now - self._last < _EVERY_S:
            return
        self._last = now
        state = done.state
        rate = (state.n_read - done.n_before) / (now - self._begin)
        left = None if self.expected is None or not rate else round(max(0, self.expected - state.n_read) / rate, 1)
        self._tell("progress", **_counts(state), rows_per_s=round(rate, 1), left_s=left)

    def interrupted(self, folder: Path) -> None:
        """Say that the work is kept."""
        self._tell("interrupted", job=str(folder))

    def done(self, outcome: Outcome) -> None:
        """Say how it ended."""
        state = outcome.state
        fields: dict[str, object] = {"languages": state.languages, "labels": state.labels, "n_cut": outcome.n_cut}
        if outcome.progress is not None:
            fields["n_repeated"] = outcome.progress.n_repeated
            fields["seconds"] = {stage: round(value, 3) for stage, value in outcome.progress.seconds.items()}
        if state.n_rejected:
            fields["quarantine"] = str(self._target.quarantine)
        self._tell("done", status=outcome.status, **_counts(state), output=str(self._target.path), **fields)

    def __enter__(self) -> Self:
        """Begin to count the time."""
        self._begin = self._last = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""


def _counts(state: State) -> dict[str, int]:
    """Give the counts of a state."""
    return {"n_read": state.n_read, "n_tagged": state.n_tagged, "n_rejected": state.n_rejected}
