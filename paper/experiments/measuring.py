"""Runs a command and measures it: seconds, peak memory of the whole process tree, and what it said as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took; ``peak_mb`` is memory summed over its processes, shared pages counted once (PSS)."""

    returncode: int
    seconds: float
    peak_mb: float
    stdout: str
    stderr: str

    def done(self) -> dict[str, object]:
        """Give the last event of ``--log-json``."""
        events = [json.loads(line) for line in self.stderr.splitlines() if line.startswith("{")]
        return next(event for event in reversed(events) if event["event"] == "done")


def measure(command: list[str], timeout: float | None = None, environment: dict[str, str] | None = None) -> Measured:
    """Run a command to its end."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, **(environment or {})},
    )
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(process, peak), daemon=True)
    watcher.start()
    out, err = process.communicate(timeout=timeout)
    return Measured(process.returncode, time.perf_counter() - begin, peak[0], out, err)


def cxmining(*args: object) -> list[str]:
    """Give a command of the package."""
    return [sys.executable, "-m", "cxmining.cli", *map(str, args)]


def machine() -> dict[str, object]:
    """Describe the machine that figures hold for."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _lines(path: str) -> list[str]:
    """Read a file of the system."""
    return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()


def _watch(process: subprocess.Popen[str], peak: list[float]) -> None:
    """Keep the highest memory of the process and all below it."""
    while process.poll() is None:
        pids, total = [process.pid], 0.0
        while pids:
            pid = pids.pop()
            try:
                pids += [
                    int(p) for t in Path(f"/proc/{pid}/task").iterdir() for p in (t / "children").read_text().split()
                ]
                pages = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(pages.split("\nPss:")[1].split()[0]) / 1024
            except (OSError, IndexError):
                continue
        peak[0] = max(peak[0], total)
        time.sleep(_EVERY_S)
