"""Trains or serves one system in a process of its own and prints what it took as one line of JSON.

python -m peers.worker fit NAME --data FOLDER --model FOLDER --cache FOLDER --seconds 360
python -m peers.worker serve NAME --data FOLDER --model FOLDER
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROUNDS, ENOUGH_S = 5, 4.0
"""Timed rounds end after so many, or when they took so long together."""


def main() -> None:
    """Do one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["fit", "serve"])
    parser.add_argument("name")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--seconds", type=float, default=360)
    args = parser.parse_args()
    result = _fit(args) if args.stage == "fit" else _serve(args)
    print("RESULT " + json.dumps(result), flush=True)


def _fit(args: argparse.Namespace) -> dict[str, Any]:
    """Train."""
    from peers.base import Split, Task
    from peers.registry import make

    train, dev = Split.read(args.data, "train"), Split.read(args.data, "dev")
    system = make(args.name)
    begin, processor = time.perf_counter(), time.process_time()
    parameters = system.fit(Task(train, dev, args.model, args.cache, args.seconds))
    return {
        "train_s": round(time.perf_counter() - begin, 1),
        "train_cpu_s": round(time.process_time() - processor, 1),
        "train_peak_mb": _peak_mb(),
        "parameters": parameters,
        "versions": {name: version(name) for name in system.packages},
    }


def _serve(args: argparse.Namespace) -> dict[str, Any]:
    """Load, score the development and test texts, time test texts and survey comments."""
    begin = time.perf_counter()
    import numpy as np

    from peers.base import Split
    from peers.registry import make

    system = make(args.name)
    system.load(args.model)
    system.predict_proba(["ok"], ["hr"])
    load_s = time.perf_counter() - begin
    splits = {name: Split.read(args.data, name) for name in ("dev", "test", "survey")}
    scores = {"dev": system.predict_proba(splits["dev"].texts, splits["dev"].languages)}
    rates = {}
    for name in ("test", "survey"):
        texts, languages = splits[name].texts, splits[name].languages
        scores[name], rates[name] = _timed(lambda t=texts, c=languages: system.predict_proba(t, c), len(texts))
    found: dict[str, Any] = {"load_s": round(load_s, 2), "peak_mb": _peak_mb(), "speed": rates}
    if hasattr(system, "tag"):
        texts, languages = splits["test"].texts, splits["test"].languages
        found["speed_with_evidence"] = _timed(lambda: system.tag(texts, languages), len(texts))[1]
    if hasattr(system, "thresholds"):
        scores["thresholds"] = system.thresholds
    np.savez(args.model / "scores.npz", **scores)
    return found


def _timed(work: Callable[[], Any], n_texts: int) -> tuple[Any, dict[str, float]]:
    """Repeat some work; give its result, and texts a second of the wall clock and of the processor (medians)."""
    wall: list[float] = []
    processor: list[float] = []
    result = None
    while len(wall) < ROUNDS and sum(wall) < ENOUGH_S:
        begin = time.perf_counter(), time.process_time()
        result = work()
        wall.append(time.perf_counter() - begin[0])
        processor.append(time.process_time() - begin[1])
    return result, {
        "documents_per_s": round(n_texts / statistics.median(wall), 1),
        "documents_per_cpu_s": round(n_texts / statistics.median(processor), 1),
    }


def _peak_mb() -> int:
    """Give the highest memory of this process; unlike ``getrusage`` it holds nothing of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return round(int(status.split("VmHWM:")[1].split()[0]) / 1024)


if __name__ == "__main__":
    main()
