"""Puts models into a cascade, with margins chosen on the development rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cxmining.classifiers.base import BoolArray
from cxmining.classifiers.cascade import (
    CascadeTagger,
    Passing,
    choose_margin,
    contradicted,
    distances,
    mixed,
    odds_beyond,
)
from cxmining.classifiers.operating import HeldOut
from cxmining.classifiers.rules import Rules
from cxmining.errors import UsageError
from cxmining.evaluation.multilabel import f1_report
from cxmining.models import load_classifier, tier_folder
from cxmining.taxonomy import Taxonomy
from cxmining.training.cards import model_card, write_card
from cxmining.training.rows import TrainingRows, check_labels, examples

CASCADE_LOSS = 0.005
"""Macro-F1 that each tier's answers may cost unless others are named."""

KEPT = (0.0, 0.1, 0.2, 0.3)
"""Weights that are tried for what was said so far: the better tier has the greater say."""


def train_cascade(
    rows: TrainingRows,
    taxonomy: Taxonomy,
    out: Path,
    tiers: Sequence[str | Path],
    losses: Sequence[float] = (CASCADE_LOSS,),
) -> dict[str, Any]:
    """Choose when each tier passes a text on, write the model folder, and give its card.

    The weight of what was said so far is chosen from the first tier to the last, the margins from the last to the
    first: the slowest tier is spared before the others are.

    Parameters
    ----------
    rows : TrainingRows
        The margins are chosen on its development rows.
    taxonomy : Taxonomy
        Labels, those of the tiers.
    out : Path
        Model folder; it refers to the tiers by name, shipped or in folders beside it.
    tiers : sequence of str or Path
        Two models or more, the quickest first, the best last.
    losses : sequence of float, default (0.005,)
        Macro-F1 that may be lost when a tier answers some texts itself, against passing all of them on; one for each
        tier but the last, or one for all.

    Returns
    -------
    dict
        The card, as written to ``card.toml``, with margins, the share of the development rows that reaches each tier,
        and the loss there.

    Raises
    ------
    UsageError
        If there are fewer than two tiers, no development rows, a loss below 0, or not as many as the tiers need.
    ModelError
        If a tier is of other labels, or stands elsewhere.
    """
    if len(tiers) < 2:
        raise UsageError("a cascade has two tiers or more")
    if not rows.dev:
        raise UsageError("a cascade chooses its margins on rows of the split dev; there are none")
    if wrong := [loss for loss in losses if not 0 <= loss < math.inf]:
        raise UsageError(f"the loss that a cascade may have is a number from 0 up, got {wrong[0]}")
    if len(losses) not in {1, len(tiers) - 1}:
        raise UsageError(f"{len(tiers)} tiers take one loss, or {len(tiers) - 1}: one for each but the last")
    allowed = list(losses) * (len(tiers) - 1) if len(losses) == 1 else list(losses)
    folders = [tier_folder(tier, out) for tier in tiers]
    models = [load_classifier(folder)[0] for folder in folders]
    for folder, model in zip(folders, models, strict=True):
        check_labels(model.classes_, taxonomy, folder)
    dev = examples(rows.dev, taxonomy)
    rules = Rules.load(taxonomy.ids)
    own = [odds_beyond(model.predict_proba(dev.passages), model.thresholds_) for model in models]

    def macro(decided: BoolArray) -> float:
        return f1_report(dev.gold.labels, decided, dev.gold.known).macro

    said, kept = own[:1], []
    for beyond in own[1:]:
        kept.append(max(KEPT, key=lambda share: macro(mixed(said[-1], beyond, share) >= 0)))
        said.append(mixed(said[-1], beyond, kept[-1]))
    decided = said[-1] >= 0
    best = macro(decided)
    passings: list[Passing] = []
    passed: list[BoolArray] = []
    for i in reversed(range(len(models) - 1)):
        quick = said[i] >= 0
        away = distances(said[i], dev.passages)
        if i == 0:
            away[contradicted(dev.passages, quick, rules)] = 0
        margin = choose_margin(quick, decided, away, macro, macro(decided) - allowed[i])
        passings.insert(0, Passing(margin, kept[i]))
        passed.insert(0, away < margin)
        decided = np.where(passed[0][:, None], decided, quick)
    names = [folder.name for folder in folders]
    tagger = CascadeTagger(models, passings, names, rules, out.resolve().name)
    tagger.save(out)
    HeldOut(tagger.predict_proba(dev.passages), dev.gold.labels, dev.gold.known).save(out)
    card = model_card(tagger, rows, taxonomy, "the development rows")
    card["deferral"] = {
        "tiers": names,
        "margins": [round(passing.margin, 4) for passing in passings],
        "kept": kept,
        "share_of_development_rows_that_reach_each_tier": _shares(passed, len(dev.passages)),
        "macro_f1_lost_on_development_rows": round(best - macro(decided), 4),
        "macro_f1_allowed_to_lose": allowed,
    }
    write_card(out, card)
    return card


def _shares(passed: Sequence[BoolArray], n: int) -> list[float]:
    """Give the share of texts that reach each tier."""
    reach = np.ones(n, np.bool_)
    shares = [1.0]
    for on in passed:
        reach &= on
        shares.append(round(float(reach.mean()), 4))
    return shares
