"""Ours against BERTopic (PCA or UMAP, HDBSCAN), NMF and LDA on the same segments, vectors and words.

    python paper/experiments/topics_comparison.py [--real FOLDER] [--runs 5] [--methods NAME ...]

Each method runs in a process of its own: once a seed, and on three orders of the texts with the first seed. Coherence
(NPMI over whole texts, C_v) and diversity are of the ten best words by language. Stability is the mean over pairs of
runs: adjusted Rand index of the segments' topics, and Jaccard similarity of the words of matched topics. Time is that
of clustering and words, without segmentation, encoding and tokenising, on the clock and of the processors (which other
work on the machine does not lengthen); memory is the peak of the process over the runs with seeds.
Writes ``results/topics_comparison.json`` (or ``topics_comparison_real.json``, which holds figures and no text).
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
import warnings
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from topic_peers import METHODS, CachedEncoder, Collection, Result, load, records

from cxmining.evaluation.topics import (
    c_v_coherence,
    npmi_coherence,
    partition_stability,
    topic_diversity,
    word_stability,
)
from cxmining.topics.model import default_topics

HERE = Path(__file__).parent
SHUFFLES = 3


def quality(data: Collection, result: Result) -> dict[str, Any]:
    """Give mean NPMI, C_v and diversity over languages, and how many topics two languages or more share."""
    lexicon, documents = data.narratives.lexicon, data.narratives.segments.documents
    rows: dict[str, list[float]] = {"npmi": [], "c_v": [], "diversity": []}
    for code in ("hr", "ru", "ja"):
        topics = [t[code] for t in result.words if len(t.get(code, ())) >= 3]
        texts: dict[int, list[str]] = {}
        for i in np.flatnonzero(data.narratives.segments.languages == code):
            texts.setdefault(int(documents[i]), []).extend(lexicon.words(i))
        rows["npmi"].append(float(np.nanmean(npmi_coherence(topics, list(texts.values())))))
        rows["c_v"].append(float(np.nanmean(c_v_coherence(topics, list(texts.values())))))
        rows["diversity"].append(topic_diversity(topics))
    shared = sum(sum(len(words) >= 3 for words in topic.values()) > 1 for topic in result.words)
    found: dict[str, Any] = {name: round(float(np.mean(values)), 4) for name, values in rows.items()}
    found |= {f"{name}_by_language": [round(v, 4) for v in values] for name, values in rows.items()}
    return {**found, "shared_topics": shared}


def shuffled(folder: Path, real: Path | None, seed: int, encoder: CachedEncoder) -> tuple[Collection, np.ndarray]:
    """Load the texts in another order; the second array puts segments back: ``topics[back]`` is in the first order."""
    items = records(real)
    order = np.random.default_rng(seed).permutation(len(items))
    return load([items[i] for i in order], encoder), order


def permuted(data: Collection, seed: int) -> tuple[Collection, np.ndarray]:
    """Shuffle the segments as rows of a table; the second array tells where each came from."""
    order = np.random.default_rng(seed).permutation(len(data.rows))
    tokens = [data.tokens[i] for i in order]
    return Collection(data.narratives, data.rows[order], data.vectors[order], tokens), order


def flat(words: list[dict[str, list[str]]]) -> list[list[str]]:
    """Join the words of a topic over languages."""
    return [[f"{code}:{w}" for code, row in topic.items() for w in row] for topic in words]


def stability(results: list[Result]) -> dict[str, float]:
    """Compare runs pair by pair."""
    pairs = list(combinations(results, 2))
    return {
        "ari": round(float(np.mean([partition_stability(a.topics, b.topics) for a, b in pairs])), 4),
        "words": round(float(np.mean([word_stability(flat(a.words), flat(b.words)) for a, b in pairs])), 4),
        "identical": all(np.array_equal(a.topics, b.topics) and a.words == b.words for a, b in pairs),
    }


def worker(name: str, folder: Path, real: Path | None, runs: int) -> dict[str, Any]:
    """Run one method several times."""
    warnings.simplefilter("ignore")
    encoder = CachedEncoder(folder)
    data = load(records(real), encoder)
    n_topics = default_topics(len(data.rows))
    seeds: list[Result] = []
    times: list[float] = []
    works: list[float] = []
    for seed in range(runs):
        start, begun = time.perf_counter(), time.process_time()
        seeds.append(METHODS[name](data, n_topics, seed))
        times.append(time.perf_counter() - start)
        works.append(time.process_time() - begun)
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    moved: list[Result] = [seeds[0]]
    for seed in range(1, min(runs, SHUFFLES)):
        if name.startswith("cxmining"):
            # Ours is given the texts in another order and everything from segmentation on is done anew.
            again, _ = shuffled(folder, real, seed, encoder)
            moved.append(METHODS[name](again, n_topics, 0))
        else:
            other, order = permuted(data, seed)
            result = METHODS[name](other, n_topics, 0)
            back = np.empty_like(result.topics)
            back[order] = result.topics
            moved.append(Result(back, result.words))
    same = quality(data, METHODS["cxmining"](data, max(2, len(seeds[0].words)), 0))
    return {
        "n_segments": len(data.rows),
        "n_topics": len(seeds[0].words),
        **quality(data, seeds[0]),
        "cxmining_at_this_number": {name: same[name] for name in ("npmi", "c_v", "diversity")},
        "outlier_share": round(float((seeds[0].topics < 0).mean()), 4),
        "stability_seeds": stability(seeds),
        "stability_shuffled": stability(moved),
        "seconds": round(float(np.median(times)), 2),
        "cpu_seconds": round(float(np.median(works)), 2),
        "load_average": round(os.getloadavg()[0], 1),
        "peak_mb": peak,
    }


def main() -> None:
    """Run every method and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="folder of real comments in place of the authored corpus")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--folder", type=Path, help="where vectors are kept between runs")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    if args.worker:
        print("RESULT " + json.dumps(worker(args.worker, folder, args.real, args.runs)))
        return
    encoder = CachedEncoder(folder)
    load(records(args.real), encoder)
    encoder.keep()
    name = "topics_comparison_real.json" if args.real else "topics_comparison.json"
    path = HERE / "results" / name
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for method in args.methods:
        command = [sys.executable, __file__, "--worker", method, "--folder", str(folder), "--runs", str(args.runs)]
        command += ["--real", str(args.real)] if args.real else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        if not lines:
            raise SystemExit(f"{method} failed:\n{done.stderr[-2000:]}")
        result[method] = {**json.loads(lines[0].removeprefix("RESULT ")), "runs": args.runs}
        print(method, json.dumps(result[method]), flush=True)
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
