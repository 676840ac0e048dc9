"""How far off counted shares are when the texts differ from those that the classifier was checked on.

    python paper/experiments/prevalence.py [--model auto] [--texts 400] [--draws 40]

For each label, texts are drawn from the test rows so that a given share bears it, and the share is estimated by
counting tags, by the adjusted count, by the mean probability and by the probabilistic adjusted count. The classifier is
checked on the development rows, whose share is another one: this is the shift that the corrections are for (artificial
prevalence protocol; Forman 2008). Labels with 20 test rows or more take part. Writes ``results/prevalence.json``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from cross_lingual import digest
from measuring import machine

from cxmining import Tagger, load_corpus, load_taxonomy
from cxmining.evaluation.prevalence import Checked, estimate_prevalence
from cxmining.model_files import model_files
from cxmining.scoring.manifest import digest as file_digest
from cxmining.training import examples

RESULTS = Path(__file__).parent / "results" / "prevalence.json"
SHARES = (0.02, 0.05, 0.1, 0.2, 0.4)
CHECKED = (("failure_modes", "dev"), ("failure_modes_tuning", "dev"))
LEAST_POSITIVES = 20


def main() -> None:
    """Draw, estimate, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--draws", type=int, default=40)
    args = parser.parse_args()
    taxonomy = load_taxonomy()
    tagger = Tagger.load(args.model)

    def scored(rows: list) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        data = examples(rows, taxonomy)
        return data.gold.labels, data.gold.known, tagger.classifier.predict_proba(data.passages)

    test = list(load_corpus("failure_modes", split="test"))
    checked = scored([row for name, split in CHECKED for row in load_corpus(name, split=split)])
    truth, known, scores = scored(test)
    rng = np.random.default_rng(0)
    errors: dict[str, dict[float, list[float]]] = {}
    covered: dict[str, list[bool]] = {}
    for k in range(len(taxonomy)):
        positive, negative = (np.flatnonzero((truth[:, k] == side) & known[:, k]) for side in (True, False))
        if len(positive) < LEAST_POSITIVES:
            continue
        for share in SHARES:
            for _ in range(args.draws):
                n = rng.binomial(args.texts, share)
                rows = np.concatenate([rng.choice(positive, n), rng.choice(negative, args.texts - n)])
                real = n / args.texts
                for name, give in (
                    ("count", lambda s, k=k: s[:, [k]] >= tagger.thresholds[k]),
                    ("probability", lambda s, k=k: s[:, [k]]),
                ):
                    known_k = checked[1][:, [k]]
                    told = estimate_prevalence(
                        give(scores[rows]), Checked(checked[0][:, [k]], give(checked[2]), known_k), n_samples=200
                    )
                    names = {"count": ("classify and count", "adjusted count")}.get(
                        name, ("mean probability", "probabilistic adjusted count")
                    )
                    for system, value in zip(names, (told.counted[0], told.adjusted[0]), strict=True):
                        errors.setdefault(system, {}).setdefault(share, []).append(abs(value - real))
                    covered.setdefault(names[1], []).append(bool(told.low[0] <= real <= told.high[0]))
    table = {
        system: {
            "mean_absolute_error": round(float(np.nanmean([e for row in by_share.values() for e in row])), 4),
            "undefined_share": round(float(np.isnan([e for row in by_share.values() for e in row]).mean()), 4),
            "by_share": {f"{share:.0%}": round(float(np.nanmean(row)), 4) for share, row in by_share.items()},
        }
        for system, by_share in errors.items()
    }
    for system, inside in covered.items():
        table[system]["coverage"] = round(float(np.mean(inside)), 4)
    result = {
        "systems": table,
        "texts": args.texts,
        "draws": args.draws,
        "data_sha256": digest(list(test)),
        "model_sha256": {path.name: file_digest(path) for path in model_files(args.model)},
        "machine": machine(),
    }
    print(json.dumps(table, indent=1))
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
