"""How long ``cxmining evaluate`` takes on 100,000 texts with 27 labels and 1,000 bootstrap samples, on two cores.

    python paper/experiments/evaluation_speed.py [--rows 100000] [--seed 0]

Writes ``results/evaluation_speed.json``. Gold and predictions are made at random with the shares and the errors of a
middling system; the texts are those of the test rows, over and over. Files are read from the disk, as a user's are.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from cxmining import load_corpus, load_taxonomy

HERE = Path(__file__).parent
IDS = load_taxonomy().ids
CHANNELS = ("survey", "review", "post", "call", "chat", "email")


def write_files(folder: Path, n_rows: int, seed: int) -> tuple[Path, Path]:
    """Write a gold file as corpora are and a prediction file as ``cxmining tag`` writes it."""
    rng = np.random.default_rng(seed)
    rows = load_corpus("failure_modes", split="test").rows
    truth = rng.random((n_rows, len(IDS))) < 0.07
    given = np.where(truth, rng.random(truth.shape) < 0.75, rng.random(truth.shape) < 0.015)
    maybe = ~truth & (rng.random(truth.shape) < 0.003)
    gold, pred = folder / "gold.jsonl", folder / "pred.jsonl"
    with gold.open("w", encoding="utf-8") as g, pred.open("w", encoding="utf-8") as p:
        for i in range(n_rows):
            row = rows[i % len(rows)]
            shared = {"id": f"r{i}", "language": row.language, "channel": CHANNELS[i % len(CHANNELS)]}
            shared |= {"scenario": f"s{i // 2}", "text": row.text}
            spans = {IDS[k]: (0, int(rng.integers(8, 60))) for k in np.flatnonzero(truth[i])}
            evidence = [{"label": label, "start": a, "end": b} for label, (a, b) in spans.items()]
            labels = {"labels": list(spans), "maybe": [IDS[k] for k in np.flatnonzero(maybe[i])]}
            g.write(json.dumps(shared | labels | {"evidence": evidence}, ensure_ascii=False) + "\n")
            found = [IDS[k] for k in np.flatnonzero(given[i])]
            tags = [
                {
                    "label": label,
                    "score": round(float(rng.uniform(0.5, 1)), 4),
                    "evidence": [{"start": 3, "end": 40, "quote": row.text[3:40]}],
                    "model": "m",
                }
                for label in found
            ]
            p.write(json.dumps(shared | {"labels": found, "tags": tags}, ensure_ascii=False) + "\n")
    return gold, pred


def timed(gold: Path, pred: Path, *options: str) -> tuple[dict[str, float], dict[str, object]]:
    """Run the command on at most two cores and give its wall and processor time, and its report."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    command = [sys.executable, "-m", "cxmining.cli", "evaluate", str(gold), str(pred), "--json", *options]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, cores)
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = time.perf_counter() - start
    return {"wall_s": round(wall, 1), "processor_s": round(processor, 1)}, json.loads(done.stdout)


def main() -> None:
    """Measure with and without the bootstrap."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory() as folder:
        gold, pred = write_files(Path(folder), args.rows, args.seed)
        by = ("--by", "language", "--by", "channel")
        reading, _ = timed(gold, pred, "--samples", "0")
        plain, report = timed(gold, pred)
        strata, _ = timed(gold, pred, *by)
    result = {
        "rows": args.rows,
        "labels": len(IDS),
        "clusters": report["n_clusters"],
        "bootstrap_samples": 1000,
        "cores": min(2, len(os.sched_getaffinity(0))),
        "without_bootstrap": reading,
        "with_bootstrap": plain,
        "by_language_and_channel": strata,
        "load_average_at_the_start": load,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "micro_f1": report["micro_f1"],
        "micro_f1_interval": report["intervals"]["micro_f1"],  # type: ignore[index]
        "python": platform.python_version(),
        "numpy": np.__version__,
        "seed": args.seed,
    }
    print(json.dumps(result, indent=1))
    (HERE / "results" / "evaluation_speed.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
