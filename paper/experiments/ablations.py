"""What each part of the systems gives: one left out at a time, on the test rows.

    python paper/experiments/ablations.py [--only linear shipped transformer] [--epochs 3]

``linear``: the linear head without centring, without evidence spans, without rules, learned anew from all training
rows. ``shipped``: the shipped transformer calibrated anew without rules, or without what the rules deny.
``transformer``: small ones, learned from ``failure_modes`` alone in few epochs so that all fit into an hour, without
evidence supervision and without augmentation; they compare with each other, not with the shipped one. Runs are merged
into ``results/ablations.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from cross_lingual import CachedEncoder, digest
from measuring import machine
from peers.data import TRAIN_CORPORA

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.base import FloatArray
from cxmining.classifiers.calibration import apply_calibration, fit_calibration
from cxmining.classifiers.linear_head import LinearHead
from cxmining.classifiers.rules import Rules
from cxmining.classifiers.thresholds import tune_f1
from cxmining.evaluation.multilabel import f1_report
from cxmining.models import load_classifier
from cxmining.training import Examples, TrainingRows, examples, train_transformer
from cxmining.training.tuning import SHRINKAGE

RESULTS = Path(__file__).parent / "results" / "ablations.json"
TAXONOMY = load_taxonomy()
Figures = dict[str, float]


def figures(scores: FloatArray, thresholds: FloatArray, held: Examples) -> Figures:
    """Give the F1 of decisions."""
    report = f1_report(held.gold.labels, scores >= thresholds, held.gold.known)
    return {"micro_f1": round(report.micro, 4), "macro_f1": round(report.macro, 4)}


def linear(held: Examples, _: int) -> dict[str, Figures]:
    """Leave parts of the linear head out."""
    learn = examples([row for name in TRAIN_CORPORA for row in load_corpus(name, split="train")], TAXONOMY)
    encoder = CachedEncoder()
    means = encoder.means
    found = {}
    for setting in ("whole", "without centring", "without evidence spans", "without rules"):
        encoder.means = {k: np.zeros_like(v) for k, v in means.items()} if setting == "without centring" else means
        gold = learn.gold
        if setting == "without evidence spans":
            gold = replace(gold, spans=[{} for _ in learn.passages])
        head = LinearHead(encoder, TAXONOMY.ids)
        if setting == "without rules":
            head._rules = Rules(tuple(TAXONOMY.ids), {})
        head.fit(learn.passages, gold)
        found[setting] = figures(head.predict_proba(held.passages), head.thresholds_, held)
        print("linear head", setting, found[setting], flush=True)
    return found


def shipped(held: Examples, _: int) -> dict[str, Figures]:
    """Leave what the rules say out of the shipped transformer's calibration."""
    tuning = [row for name in ("failure_modes", "failure_modes_tuning") for row in load_corpus(name, split="dev")]
    dev = examples(tuning, TAXONOMY)
    tagger, _codebook = load_classifier("transformer")
    logits, votes = tagger.features(dev.passages)  # type: ignore[attr-defined]
    test_logits, test_votes = tagger.features(held.passages)  # type: ignore[attr-defined]
    kinds: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "whole": lambda v: v,
        "without denials": lambda v: np.maximum(v, 0),
        "without rules": np.zeros_like,
    }
    found = {}
    for setting, keep in kinds.items():
        calibration = fit_calibration(logits, dev.gold.labels, dev.gold.known, keep(votes))
        scores = apply_calibration(calibration, logits, keep(votes))
        thresholds = tune_f1(scores, dev.gold.labels, dev.gold.known, shrinkage=SHRINKAGE)
        found[setting] = figures(apply_calibration(calibration, test_logits, keep(test_votes)), thresholds, held)
        print("shipped transformer", setting, found[setting], flush=True)
    return found


def transformer(held: Examples, epochs: int) -> dict[str, Figures]:
    """Learn small transformers without a part."""
    from cxmining.classifiers.transformer.fit import FitOptions

    rows = TrainingRows.of(load_corpus("failure_modes"))
    whole = FitOptions(epochs=epochs)
    settings = {
        "whole": whole,
        "without evidence": replace(whole, token_weight=0.0),
        "without augmentation": replace(whole, augment=False),
    }
    found = {}
    for setting, options in settings.items():
        with tempfile.TemporaryDirectory() as folder:
            train_transformer(rows, TAXONOMY, Path(folder), options)
            tagger, _codebook = load_classifier(folder)
            found[setting] = figures(tagger.predict_proba(held.passages), tagger.thresholds_, held)
        print("transformer", setting, found[setting], flush=True)
    return found


def main() -> None:
    """Run what is asked for and merge the results."""
    kinds = {"linear": linear, "shipped": shipped, "transformer": transformer}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(kinds), default=list(kinds))
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    names = {"linear": "linear head", "shipped": "transformer", "transformer": "small transformer"}
    held = examples(load_corpus("failure_modes", split="test"), TAXONOMY)
    names_of_corpora = (*TRAIN_CORPORA, "failure_modes_tuning")
    key = digest([row for name in names_of_corpora for row in load_corpus(name)])
    for kind in args.only:
        found = kinds[kind](held, args.epochs)
        origin = {"data_sha256": key, "epochs": args.epochs if kind == "transformer" else None, "machine": machine()}
        old = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {"systems": {}}
        result = {"systems": {**old["systems"], names[kind]: {**found, **origin}}}
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
