"""What each round of training narratives gave: macro-F1 on development and test rows with one round more at a time.

    python paper/experiments/silver_rounds.py [--kind linear-head|transformer] [--epochs 4]

The linear head takes minutes, the transformer half an hour a round. Results of the two kinds stand side by side in
``results/silver_rounds.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from cxmining import load_corpus, load_taxonomy
from cxmining.corpora.load import Narrative
from cxmining.evaluation.multilabel import f1_report
from cxmining.models import load_classifier
from cxmining.training import TrainingRows, examples, train_linear_head, train_transformer

RESULT = Path(__file__).parent / "results" / "silver_rounds.json"
TAXONOMY = load_taxonomy()
ROUNDS = (
    ("authored corpus", ()),
    ("round 1: the plan of the authored corpus again", ("s", "t", "art")),
    ("round 2: everyday comments, look-alikes, weak labels", ("e1", "e2", "n1", "t1", "t2", "s1", "c1", "a1")),
    ("round 3: weak labels, short and spoken", ("s3", "t3", "t4", "w3", "c2")),
    ("round 4: denied failures and twins, weak labels, articles", ("n5", "n6", "t5", "s5", "e5", "a5", "c5")),
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


def macro(folder: Path, rows: list[Narrative]) -> dict[str, float]:
    """Give macro-F1 of a model over all rows and by language."""
    classifier, _ = load_classifier(folder)
    found = {}
    for code in ("all", "hr", "ru", "ja"):
        data = examples([r for r in rows if code in ("all", r.language)], TAXONOMY)
        predicted = classifier.predict_proba(data.passages) >= classifier.thresholds_
        found[code] = round(f1_report(data.gold.labels, predicted, data.gold.known).macro, 4)
    return found


def main() -> None:
    """Train with one round more at a time and write what each gave."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=["linear-head", "transformer"], default="linear-head")
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args()
    dev, test = (list(load_corpus("failure_modes", split=split).rows) for split in ("dev", "test"))
    learned: list[Narrative] = []
    table: list[dict[str, Any]] = []
    for name, rows in by_round():
        learned += rows
        data = TrainingRows(learned, dev, test)
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder)
            if args.kind == "transformer":
                from cxmining.classifiers.transformer.fit import FitOptions

                train_transformer(data, TAXONOMY, out, FitOptions(epochs=args.epochs))
            else:
                train_linear_head(data, TAXONOMY, out)
            table.append(
                {
                    "round": name,
                    "n_added": len(rows),
                    "n": len(learned),
                    "dev": macro(out, dev),
                    "test": macro(out, test),
                }
            )
        print(json.dumps(table[-1]))
    RESULT.parent.mkdir(exist_ok=True)
    kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    RESULT.write_text(json.dumps({**kept, args.kind: table}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
