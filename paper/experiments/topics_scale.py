"""Time and memory of topic discovery: 10,000 documents clustered and labelled, 100,000 within 2 GB.

    python paper/experiments/topics_scale.py [--sizes 10000 100000] [--folder FOLDER]

The documents are made of sentences of ``corpora/failure_modes``, drawn at random within a language (four a document on
average), so that the encoder need not run for hours: each sentence is encoded once and its vector used again. Time is
told by stage: reading (segmentation and words, and the few sentences that are cut differently beside others),
clustering, labels; on the clock, and of the processors, which other work on the machine does not lengthen. Each size
runs in a process of its own; memory is its peak. Writes ``results/topics_scale.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from topic_peers import CachedEncoder, records

from cxmining.discovery import FitOptions, apply_topics
from cxmining.narratives import read_narratives
from cxmining.records import Origin, Record
from cxmining.topics.model import TopicModel

HERE = Path(__file__).parent


def recombined(n: int, encoder: CachedEncoder, seed: int = 0) -> list[Record]:
    """Make documents of known sentences."""
    found = read_narratives(records(), encoder)  # type: ignore[arg-type]
    rng = np.random.default_rng(seed)
    pools = {code: np.flatnonzero(found.segments.languages == code) for code in ("hr", "ru", "ja")}
    made = []
    for i in range(n):
        code = ("hr", "ru", "ja")[i % 3]
        picked = rng.choice(pools[code], 1 + rng.poisson(3))
        # A paragraph each, so that the sentences are cut where they were.
        text = "\n\n".join(found.texts[k] for k in picked)
        made.append(Record(str(i), text, Origin("recombined", i), code))
    return made


def worker(n: int, folder: Path) -> dict[str, Any]:
    """Measure one size."""
    encoder = CachedEncoder(folder)
    items = recombined(n, encoder)
    start, begun = time.perf_counter(), time.process_time()
    narratives = read_narratives(items, encoder)  # type: ignore[arg-type]
    read, worked = time.perf_counter(), time.process_time()
    model = TopicModel.fit(narratives.segments, narratives.usable, encoder.means, FitOptions())
    fitted = time.perf_counter()
    found = apply_topics(model, narratives)
    end = time.perf_counter()
    return {
        "n_documents": n,
        "n_segments": len(narratives.segments),
        "n_topics": len(found.topics),
        "seconds_reading": round(read - start, 2),
        "seconds_clustering": round(fitted - read, 2),
        "seconds_labels": round(end - fitted, 2),
        "seconds_clustered_and_labelled": round(end - read, 2),
        "cpu_seconds_reading": round(worked - begun, 2),
        "cpu_seconds_clustered_and_labelled": round(time.process_time() - worked, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "load_average": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
    }


def main() -> None:
    """Measure every size and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--folder", type=Path, help="where vectors are kept between runs")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp())
    if args.worker:
        print("RESULT " + json.dumps(worker(args.worker, folder)))
        return
    encoder = CachedEncoder(folder)
    read_narratives(records(), encoder)  # type: ignore[arg-type]
    encoder.keep()
    result = []
    for n in args.sizes:
        command = [sys.executable, __file__, "--worker", str(n), "--folder", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        if not lines:
            raise SystemExit(f"{n} documents failed:\n{done.stderr[-2000:]}")
        result.append(json.loads(lines[0].removeprefix("RESULT ")))
        print(json.dumps(result[-1]), flush=True)
        (HERE / "results" / "topics_scale.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
