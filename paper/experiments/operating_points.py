"""Whether operating points chosen on held-out rows hold on test rows, and how well probabilities are calibrated.

    python paper/experiments/operating_points.py [--models linear-head transformer]

Writes ``results/operating_points.json`` and ``results/calibration.json``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.operating import OperatingPoint
from cxmining.evaluation.calibration import brier_score, expected_calibration_error
from cxmining.models import held_out, load_classifier
from cxmining.training import examples

RESULTS = Path(__file__).parent / "results"
POINTS = (
    OperatingPoint("precision", 0.8),
    OperatingPoint("precision", 0.9),
    OperatingPoint("recall", 0.8),
    OperatingPoint("recall", 0.9),
    OperatingPoint("misses", 0.1),
    OperatingPoint("misses", 0.2),
)


def main() -> None:
    """Measure every model and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["linear-head", "cascade", "transformer"])
    args = parser.parse_args()
    test = examples(load_corpus("failure_modes", split="test").rows, load_taxonomy())
    truth, known = test.gold.labels, test.gold.known
    points: dict[str, dict[str, dict[str, float]]] = {}
    calibration: dict[str, dict[str, float]] = {}
    for name in args.models:
        classifier, _ = load_classifier(name)
        kept = held_out(name, len(classifier.classes_))
        scores = classifier.predict_proba(test.passages)
        points[name] = {}
        for point in POINTS:
            given = (scores >= point.thresholds(kept)) & known
            hits = (given & truth).sum()
            missed = (truth & known & ~given).sum(axis=1) / np.maximum((truth & known).sum(axis=1), 1)
            points[name][f"{point.goal} {point.target}"] = {
                "precision": round(float(hits / max(given.sum(), 1)), 4),
                "recall": round(float(hits / (truth & known).sum()), 4),
                "missed_share": round(float(missed.mean()), 4),
            }
        cells = scores[known].astype(np.float64), truth[known]
        calibration[name] = {
            "ece": round(float(expected_calibration_error(*cells)), 4),
            "brier": round(float(brier_score(*cells)), 4),
        }
        print(name, json.dumps({**points[name], "calibration": calibration[name]}, indent=1))
    (RESULTS / "operating_points.json").write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "calibration.json").write_text(json.dumps(calibration, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
