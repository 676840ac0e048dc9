"""From a system's scores to its record, and who is ahead of whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from main_results import LANGUAGES, figures

from cxmining.classifiers.thresholds import tune_f1
from cxmining.evaluation.bootstrap import cluster_codes
from peers.base import Split

SHRINKAGE = 30.0
"""As the fine-tuned model's own thresholds are tuned."""


def quality(data: Path, scores: Path) -> dict[str, Any]:
    """Give micro- and macro-F1 of all test texts and of each language, with intervals over scenarios.

    Thresholds are a model's own where it has some, else the best on the development texts; the figures at 0.5 for all
    labels, which a user gets without tuning, stand beside them.
    """
    arrays = np.load(scores)
    test, dev = Split.read(data, "test"), Split.read(data, "dev")
    own = "thresholds" in arrays
    thresholds = arrays["thresholds"] if own else tune_f1(arrays["dev"], dev.labels, dev.known, shrinkage=SHRINKAGE)
    codes, languages = cluster_codes(test.scenarios), np.array(test.languages)
    predicted = arrays["test"] >= thresholds
    found: dict[str, Any] = {
        "thresholds": "the model's own" if own else "tuned on dev",
        "all": figures(test.labels, test.known, predicted, codes),
    }
    for code in LANGUAGES:
        m = languages == code
        own_codes = cluster_codes(codes[m].tolist())
        found[code] = figures(test.labels[m], test.known[m], predicted[m], own_codes)
    plain = figures(test.labels, test.known, arrays["test"] >= 0.5, codes)
    found["at_half"] = {"micro_f1": plain["micro_f1"], "macro_f1": plain["macro_f1"]}
    return found


def point(record: dict[str, Any]) -> tuple[float, float]:
    """Give documents a second on the test texts, and macro-F1."""
    return float(record["speed"]["test"]["documents_per_s"]), float(record["test"]["all"]["macro_f1"])


def ahead(systems: dict[str, dict[str, Any]], peers: set[str]) -> dict[str, list[str]]:
    """Give for each peer the package's models that are at least as fast and at least as good; best first."""
    found = {}
    for name in sorted(peers & set(systems)):
        speed, score = point(systems[name])
        better = [
            (point(record)[1], own)
            for own, record in systems.items()
            if own not in peers and point(record)[0] >= speed and point(record)[1] >= score
        ]
        found[name] = [own for _, own in sorted(better, reverse=True)]
    return found
