"""The card of a model: data with hashes, metrics by language and label, limits."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cxmining
from cxmining.classifiers.base import BoolArray, Classifier, FloatArray
from cxmining.classifiers.operating import HeldOut
from cxmining.corpora.load import Narrative
from cxmining.evaluation.bootstrap import cluster_codes, cluster_sums, interval, resampled_sums
from cxmining.evaluation.multilabel import cell_counts, label_f1, macro_f1, micro_f1
from cxmining.records import Passage
from cxmining.taxonomy import Taxonomy
from cxmining.training.rows import TrainingRows, examples

_TIMED = 200
"""Training texts that speed is measured on where no others are there."""


def model_card(
    classifier: Classifier, rows: TrainingRows, taxonomy: Taxonomy, tuned_on: str, held_out: HeldOut | None = None
) -> dict[str, Any]:
    """Describe a model: data with hashes, metrics by language and label with intervals, speed, limits.

    The metrics come from the test rows, else the development rows, else from the held-out folds of the training rows.
    Intervals are percentiles of bootstrap samples of whole scenarios.
    """
    if rows.report or held_out is None:
        told = rows.report
        held = examples(told, taxonomy)
        scores, speed = _timed(classifier, held.passages)
        truth, known = held.gold.labels, held.gold.known
        source = f"{'test' if rows.test else 'development'} rows; thresholds were tuned on {tuned_on}"
    else:
        told, (scores, truth, known) = rows.train, (held_out.scores, held_out.labels, held_out.known)
        _, speed = _timed(classifier, examples(told[:_TIMED], taxonomy).passages)
        source = f"held-out folds of the training rows; thresholds were tuned on {tuned_on}: a little too good"
    counts = cell_counts(truth, scores >= classifier.thresholds_, known)
    codes = cluster_codes([row.scenario for row in told])
    languages = np.array([row.language for row in told])
    f1 = label_f1(counts.sum(axis=0, dtype=float))
    ends = interval(label_f1(resampled_sums(cluster_sums(counts, codes))))
    return {
        "name": classifier.name,
        "version": cxmining.__version__,
        "codebook": {"id": taxonomy.codebook.id, "version": taxonomy.codebook.version},
        "training_data": _data_note(rows.train),
        "development_data": _data_note(rows.dev),
        "metrics": {
            "data": source,
            "intervals": "95 %, from 1,000 bootstrap samples of whole scenarios",
            "all": _figures(counts, codes),
            **{
                code: _figures(counts[languages == code], cluster_codes(codes[languages == code].tolist()))
                for code in sorted(set(languages.tolist()))
            },
            "f1_by_label": _by_label(taxonomy, np.round(f1, 4)),
            "f1_interval_by_label": _by_label(taxonomy, np.round(ends.T, 4)),
            "support_by_label": _by_label(taxonomy, (truth & known).sum(axis=0)),
        },
        "speed": speed,
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


def _timed(classifier: Classifier, passages: Sequence[Passage]) -> tuple[FloatArray, dict[str, Any]]:
    """Score passages, and tell how quickly that went."""
    classifier.predict_proba(passages[:8])
    begin = time.perf_counter()
    scores = classifier.predict_proba(passages)
    seconds = time.perf_counter() - begin
    return scores, {
        "texts_per_second": round(len(passages) / seconds, 1) if len(passages) else 0.0,
        "of": f"probabilities of {len(passages)} texts in one process, segmented before",
        "mean_characters": round(float(np.mean([len(p.document.text) for p in passages] or [0])), 1),
        "cores": os.cpu_count() or 1,
    }


def _figures(counts: BoolArray, codes: NDArray[np.intp]) -> dict[str, Any]:
    """Give the main figures of a set of rows with their intervals."""
    samples = resampled_sums(cluster_sums(counts, codes))
    total = counts.sum(axis=0, dtype=float)
    found: dict[str, Any] = {}
    for name, metric in (("micro_f1", micro_f1), ("macro_f1", macro_f1)):
        found[name] = round(float(metric(total)), 4)
        found[f"{name}_interval"] = np.round(interval(metric(samples)), 4).tolist()
    return {**found, "n": len(counts)}


def _by_label(taxonomy: Taxonomy, values: NDArray[np.generic]) -> dict[str, Any]:
    """Name a figure, or several, of each label."""
    return dict(zip(taxonomy.ids, values.tolist(), strict=True))


def _data_note(rows: Sequence[Narrative]) -> dict[str, Any]:
    """Count rows by language and hash their content."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda r: r.id):
        content = json.dumps([row.id, row.text, sorted(row.labels)], ensure_ascii=False)
        digest.update(content.encode())
    languages = sorted({row.language for row in rows})
    counts = {code: sum(row.language == code for row in rows) for code in languages}
    return {"n": len(rows), "by_language": counts, "sha256": digest.hexdigest()}
