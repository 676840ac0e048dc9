"""What a codebook gives before there are labelled texts, and what the first few of them add.

    python paper/experiments/definitions.py [--draws 3]

Test rows are ranked by definitions alone, by the labels' frequency in the training rows, and at random; then the linear
head, without rules, which a codebook of one's own does not have, learns from training rows of failure_modes drawn so
that every label has 8, 20 or 50 of them, or all it has. Labels are ranked for each text that bears one (label ranking
average precision) and texts for each label (mean average precision). Writes ``results/definitions.json``; figures of
drawn rows are means over the draws.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from cross_lingual import CachedEncoder, digest
from measuring import machine

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.base import FloatArray, Gold
from cxmining.classifiers.linear_head import LinearHead
from cxmining.classifiers.rules import Rules
from cxmining.evaluation.multilabel import f1_report
from cxmining.evaluation.ranking import ranking_report
from cxmining.models import load_classifier
from cxmining.training import Examples, examples, train_definitions

RESULTS = Path(__file__).parent / "results" / "definitions.json"
TAXONOMY = load_taxonomy()
SHOTS = (8, 20, 50)


def figures(scores: FloatArray, thresholds: FloatArray | None, held: Examples) -> dict[str, float]:
    """Give the quality of rankings over the test rows, and F1 where there are decisions."""
    gold = held.gold
    told = gold.labels.any(axis=1)
    by_text = ranking_report(gold.labels[told], scores[told], gold.known[told])
    by_label = ranking_report(gold.labels, scores, gold.known)
    found = {"lrap": by_text.lrap, "mean_average_precision": by_label.mean_average_precision}
    if thresholds is not None:
        report = f1_report(gold.labels, scores >= thresholds, gold.known)
        found |= {"micro_f1": report.micro, "macro_f1": report.macro}
    return {name: round(float(value), 4) for name, value in found.items()}


def drawn(gold: Gold, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw rows until every label has n of them, the rarest label first; a tenth more rows have no label."""
    chosen = np.zeros(len(gold.labels), np.bool_)
    for k in np.argsort(gold.labels.sum(axis=0)):
        missing = n - int(gold.labels[chosen, k].sum())
        free = np.flatnonzero(gold.labels[:, k] & ~chosen)
        chosen[rng.permutation(free)[: max(0, missing)]] = True
    empty = np.flatnonzero(~gold.labels.any(axis=1))
    chosen[rng.permutation(empty)[: max(1, int(chosen.sum()) // 10)]] = True
    return np.flatnonzero(chosen)


def part(data: Examples, rows: np.ndarray) -> tuple[list, Gold]:
    """Give some rows of the training data."""
    gold = data.gold
    spans, groups = ([side[i] for i in rows] for side in (gold.spans, gold.groups))
    return [data.passages[i] for i in rows], Gold(gold.labels[rows], gold.known[rows], spans, groups)


def main() -> None:
    """Rank, learn from few, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=3)
    args = parser.parse_args()
    train, test = (list(load_corpus("failure_modes", split=split).rows) for split in ("train", "test"))
    learn, held = examples(train, TAXONOMY), examples(test, TAXONOMY)
    shape = held.gold.labels.shape
    found: dict[str, dict[str, float]] = {}

    def keep(name: str, row: dict[str, float]) -> None:
        found[name] = row
        print(f"{name:28}", row, flush=True)

    rng = np.random.default_rng(0)
    keep("at random", figures(rng.random(shape).astype(np.float32), None, held))
    often = np.tile(learn.gold.labels.mean(axis=0).astype(np.float32), (shape[0], 1))
    keep("most frequent labels first", figures(often, None, held))
    with tempfile.TemporaryDirectory() as folder:
        train_definitions(TAXONOMY, Path(folder))
        tagger, _ = load_classifier(folder)
        keep("definitions alone", figures(tagger.predict_proba(held.passages), tagger.thresholds_, held))
    encoder = CachedEncoder()
    for n in (*SHOTS, None):
        runs = []
        for seed in range(args.draws if n else 1):
            rows = drawn(learn.gold, n, np.random.default_rng(seed)) if n else np.arange(len(train))
            head = LinearHead(encoder, TAXONOMY.ids, seed=seed)
            # A codebook of one's own has no rules.
            head._rules = Rules(tuple(TAXONOMY.ids), {})
            head.fit(*part(learn, rows))
            runs.append({"n_train": len(rows), **figures(head.predict_proba(held.passages), head.thresholds_, held)})
        mean = {key: round(float(np.mean([r[key] for r in runs])), 4) for key in runs[0]}
        keep(f"linear head, {n} texts a label" if n else "linear head, whole corpus", mean)
    result = {"data_sha256": digest(train + test), "draws": args.draws, "machine": machine(), "settings": found}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
