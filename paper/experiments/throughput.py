"""How fast batch scoring is from CSV to Parquet, what it costs beside the bare model, and what a naive loop does.

    python paper/experiments/throughput.py --model auto --sizes 10000 [--calls 1000] [--spark] [--peer]

Every run is added to ``results/throughput.json`` under its model, size and workers; only what ran is in the file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import wait
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from measuring import Measured, cxmining, machine, measure
from synthetic import calls, comments, write_csv

from cxmining import Tagger, load_corpus, load_taxonomy
from cxmining.requests import TaggerChoice
from cxmining.scoring.engine import Engine, limit_threads

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "throughput.json"


def batches(texts: list[str], rows: int = 256) -> list[pa.RecordBatch]:
    """Give texts as the model is asked them, each once."""
    unique = list(dict.fromkeys(texts))
    return [
        pa.RecordBatch.from_pydict({"text": pa.array(unique[i : i + rows], pa.string())})
        for i in range(0, len(unique), rows)
    ]


def bare_rate(model: str, texts: list[str], workers: int) -> float:
    """Give the texts a second of ``tag_batch`` alone, on texts in memory, with as many processes."""
    asked = batches(texts)
    with limit_threads(), Engine(TaggerChoice(model).tag_batch, workers) as engine:
        wait([engine.submit(asked[0]) for _ in range(2 * workers)])
        begin = time.perf_counter()
        futures = [engine.submit(batch) for batch in asked]
        n_rows = sum(future.result().num_rows for future in futures)
        return n_rows / (time.perf_counter() - begin)


def classifier_rate(model: str, texts: list[str]) -> float:
    """Give the texts a second of the classifier's scores alone, on segmented passages in memory, on all cores."""
    tagger = Tagger.load(model)
    passages = [p for p in tagger.passages(list(dict.fromkeys(texts))) if p.document.language.supported and p.segments]
    tagger.classifier.score(passages[:64])
    begin = time.perf_counter()
    for i in range(0, len(passages), 256):
        tagger.classifier.score(passages[i : i + 256])
    return len(passages) / (time.perf_counter() - begin)


def figures(measured: Measured, n_rows: int) -> dict[str, object]:
    """Give the figures of a run of the command."""
    if measured.returncode:
        raise SystemExit(measured.stderr)
    done = measured.done()
    seconds: dict[str, float] = done["seconds"]  # type: ignore[assignment]
    total = sum(seconds.values())
    return {
        "rows": n_rows,
        "seconds": round(measured.seconds, 2),
        "rows_per_s": round(n_rows / measured.seconds, 1),
        "peak_mb": round(measured.peak_mb),
        "answered_without_model": done["n_repeated"],
        "share_of_time": {stage: round(value / total, 3) for stage, value in seconds.items()},
        "start_s": round(measured.seconds - total, 2),
    }


def end_to_end(model: str, source: Path, n_rows: int, workers: int, folder: Path) -> dict[str, object]:
    """Tag a CSV into Parquet by the command line."""
    out = folder / f"{source.stem}.{workers}.parquet"
    command = cxmining("tag", source, "-o", out, "--model", model, "--workers", workers, "--log-json", "--fresh")
    return figures(measure(command), n_rows)


def spark(model: str, source: Path, n_rows: int, folder: Path) -> dict[str, object]:
    """Tag the same CSV by Spark in local mode with two Python workers."""
    import cxmining.scoring.spark as module

    out = folder / "spark"
    command = [str(Path(sys.executable).parent / "spark-submit"), "--master", "local[2]", str(module.__file__)]
    command += [str(source), "-o", str(out), "--text", "comment", "--model", model, "--partitions", "8", "--fresh"]
    environment = {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    measured = measure(command, environment=environment)
    if measured.returncode:
        raise SystemExit(measured.stderr[-2000:])
    rate = round(n_rows / measured.seconds, 1)
    return {
        "rows": n_rows,
        "seconds": round(measured.seconds, 2),
        "rows_per_s": rate,
        "peak_mb": round(measured.peak_mb),
        "rows_equal_to_one_machine": equal_rows(out, folder / f"{source.stem}.1.parquet"),
    }


def equal_rows(one: Path, other: Path) -> int:
    """Count the ids whose language, labels and tags are the same in two outputs."""
    compared = ["language", "labels", "tags"]
    rows, others = (
        {row.pop("id"): row for row in pq.read_table(path, columns=["id", *compared]).to_pylist()}
        for path in (one, other)
    )
    if rows.keys() != others.keys():
        raise SystemExit(f"{one} and {other} do not hold the same ids")
    return sum(rows[key] == others[key] for key in rows)


def peer(source: Path, n_rows: int, folder: Path, at_once: bool) -> dict[str, object]:
    """Do the work with pandas and scikit-learn as a user would: row by row, or all rows at once; labels only."""
    import pandas as pd
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    ids = load_taxonomy().ids
    rows = [row for row in load_corpus("failure_modes") if row.split == "train"]
    truth = np.array([[label in row.labels for label in ids] for row in rows])
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), max_features=200_000),
        OneVsRestClassifier(LogisticRegression(C=10, max_iter=200)),
    )
    pipeline.fit([row.text for row in rows], truth)
    begin = time.perf_counter()
    frame = pd.read_csv(source)
    if at_once:
        found = pipeline.predict(frame["comment"])
    else:
        found = np.array([pipeline.predict([text])[0] for text in frame["comment"]])
    frame["labels"] = [[ids[k] for k in np.flatnonzero(row)] for row in found]
    frame.to_parquet(folder / "peer.parquet")
    seconds = time.perf_counter() - begin
    return {"rows": n_rows, "seconds": round(seconds, 2), "rows_per_s": round(n_rows / seconds, 1)}


def keep(name: str, figures: dict[str, object]) -> None:
    """Add a run to the results and print it."""
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    known[name] = figures | {"machine": machine()}
    RESULTS.write_text(json.dumps(dict(sorted(known.items())), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(name, json.dumps(figures), flush=True)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000])
    parser.add_argument("--calls", type=int, default=0, help="number of long transcripts")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--bare", type=int, default=4_000, help="comments for the rates of the bare model")
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--peer", action="store_true")
    given = parser.parse_args()
    texts = list(comments(given.bare, seed=1))
    bare = {workers: bare_rate(given.model, texts, workers) for workers in given.workers}
    if given.workers:
        alone = {"classifier_rows_per_s": round(classifier_rate(given.model, texts), 1)}
        keep(f"{given.model}, bare", alone | {f"tag_batch_rows_per_s_{w}": round(r, 1) for w, r in bare.items()})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = [(f"{n} comments", n, write_csv(folder / f"c{n}.csv", comments(n))) for n in given.sizes]
        if given.calls:
            sources.append((f"{given.calls} calls", given.calls, write_csv(folder / "calls.csv", calls(given.calls))))
        for kind, n, source in sources:
            for workers in given.workers:
                found = end_to_end(given.model, source, n, workers, folder)
                if "comments" in kind:
                    asked = (n - int(str(found["answered_without_model"]))) / float(str(found["seconds"]))
                    found["share_of_bare_rate"] = round(asked / bare[workers], 3)
                keep(f"{given.model}, {kind}, {workers} workers", found)
            if given.spark and "comments" in kind:
                keep(f"{given.model}, {kind}, Spark", spark(given.model, source, n, folder))
            if given.peer and "comments" in kind:
                keep(f"scikit-learn loop, {kind}", peer(source, n, folder, at_once=False))
                keep(f"scikit-learn at once, {kind}", peer(source, n, folder, at_once=True))


if __name__ == "__main__":
    main()
