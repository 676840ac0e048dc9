"""Trains the linear models: the head on the encoder, the one on n-grams, and what stacks them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cxmining.classifiers.linear_head import LinearHead
from cxmining.classifiers.operating import HeldOut
from cxmining.classifiers.stacked import StackedTagger
from cxmining.classifiers.tfidf import TfidfTagger
from cxmining.corpora import load_corpus
from cxmining.errors import CorpusError
from cxmining.models import SOURCE, shipped_encoder, shipped_source
from cxmining.taxonomy import Taxonomy
from cxmining.training.cards import model_card, write_card
from cxmining.training.definitions import descriptions
from cxmining.training.rows import TrainingRows, examples

_TAUGHT = ("failure_modes", "failure_modes_silver")
"""Corpora whose training rows taught the shipped taggers."""


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
    return _train(LinearHead(shipped_encoder(), taxonomy.ids, seed=seed), rows, taxonomy, out)


def train_tfidf(rows: TrainingRows, taxonomy: Taxonomy, out: Path, seed: int = 0) -> dict[str, Any]:
    """Train the n-gram baseline, write the model folder, and give its card; parameters as :func:`train_linear_head`."""
    return _train(TfidfTagger(taxonomy.ids, seed=seed), rows, taxonomy, out)


def train_stacked(rows: TrainingRows, taxonomy: Taxonomy, out: Path, seed: int = 0) -> dict[str, Any]:
    """Train the stacking of both with definitions and the shipped tagger's scores, write the folder, give its card.

    Where more than a twentieth of the training rows are ones whose labels the shipped tagger learned, its scores are
    left out: it knows those rows better than any to come. Parameters as :func:`train_linear_head`.
    """
    told = [descriptions(taxonomy[label]) for label in taxonomy.ids]
    n_seen = _n_seen(rows)
    source = shipped_source() if n_seen <= len(rows.train) / 20 else None
    beside = (
        f"the shipped tagger {SOURCE}, whose scores are features"
        if source
        else f"no other tagger: {n_seen} of {len(rows.train)} training rows are ones that the shipped one learned from"
    )
    tagger = StackedTagger(shipped_encoder(), taxonomy.ids, told, source, seed=seed)
    return _train(tagger, rows, taxonomy, out, {"learned_beside": beside})


def _n_seen(rows: TrainingRows) -> int:
    """Count the training rows whose texts and labels the shipped taggers learned."""
    seen = {row.text for name in _TAUGHT for row in load_corpus(name, split="train")}
    return sum(row.text in seen for row in rows.train)


def _train(
    classifier: LinearHead | TfidfTagger | StackedTagger,
    rows: TrainingRows,
    taxonomy: Taxonomy,
    out: Path,
    notes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Fit, save and describe."""
    learn = examples(rows.train, taxonomy)
    if len(set(learn.gold.groups)) < 2:
        raise CorpusError("training needs rows of two scenarios or more, so that some can be held out; give more rows")
    classifier.fit(learn.passages, learn.gold).save(out)
    held_out = HeldOut(classifier.held_out_, learn.gold.labels, learn.gold.known)
    held_out.save(out)
    card = model_card(classifier, rows, taxonomy, "held-out folds of the training rows", held_out)
    names = ("c", "c_document", "c_segment", "min_documents", "n_folds", "seed")
    card["parameters"] = {name: getattr(classifier, name) for name in names if hasattr(classifier, name)}
    card |= notes or {}
    write_card(out, card)
    return card
