"""Makes a tagger from a codebook alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import cxmining
from cxmining.classifiers.definitions import DefinitionTagger, Descriptions
from cxmining.corpora import load_corpus
from cxmining.models import shipped_encoder
from cxmining.taxonomy import Label, Taxonomy, load_taxonomy
from cxmining.training.cards import write_card
from cxmining.training.rows import examples

_EVERY = 6
"""One of so many shipped training texts tells what is usual."""


def train_definitions(taxonomy: Taxonomy, out: Path) -> dict[str, Any]:
    """Make a tagger from names and definitions, write the model folder, and give its card.

    What similarity is usual, and how it turns into a probability, comes from shipped narratives and the shipped
    codebook.

    Parameters
    ----------
    taxonomy : Taxonomy
        Labels with definitions in any of the codebook's languages.
    out : Path
        Model folder.

    Returns
    -------
    dict
        The card; its metrics tell how well the method ranks the shipped labels on the shipped development rows.
    """
    encoder, shipped = shipped_encoder(), load_taxonomy()
    usual = examples(load_corpus("failure_modes", split="train").rows[::_EVERY], shipped)
    known = DefinitionTagger(encoder, shipped.ids).fit([descriptions(shipped[k]) for k in shipped.ids], usual.passages)
    known.scale(usual.passages, usual.gold.labels, usual.gold.known)
    tagger = DefinitionTagger(encoder, taxonomy.ids)
    tagger.fit([descriptions(taxonomy[k]) for k in taxonomy.ids], usual.passages).take_scale(known)
    tagger.save(out)
    card = {
        "name": tagger.name,
        "version": cxmining.__version__,
        "codebook": {"id": taxonomy.codebook.id, "version": taxonomy.codebook.version},
        "metrics": _ranking(known, shipped),
        "limits": [
            "learned from no example: it ranks texts and labels, its tags need checking",
            "Croatian, Russian and Japanese only; Bosnian and Serbian in Latin script are served by the Croatian side",
        ],
    }
    write_card(out, card)
    return card


def descriptions(label: Label) -> Descriptions:
    """Give what the codebook says of a label, by language: its name, its definition, the cases it covers."""
    found = {code: [label.name[code], text] for code, text in label.definition.items() if code in label.name}
    if label.includes:
        found.setdefault("en", []).extend(label.includes)
    return found


def _ranking(tagger: DefinitionTagger, taxonomy: Taxonomy) -> dict[str, Any]:
    """Measure how well the shipped labels are ranked on the shipped development rows."""
    from sklearn.metrics import average_precision_score, label_ranking_average_precision_score

    dev = examples(load_corpus("failure_modes", split="dev").rows, taxonomy)
    truth, scores = dev.gold.labels, tagger.predict_proba(dev.passages)
    told = truth.any(axis=1)
    precision = [average_precision_score(truth[:, k], scores[:, k]) for k in range(len(taxonomy)) if truth[:, k].any()]
    return {
        "data": "the method on the shipped codebook and the development rows of failure_modes, not on this codebook",
        "n": int(told.sum()),
        "label_ranking_average_precision": round(
            float(label_ranking_average_precision_score(truth[told], scores[told])), 4
        ),
        "mean_average_precision": round(float(np.mean(precision)), 4),
    }
