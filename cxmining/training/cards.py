"""The card of a model: data with hashes, metrics by language and label, limits."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import cxmining
from cxmining.classifiers.base import BoolArray, Classifier
from cxmining.classifiers.operating import HeldOut
from cxmining.corpora.load import Narrative
from cxmining.evaluation.multilabel import f1_report
from cxmining.taxonomy import Taxonomy
from cxmining.training.rows import TrainingRows, examples


def model_card(
    classifier: Classifier, rows: TrainingRows, taxonomy: Taxonomy, tuned_on: str, held_out: HeldOut | None = None
) -> dict[str, Any]:
    """Describe a model: data with hashes, metrics by language and label, limits.

    The metrics come from the test rows, else the development rows, else from the held-out folds of the training rows.
    """
    if rows.report or held_out is None:
        told = rows.report
        held = examples(told, taxonomy)
        scores, truth, known = classifier.predict_proba(held.passages), held.gold.labels, held.gold.known
        source = f"{'test' if rows.test else 'development'} rows; thresholds were tuned on {tuned_on}"
    else:
        told, (scores, truth, known) = rows.train, (held_out.scores, held_out.labels, held_out.known)
        source = f"held-out folds of the training rows; thresholds were tuned on {tuned_on}: a little too good"
    predicted = scores >= classifier.thresholds_
    languages = np.array([row.language for row in told])
    everything = f1_report(truth, predicted, known)
    return {
        "name": classifier.name,
        "version": cxmining.__version__,
        "codebook": {"id": taxonomy.codebook.id, "version": taxonomy.codebook.version},
        "training_data": _data_note(rows.train),
        "development_data": _data_note(rows.dev),
        "metrics": {
            "data": source,
            "all": _figures(truth, predicted, known),
            **{
                code: _figures(*(a[languages == code] for a in (truth, predicted, known)))
                for code in sorted(set(languages))
            },
            "f1_by_label": {k: round(float(v), 4) for k, v in zip(taxonomy.ids, everything.f1, strict=True)},
            "support_by_label": {k: int(v) for k, v in zip(taxonomy.ids, everything.support, strict=True)},
        },
        "limits": [
            "knows what its training data told; see the cards of the corpora for how they were made",
            "Croatian, Russian and Japanese only; Bosnian and Serbian in Latin script are served by the Croatian side",
        ],
    }


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Write ``card.toml``."""
    import tomli_w

    (folder / "card.toml").write_text(tomli_w.dumps(card), encoding="utf-8")


def keep_codebook(folder: Path, codebook: Path | None) -> None:
    """Copy a user's codebook into the model folder, so that the model carries its own labels; remove an older one."""
    kept = folder / "codebook.toml"
    if codebook is None:
        kept.unlink(missing_ok=True)
    elif codebook.resolve() != kept.resolve():
        shutil.copyfile(codebook, kept)


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
