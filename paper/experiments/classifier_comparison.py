"""Our models against what a user would pick instead: quality, speed, load time, memory and training on the same splits.

    pip install -c constraints.txt -e '.[bench,figures,transformers]'
    python paper/experiments/classifier_comparison.py [--only NAME ...] [--limit 200] [--seconds 360]

Our own models alone: ``--only ours``; the peers alone: ``--only peers``; the figure alone: ``--only none``.

Learned from: train of failure_modes and failure_modes_silver; thresholds: dev; reported: test of failure_modes. Each
system trains in one process and serves in another one, which loads nothing but its libraries; both may use all cores.
Load time ends with the first text answered. Trained peers are kept below ``--cache``, so that a second run on the same
data serves all systems side by side in minutes; figures of speed mean something on an idle machine only (``machine``
states the load). Results of systems are merged into ``results/classifier_comparison.json``, each with the hash of its
data and the versions of its packages; with ``--limit`` nothing is written unless ``--out`` says where. ``--seconds``
bounds the training of spaCy and of SetFit.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from measuring import machine
from peers import data, figure
from peers.registry import PEERS, title
from peers.scoring import ahead, quality

from cxmining.models import model_names

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "classifier_comparison.json"
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}


def names(asked: list[str]) -> list[str]:
    """Give the systems asked for: names, or ``ours``, ``peers``, ``all``, ``none``."""
    own = sorted({*model_names(), "tfidf"})
    groups = {"ours": own, "peers": list(PEERS), "all": [*own, *PEERS], "none": []}
    found = [name for part in asked for name in groups.get(part, [part])]
    unknown = sorted(set(found) - set(groups["all"]))
    if unknown:
        known = ", ".join([*groups["all"], *groups])
        raise SystemExit(f"unknown: {', '.join(unknown)}; there are {known}")
    return list(dict.fromkeys(found))


def stage(kind: str, name: str, *more: object) -> dict[str, Any]:
    """Run one stage of a system in a process of its own."""
    command = [sys.executable, "-m", "peers.worker", kind, name, *map(str, more)]
    environment = {**os.environ, **OFFLINE, "PYTHONPATH": str(HERE)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise SystemExit(f"{name} failed in {kind}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(lines[-1].removeprefix("RESULT "))
    return found


def compare(name: str, source: Path, digest: str, args: argparse.Namespace) -> dict[str, Any]:
    """Train a system unless it is kept from an earlier run on the same data, serve and score it."""
    model = args.cache / "models" / digest / name
    note = model / "trained.json"
    place = ("--data", source, "--model", model)
    before = machine()
    if not note.exists() or args.retrain:
        shutil.rmtree(model, ignore_errors=True)
        model.mkdir(parents=True)
        trained = stage("fit", name, *place, "--cache", args.cache, "--seconds", args.seconds)
        note.write_text(json.dumps({**trained, "train_load_before": before["load_before"]}), encoding="utf-8")
    trained = json.loads(note.read_text(encoding="utf-8"))
    served = stage("serve", name, *place)
    if name not in PEERS and name != "tfidf":
        trained = {key: value for key, value in trained.items() if not key.startswith("train_")}
    return {
        "title": title(name),
        "data_sha256": digest,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        **trained,
        **served,
        "test": quality(source, model / "scores.npz"),
    }


def show(name: str, record: dict[str, Any]) -> None:
    """Print one line of the table."""
    test, speed = record["test"], record["speed"]
    by_language = " ".join(f"{code} {test[code]['macro_f1']:.3f}" for code in ("hr", "ru", "ja"))
    print(
        f"{name:14} macro {test['all']['macro_f1']:.3f} ({by_language}) micro {test['all']['micro_f1']:.3f}"
        f"  {speed['test']['documents_per_s']:>9,.1f} docs/s, surveys {speed['survey']['documents_per_s']:>9,.1f}"
        f"  load {record['load_s']:.1f} s  {record['peak_mb']:,} MB  trained {record.get('train_s', '-')} s",
        flush=True,
    )


def main() -> None:
    """Measure the systems asked for and merge them into the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=["all"])
    parser.add_argument("--limit", type=int, help="texts of each split, for trials")
    parser.add_argument("--seconds", type=float, default=360, help="bound on training of spaCy and of SetFit")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cxmining-peers")
    parser.add_argument("--retrain", action="store_true", help="train again what is kept below --cache")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    out = args.out or (None if args.limit else RESULTS)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        digest = data.write(Path(folder), args.limit)
        for name in names(args.only):
            found[name] = compare(name, Path(folder), digest, args)
            show(name, found[name])
            if out:
                merge(out, {name: found[name]})
    if out and out.exists():
        systems = merge(out, {})
        figure.draw(systems, out.with_suffix(""))
        old = [name for name, record in systems.items() if record["data_sha256"] != digest]
        if old:
            print(f"measured on other data than today's, run them again: {', '.join(old)}")


def merge(out: Path, new: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Put records into the results file, as it is by now, and give all that it holds."""
    systems: dict[str, dict[str, Any]] = {}
    if out.exists():
        systems = json.loads(out.read_text(encoding="utf-8"))["systems"]
    systems |= new
    result = {"ahead_of": ahead(systems, set(PEERS)), "systems": dict(sorted(systems.items()))}
    out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return systems


if __name__ == "__main__":
    main()
