"""What each round of training narratives gave: macro-F1 on development and test rows with one round more at a time.

    python paper/experiments/silver_rounds.py [--kind linear-head|tfidf|transformer] [--epochs 4]

The linear head and the n-grams take minutes a round, the transformer an hour or two. The head reads with rules, which
no round changes; the n-grams know nothing but the rows. Results of the kinds stand side by side in
``results/silver_rounds.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from cross_lingual import CachedEncoder

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.base import Classifier
from cxmining.classifiers.linear_head import LinearHead
from cxmining.classifiers.tfidf import TfidfTagger
from cxmining.corpora.load import Narrative
from cxmining.evaluation.multilabel import f1_report
from cxmining.models import load_classifier
from cxmining.training import TrainingRows, examples, train_transformer

RESULT = Path(__file__).parent / "results" / "silver_rounds.json"
TAXONOMY = load_taxonomy()
ROUNDS = (
    ("authored corpus", ()),
    ("round 1: the plan of the authored corpus again", ("s", "t", "art")),
    ("round 2: everyday comments, look-alikes, weak labels", ("e1", "e2", "n1", "t1", "t2", "s1", "c1", "a1")),
    ("round 3: weak labels, short and spoken", ("s3", "t3", "t4", "w3", "c2")),
    ("round 4: denied failures and twins, weak labels, articles", ("n5", "n6", "t5", "s5", "e5", "a5", "c5")),
    ("round 5: the mix of review sites, what did not happen, weak labels", ("e6", "e7", "e8", "n7", "t6")),
    ("round 6: each label denied or supposed, reviews by their usual place", ("n8", "n8b", "n9", "n10", "e9", "e10")),
)
"""Name of each round, and the second part of the ids of its rows."""


def by_round() -> list[tuple[str, list[Narrative]]]:
    """Give the training rows that each round added."""
    silver = load_corpus("failure_modes_silver").rows
    added = [(ROUNDS[0][0], list(load_corpus("failure_modes", split="train").rows))]
    for name, codes in ROUNDS[1:]:
        added.append((name, [row for row in silver if row.id.split("-")[1] in codes]))
    known = sum(len(rows) for _, rows in added[1:])
    if known != len(silver):
        raise SystemExit(f"{len(silver) - known} rows belong to no round; name their codes in ROUNDS")
    return [(name, rows) for name, rows in added if rows]


def macro(classifier: Classifier, rows: list[Narrative]) -> dict[str, float]:
    """Give macro-F1 of a model over all rows and by language."""
    found = {}
    for code in ("all", "hr", "ru", "ja"):
        data = examples([r for r in rows if code in ("all", r.language)], TAXONOMY)
        predicted = classifier.predict_proba(data.passages) >= classifier.thresholds_
        found[code] = round(f1_report(data.gold.labels, predicted, data.gold.known).macro, 4)
    return found


def linear_head(rows: TrainingRows, encoder: CachedEncoder) -> Classifier:
    """Fit the linear head; its thresholds come from folds of the training rows."""
    data = examples(rows.train, TAXONOMY)
    return LinearHead(encoder, TAXONOMY.ids).fit(data.passages, data.gold)


def tfidf(rows: TrainingRows) -> Classifier:
    """Fit the n-gram model; its thresholds come from folds of the training rows."""
    data = examples(rows.train, TAXONOMY)
    return TfidfTagger(TAXONOMY.ids).fit(data.passages, data.gold)


def transformer(rows: TrainingRows, epochs: int) -> Classifier:
    """Fine-tune; epoch and thresholds come from the development rows."""
    from cxmining.classifiers.transformer.fit import FitOptions

    with tempfile.TemporaryDirectory() as folder:
        train_transformer(rows, TAXONOMY, Path(folder), FitOptions(epochs=epochs))
        return load_classifier(folder)[0]


def main() -> None:
    """Train with one round more at a time and write what each gave."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=["linear-head", "tfidf", "transformer"], default="linear-head")
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args()
    dev, test = (list(load_corpus("failure_modes", split=split).rows) for split in ("dev", "test"))
    encoder = CachedEncoder()
    learned: list[Narrative] = []
    table: list[dict[str, Any]] = []
    for name, rows in by_round():
        learned += rows
        data = TrainingRows(learned, dev, test)
        if args.kind == "transformer":
            classifier = transformer(data, args.epochs)
        else:
            classifier = tfidf(data) if args.kind == "tfidf" else linear_head(data, encoder)
        found = {"dev": macro(classifier, dev), "test": macro(classifier, test)}
        table.append({"round": name, "n_added": len(rows), "n": len(learned), **found})
        print(json.dumps(table[-1]), flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    RESULT.write_text(json.dumps({**kept, args.kind: table}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
