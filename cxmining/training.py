"""Joins the stages for learning: corpus rows to passages and gold labels, a fitted classifier, its card.

Beside ``pipeline.py`` the only file that sees several stages.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import cxmining
from cxmining.classifiers.base import BoolArray, Classifier, Gold, Interval
from cxmining.classifiers.linear_head import LinearHead
from cxmining.corpora.load import Narrative
from cxmining.errors import CorpusError
from cxmining.evaluation.multilabel import f1_report
from cxmining.models import shipped_encoder
from cxmining.records import LanguageGuess, Passage
from cxmining.taxonomy import Taxonomy
from cxmining.text import segments, to_document


@dataclass(frozen=True, slots=True)
class Examples:
    """Corpus rows made ready for a classifier."""

    passages: list[Passage]
    gold: Gold


def examples(rows: Iterable[Narrative], taxonomy: Taxonomy) -> Examples:
    """Turn corpus rows into passages and gold labels.

    Parameters
    ----------
    rows : iterable of Narrative
        Rows with labels, open labels and raw evidence.
    taxonomy : Taxonomy
        Order of the labels.

    Raises
    ------
    CorpusError
        If a row bears a label that the taxonomy does not have.
    """
    kept = list(rows)
    labels = np.zeros((len(kept), len(taxonomy)), np.bool_)
    known = np.ones_like(labels)
    passages: list[Passage] = []
    spans: list[dict[int, list[Interval]]] = []
    for i, row in enumerate(kept):
        document = to_document(row.text, LanguageGuess(row.language, 1.0))
        passages.append(Passage(document, tuple(segments(document))))
        for label in (*row.labels, *row.maybe):
            if label not in taxonomy.index:
                raise CorpusError(f"row {row.id!r}: label {label!r} is not in the codebook {taxonomy.codebook.id!r}")
        labels[i, [taxonomy.index[label] for label in row.labels]] = True
        known[i, [taxonomy.index[label] for label in row.maybe if label not in row.labels]] = False
        found: dict[int, list[Interval]] = {}
        for span in row.evidence:
            first = int(np.searchsorted(document.ends, span.start, side="right"))
            last = int(np.searchsorted(document.starts, span.end, side="left"))
            if span.label in row.labels and last > first:
                found.setdefault(taxonomy.index[span.label], []).append((first, last))
        spans.append(found)
    return Examples(passages, Gold(labels, known, spans, [r.scenario for r in kept]))


def train_linear_head(
    train: Sequence[Narrative], dev: Sequence[Narrative], taxonomy: Taxonomy, out: Path, seed: int = 0
) -> dict[str, Any]:
    """Train the linear head, write the model folder, and give its card.

    Parameters
    ----------
    train, dev : sequence of Narrative
        Rows to learn from and rows to report on; neither empty.
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
    learn = examples(train, taxonomy)
    classifier = LinearHead(shipped_encoder(), taxonomy.ids, seed=seed).fit(learn.passages, learn.gold)
    classifier.save(out)
    card = model_card(classifier, "linear-head", train, dev, taxonomy)
    write_card(out, card)
    return card


def model_card(
    classifier: Classifier, name: str, train: Sequence[Narrative], dev: Sequence[Narrative], taxonomy: Taxonomy
) -> dict[str, Any]:
    """Describe a model: data with hashes, metrics by language and label on the development rows, limits."""
    held = examples(dev, taxonomy)
    predicted = classifier.predict_proba(held.passages) >= classifier.thresholds_
    languages = np.array([row.language for row in dev])
    everything = f1_report(held.gold.labels, predicted, held.gold.known)
    return {
        "name": name,
        "version": cxmining.__version__,
        "codebook": {"id": taxonomy.codebook.id, "version": taxonomy.codebook.version},
        "licence": "Apache-2.0",
        "training_data": _data_note(train),
        "development_data": _data_note(dev),
        "metrics": {
            "data": "development rows; thresholds were tuned on held-out folds of the training rows",
            "all": _figures(held.gold.labels, predicted, held.gold.known),
            **{
                code: _figures(*(a[languages == code] for a in (held.gold.labels, predicted, held.gold.known)))
                for code in sorted(set(languages))
            },
            "f1_by_label": {k: round(float(v), 4) for k, v in zip(taxonomy.ids, everything.f1, strict=True)},
            "support_by_label": {k: int(v) for k, v in zip(taxonomy.ids, everything.support, strict=True)},
        },
        "limits": [
            "trained on synthetic narratives written and annotated by large language models",
            "Croatian, Russian and Japanese only; Bosnian and Serbian in Latin script are served by the Croatian side",
        ],
    }


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Write ``card.toml``."""
    import tomli_w

    (folder / "card.toml").write_text(tomli_w.dumps(card), encoding="utf-8")


def keep_codebook(folder: Path, codebook: Path | None) -> None:
    """Copy a user's codebook into the model folder, so that the model carries its own labels."""
    if codebook is not None:
        shutil.copyfile(codebook, folder / "codebook.toml")


def _figures(truth: BoolArray, predicted: BoolArray, known: BoolArray) -> dict[str, float]:
    """Give the main figures of a set of rows."""
    report = f1_report(truth, predicted, known)
    return {"micro_f1": round(report.micro, 4), "macro_f1": round(report.macro, 4), "n": len(truth)}


def _data_note(rows: Sequence[Narrative]) -> dict[str, Any]:
    """Count rows by language and hash their content."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda r: r.id):
        content = json.dumps([row.id, row.text, sorted(row.labels)], ensure_ascii=False)
        digest.update(content.encode())
    languages = sorted({row.language for row in rows})
    counts = {code: sum(row.language == code for row in rows) for code in languages}
    return {"n": len(rows), "by_language": counts, "sha256": digest.hexdigest()}
