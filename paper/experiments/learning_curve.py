"""How the scores of the linear models grow with the training rows.

    python paper/experiments/learning_curve.py [--systems linear-head tfidf] [--draws 3] [--shares 0.01 ... 1]

Learns from growing shares of the training rows (whole scenarios, each share inside the next), tests on the test rows,
and fits a power law through the macro-F1. All rows are drawn once, smaller shares as often as ``--draws`` says. Writes
``results/learning_curve.json``.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from cross_lingual import CachedEncoder, digest
from measuring import machine
from peers.data import TRAIN_CORPORA

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.base import Classifier
from cxmining.classifiers.linear_head import LinearHead
from cxmining.classifiers.tfidf import TfidfTagger
from cxmining.corpora.load import Narrative
from cxmining.evaluation.bootstrap import cluster_codes
from cxmining.evaluation.learning_curve import fit_learning_curve, nested_subsets
from cxmining.evaluation.multilabel import f1_report
from cxmining.training import Examples, examples

RESULTS = Path(__file__).parent / "results" / "learning_curve.json"
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
TAXONOMY = load_taxonomy()


def fitted(system: str, rows: list[Narrative], encoder: CachedEncoder, seed: int) -> Classifier:
    """Fit one system."""
    learn = examples(rows, TAXONOMY)
    if system == "tfidf":
        return TfidfTagger(TAXONOMY.ids, seed=seed).fit(learn.passages, learn.gold)
    return LinearHead(encoder, TAXONOMY.ids, seed=seed).fit(learn.passages, learn.gold)


def curve(system: str, train: list[Narrative], held: Examples, draws: int, shares: list[float]) -> dict[str, Any]:
    """Measure one system at every share."""
    encoder = CachedEncoder()
    codes = cluster_codes([row.scenario for row in train])
    scores: dict[float, list[tuple[int, float, float]]] = {share: [] for share in shares}
    for seed in range(draws):
        for share, rows in zip(shares, nested_subsets(codes, shares, seed), strict=True):
            if share == 1.0 and seed:
                continue
            begin = time.perf_counter()
            model = fitted(system, [train[i] for i in rows], encoder, seed)
            report = f1_report(
                held.gold.labels, model.predict_proba(held.passages) >= model.thresholds_, held.gold.known
            )
            scores[share].append((len(rows), report.micro, report.macro))
            print(
                system, share, seed, len(rows), round(report.macro, 3), round(time.perf_counter() - begin), flush=True
            )
    points = []
    for share, found in scores.items():
        n, micro, macro = np.mean(found, axis=0)
        point = {"share": f"{share:.0%}", "n_train": round(n), "micro_f1": round(micro, 4), "macro_f1": round(macro, 4)}
        if len(found) > 1:
            point["macro_f1_sd"] = round(float(np.std([f[2] for f in found], ddof=1)), 4)
        points.append(point)
    law = fit_learning_curve([p["n_train"] for p in points], [p["macro_f1"] for p in points])
    fit = {"ceiling": round(law.ceiling, 4), "loss": round(law.loss, 4), "rate": round(law.rate, 4)}
    return {"points": points, "power_law": fit, "expected_at_twice_the_rows": round(law.at(2 * len(train)), 4)}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", nargs="+", default=["tfidf", "linear-head"], choices=["tfidf", "linear-head"])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--shares", type=float, nargs="+", default=list(SHARES))
    args = parser.parse_args()
    if len(set(args.shares)) < 3:
        parser.error("a curve needs three shares or more")
    train = [row for name in TRAIN_CORPORA for row in load_corpus(name, split="train")]
    test = list(load_corpus("failure_modes", split="test"))
    held = examples(test, TAXONOMY)
    old = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    key = digest(train + test)
    found = old["systems"] if old.get("data_sha256") == key else {}
    for system in args.systems:
        measured = curve(system, train, held, args.draws, args.shares)
        found[system] = {**measured, "draws": args.draws, "machine": machine()}
        result = {"data_sha256": key, "systems": found}
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
