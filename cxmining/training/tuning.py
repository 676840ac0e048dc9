"""The last steps of a network's training: calibration and thresholds on development rows, and the model folder."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxmining.classifiers.base import FloatArray, Votes
from cxmining.classifiers.calibration import apply_calibration, fit_calibration
from cxmining.classifiers.fast.serve import FastTagger
from cxmining.classifiers.operating import HeldOut
from cxmining.classifiers.thresholds import tune_f1
from cxmining.classifiers.transformer.serve import TransformerTagger
from cxmining.errors import ModelError
from cxmining.taxonomy import Taxonomy
from cxmining.training.cards import model_card, write_card
from cxmining.training.rows import Examples, TrainingRows

SHRINKAGE = 30.0
"""Positives at which a label's own best threshold and the common one weigh the same."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """Calibration of shape (n_labels, 4), thresholds (n_labels,), and the held-out scores that they were chosen on."""

    calibration: FloatArray
    thresholds: FloatArray
    held_out: HeldOut


def tune(logits: FloatArray, votes: Votes | None, dev: Examples) -> Tuned:
    """Fit calibration and thresholds to logits and the rules' votes, both (n, n_labels), on the development rows."""
    gold = dev.gold
    calibration = fit_calibration(logits, gold.labels, gold.known, votes)
    scores = apply_calibration(calibration, logits, votes)
    thresholds = tune_f1(scores, gold.labels, gold.known, shrinkage=SHRINKAGE)
    return Tuned(calibration, thresholds, HeldOut(scores, gold.labels, gold.known))


def write_model(
    tagger: TransformerTagger | FastTagger,
    out: Path,
    tuned: Tuned,
    rows: TrainingRows,
    taxonomy: Taxonomy,
    kept: dict[str, Any],
) -> dict[str, Any]:
    """Write the tagger, its held-out scores and its card, and give the card.

    Of ``kept``, an older card or what a new one is to say of the learning, stays how the tagger learned: rows to
    calibrate on may be others than those.
    """
    tagger.save(out)
    tuned.held_out.save(out)
    card = model_card(tagger, rows, taxonomy, "the development rows")
    card |= {key: kept[key] for key in ("name", "training_data", "parameters", "unlabelled_data") if kept.get(key)}
    write_card(out, card)
    return card


def kept_card(out: Path) -> dict[str, Any]:
    """Read the card of a model that is to be calibrated anew.

    Raises
    ------
    ModelError
        If the folder has none, or it is damaged.
    """
    try:
        return tomllib.loads((out / "card.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{out}: no trained model with a card to calibrate ({error})") from error
