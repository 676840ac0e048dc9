"""Trains the linear head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cxmining.classifiers.linear_head import LinearHead
from cxmining.models import shipped_encoder
from cxmining.taxonomy import Taxonomy
from cxmining.training.cards import model_card, write_card
from cxmining.training.rows import TrainingRows, examples


def train_linear_head(rows: TrainingRows, taxonomy: Taxonomy, out: Path, seed: int = 0) -> dict[str, Any]:
    """Train the linear head, write the model folder, and give its card.

    Parameters
    ----------
    rows : TrainingRows
        Rows; thresholds come from held-out folds of the training rows.
    taxonomy : Taxonomy
        Labels.
    out : Path
        Model folder.
    seed : int, default 0
        Seed of the folds.

    Returns
    -------
    dict
        The card, as written to ``card.toml``.
    """
    learn = examples(rows.train, taxonomy)
    classifier = LinearHead(shipped_encoder(), taxonomy.ids, seed=seed).fit(learn.passages, learn.gold)
    classifier.save(out)
    card = model_card(classifier, rows, taxonomy, "held-out folds of the training rows")
    write_card(out, card)
    return card
