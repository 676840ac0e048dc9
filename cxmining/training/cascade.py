"""Joins a fast and a full model into a cascade, with the deferral chosen on the development rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cxmining.classifiers.base import BoolArray
from cxmining.classifiers.cascade import CascadeTagger, choose_deferral, contradicted
from cxmining.classifiers.operating import HeldOut
from cxmining.classifiers.rules import Rules
from cxmining.evaluation.multilabel import f1_report
from cxmining.models import load_classifier, tier_name
from cxmining.taxonomy import Taxonomy
from cxmining.training.cards import model_card, write_card
from cxmining.training.rows import TrainingRows, check_labels, examples


def train_cascade(
    rows: TrainingRows, taxonomy: Taxonomy, out: Path, tiers: tuple[str | Path, str | Path], loss: float = 0.01
) -> dict[str, Any]:
    """Choose when the fast tier passes a text on, write the model folder, and give its card.

    Parameters
    ----------
    rows : TrainingRows
        The deferral is chosen on its development rows.
    taxonomy : Taxonomy
        Labels, those of the tiers.
    out : Path
        Model folder; it refers to the tiers by name, shipped or in folders beside it.
    tiers : tuple of str or Path
        Fast model and full model.
    loss : float, default 0.01
        Macro-F1 that may be lost against the full model.

    Returns
    -------
    dict
        The card, as written to ``card.toml``, with margin, share passed on and loss on the development rows.
    """
    fast, full = (load_classifier(tier)[0] for tier in tiers)
    for tier, classifier in zip(tiers, (fast, full), strict=True):
        check_labels(classifier.classes_, taxonomy, tier)
    dev = examples(rows.dev, taxonomy)
    told = [(tier.predict_proba(dev.passages), tier.thresholds_) for tier in (fast, full)]

    def macro(given: BoolArray) -> float:
        return f1_report(dev.gold.labels, given, dev.gold.known).macro

    folders = (tier_name(tiers[0], out), tier_name(tiers[1], out))
    rules = Rules.load(taxonomy.ids)
    always = contradicted(dev.passages, told[0][0] >= fast.thresholds_, rules)
    tagger = CascadeTagger(fast, full, choose_deferral(told[0], told[1], macro, loss, always), folders, rules)
    tagger.save(out)
    HeldOut(tagger.predict_proba(dev.passages), dev.gold.labels, dev.gold.known).save(out)
    card = model_card(tagger, rows, taxonomy, "the development rows")
    card["deferral"] = {
        "margin": round(tagger.deferral.margin, 4),
        "share_of_development_rows": round(tagger.deferral.share, 4),
        "macro_f1_lost_on_development_rows": round(tagger.deferral.loss, 4),
        "macro_f1_allowed_to_lose": loss,
    }
    write_card(out, card)
    return card
