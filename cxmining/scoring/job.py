"""A job's folder: manifest, checkpoint, parts and quarantine, such that a run killed at any moment can go on.

A checkpoint is written after the parts that it names are on the disk, and replaces the one before at once. Whatever a
killed run left behind it (a half part, quarantined rows) is cut off when the job is opened again.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from cxmining.errors import InputError, UsageError
from cxmining.records import Rejected
from cxmining.scoring.manifest import Manifest, differences
from cxmining.scoring.parts import sync_folder, write_part

PART_ROWS = 16_384
PART_CHARACTERS = 16_000_000
"""A part closes at this many rows or characters, or when the runner says so."""


@dataclass
class State:
    """How far a job is; what a checkpoint holds."""

    n_chunks: int = 0
    n_read: int = 0
    n_tagged: int = 0
    n_rejected: int = 0
    quarantine_bytes: int = 0
    parts: list[int] = field(default_factory=list)
    languages: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    output: dict[str, Any] | None = None


class Job:
    """An open job; use as a context manager.

    Parameters
    ----------
    folder : Path
        Made where it does not exist; no other run may use it at the same time.
    manifest : dict
        Of this run.
    fresh : bool, default False
        Whether to throw away what an earlier run left.

    Attributes
    ----------
    state : State
        As far as the last checkpoint, then further as rows are added.
    resumed : bool
        Whether there was work of an earlier run.

    Raises
    ------
    UsageError
        If the folder is in use, is no job's, or the job is another one: input, model or options have changed.
    """

    def __init__(self, folder: Path, manifest: Manifest, fresh: bool = False) -> None:
        self.folder = folder
        self.manifest = manifest
        self.state = State()
        self.resumed = False
        self._pending: list[pa.RecordBatch] = []
        self._size = [0, 0]
        self._lock: IO[str] | None = None
        self._quarantine: IO[bytes] | None = None
        is_new = not folder.exists()
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder}: the job's folder is a file; name another with --job")
        if not is_new and not (folder / "manifest.json").exists() and any(folder.iterdir()) and not self._is_stub():
            raise UsageError(f"{folder}: this folder is no job's; name another with --job")
        folder.mkdir(exist_ok=True)
        self._lock_folder()
        try:
            if fresh:
                self._clear()
            self._open()
        except BaseException:
            self.close()
            raise

    def _is_stub(self) -> bool:
        """Tell a folder that was made by a run killed before it wrote its manifest."""
        return all(p.name in ("lock", "manifest.json.tmp") for p in self.folder.iterdir())

    @property
    def parts(self) -> list[Path]:
        """Files of the parts that the checkpoint names."""
        return [self._part(i) for i in range(len(self.state.parts))]

    @property
    def quarantine(self) -> Path:
        """File of the rejected rows."""
        return self.folder / "rejected.jsonl"

    def add(self, rows: pa.RecordBatch | None, n_characters: int) -> None:
        """Take tagged rows; they are on the disk after the next checkpoint."""
        if rows is not None:
            self._pending.append(rows)
            self._size[0] += rows.num_rows
            self._size[1] += n_characters

    def reject(self, item: Rejected) -> None:
        """Take a rejected row."""
        origin = item.origin
        row = {"file": origin.file, "row": origin.row, "sheet": origin.sheet, "reason": item.reason, "raw": item.raw}
        if self._quarantine is None:
            self._quarantine = self.quarantine.open("ab")
        # Rejected material may hold lone surrogates, which UTF-8 cannot write; escapes can.
        line = (json.dumps(row, ensure_ascii=True) + "\n").encode("ascii")
        self._quarantine.write(line)
        self.state.quarantine_bytes += len(line)

    @property
    def is_due(self) -> bool:
        """Whether a part is full."""
        return self._size[0] >= PART_ROWS or self._size[1] >= PART_CHARACTERS

    def checkpoint(self) -> None:
        """Put everything taken so far on the disk, for good."""
        if self._quarantine is not None:
            self._quarantine.flush()
            os.fsync(self._quarantine.fileno())
        if self._pending:
            path = self._part(len(self.state.parts))
            write_part(path, self._pending)
            self.state.parts.append(path.stat().st_size)
            self._pending, self._size = [], [0, 0]
        self._write("checkpoint.json", asdict(self.state))

    def finish(self, output: dict[str, Any]) -> None:
        """Note that the output is in its place, and drop the parts."""
        self.state.output = output
        self._write("checkpoint.json", asdict(self.state))
        for path in self.parts:
            path.unlink(missing_ok=True)

    def start_over(self) -> None:
        """Forget all work, as where the output of a finished job was removed."""
        self._clear()
        self.state, self.resumed = State(), False
        self._open()

    def close(self) -> None:
        """Let go of the folder."""
        for stream in (self._quarantine, self._lock):
            if stream is not None:
                stream.close()
        self._quarantine = self._lock = None

    def __enter__(self) -> Job:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _part(self, number: int) -> Path:
        """Name a part."""
        return self.folder / f"part-{number:06}.arrow"

    def _open(self) -> None:
        """Read what an earlier run left, or begin."""
        manifest = self.folder / "manifest.json"
        if not manifest.exists():
            self._write("manifest.json", self.manifest)
            return
        then = self._read(manifest)
        changed = differences(then, self.manifest)
        if changed and not (self.folder / "checkpoint.json").exists():
            # Nothing was done yet, so that nothing is lost.
            self._write("manifest.json", self.manifest)
            return
        if changed:
            lines = "".join(f"\n  - {line}" for line in changed)
            raise UsageError(
                f"{self.folder} holds a job that this command does not continue:{lines}\n"
                "put back what changed to go on, or start over with --fresh"
            )
        checkpoint = self.folder / "checkpoint.json"
        if checkpoint.exists():
            self.state = State(**self._read(checkpoint))
            self.resumed = self.state.n_read > 0
            self._cut_off()

    def _cut_off(self) -> None:
        """Remove what came after the checkpoint, and check what came before it."""
        known = set(self.parts)
        for path in self.folder.glob("part-*"):
            if path not in known:
                path.unlink()
        if self.state.output is not None:
            return
        for path, size in zip(self.parts, self.state.parts, strict=True):
            if not path.exists() or path.stat().st_size != size:
                raise InputError(f"{path}: this part of the job is missing or damaged; start over with --fresh")
        size = self.quarantine.stat().st_size if self.quarantine.exists() else 0
        if size < self.state.quarantine_bytes:
            raise InputError(f"{self.quarantine}: rows are missing from the quarantine; start over with --fresh")
        if size:
            os.truncate(self.quarantine, self.state.quarantine_bytes)

    def _read(self, path: Path) -> dict[str, Any]:
        """Read a file of the job."""
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: the job's file is damaged ({error}); start over with --fresh") from error
        return found

    def _write(self, name: str, content: dict[str, Any]) -> None:
        """Replace a file of the job at once."""
        temporary = self.folder / f"{name}.tmp"
        with temporary.open("w", encoding="utf-8") as out:
            json.dump(content, out, ensure_ascii=False, indent=1)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(self.folder / name)
        sync_folder(self.folder)

    def _clear(self) -> None:
        """Remove everything but the lock."""
        if self._quarantine is not None:
            self._quarantine.close()
            self._quarantine = None
        for path in self.folder.iterdir():
            if path.name != "lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _lock_folder(self) -> None:
        """Keep a second run out; the lock is the system's and goes with the process, however it ends."""
        self._lock = (self.folder / "lock").open("w")
        if os.name != "posix":
            return
        import fcntl

        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            raise UsageError(f"{self.folder}: another run is at work on this job; wait until it has ended") from error
