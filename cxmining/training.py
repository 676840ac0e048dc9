"""Joins the stages for learning: corpus rows to passages and gold labels, a fitted classifier, its card.

Beside ``pipeline.py`` the only file that sees several stages.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import cxmining
from cxmining.classifiers.base import BoolArray, Classifier, Gold, Interval
from cxmining.classifiers.calibration import fit_calibration
from cxmining.classifiers.linear_head import LinearHead
from cxmining.classifiers.thresholds import tune_f1
from cxmining.classifiers.transformer.serve import TransformerTagger
from cxmining.corpora.load import Narrative
from cxmining.errors import CorpusError
from cxmining.evaluation.multilabel import F1Report, f1_report
from cxmining.models import shipped_encoder
from cxmining.records import LanguageGuess, Passage
from cxmining.taxonomy import Taxonomy
from cxmining.text import segments, to_document

if TYPE_CHECKING:
    from cxmining.classifiers.transformer.fit import FitOptions
    from cxmining.classifiers.transformer.network import TaggerNetwork


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


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Rows to learn from, to tune on, and to report on (the development rows where there are no others)."""

    train: Sequence[Narrative]
    dev: Sequence[Narrative]
    test: Sequence[Narrative]

    @classmethod
    def of(cls, rows: Iterable[Narrative]) -> TrainingRows:
        """Sort rows by their split.

        Raises
        ------
        CorpusError
            If there are no rows to learn from or none to tune on.
        """
        by_split: dict[str, list[Narrative]] = {"train": [], "dev": [], "test": []}
        for row in rows:
            by_split[row.split].append(row)
        if not by_split["train"] or not by_split["dev"]:
            have = f"{len(by_split['train'])} and {len(by_split['dev'])}"
            raise CorpusError(f"training needs rows of the splits train and dev, the corpora have {have}")
        return cls(**by_split)

    @property
    def report(self) -> Sequence[Narrative]:
        """Rows that the card's figures come from."""
        return self.test or self.dev


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


def train_transformer(
    rows: TrainingRows,
    taxonomy: Taxonomy,
    out: Path,
    options: FitOptions,
    on_epoch: Callable[[int, float, F1Report], None] | None = None,
) -> dict[str, Any]:
    """Fine-tune the encoder, export it, calibrate and tune on the development rows, and give the card.

    The weights of the epoch with the best macro-F1 on the development rows are kept. Needs the extra ``transformers``.

    Parameters
    ----------
    rows : TrainingRows
        Rows.
    taxonomy : Taxonomy
        Labels.
    out : Path
        Model folder.
    options : FitOptions
        Parameters of learning; the seed is among them.
    on_epoch : callable, optional
        Gets epoch, mean loss and the report on the development rows.

    Returns
    -------
    dict
        The card, as written to ``card.toml``.
    """
    from cxmining.classifiers.transformer.export import export
    from cxmining.classifiers.transformer.fit import document_probabilities, fit

    encoder = shipped_encoder()
    learn, dev = examples(rows.train, taxonomy), examples(rows.dev, taxonomy)
    best: dict[str, Any] = {"macro": -1.0}

    def judge(epoch: int, network: TaggerNetwork, loss: float) -> bool:
        scores = document_probabilities(network, dev.passages, encoder)
        thresholds = tune_f1(scores, dev.gold.labels, dev.gold.known)
        report = f1_report(dev.gold.labels, scores >= thresholds, dev.gold.known)
        if report.macro > best["macro"]:
            best.update(macro=report.macro, state={k: v.clone() for k, v in network.state_dict().items()})
        if on_epoch:
            on_epoch(epoch, loss, report)
        return False

    network = fit(learn.passages, learn.gold, encoder, options, judge)
    network.load_state_dict(best["state"])
    out.mkdir(parents=True, exist_ok=True)
    export(network, out / "layers.onnx")
    n = len(taxonomy)
    neutral = np.tile(np.array([1.0, 0.0], np.float32), (n, 1))
    raw = TransformerTagger(encoder, out, taxonomy.ids, neutral, np.full(n, 0.5, np.float32))
    calibration = fit_calibration(raw.logits(dev.passages), dev.gold.labels, dev.gold.known)
    tagger = TransformerTagger(encoder, out, taxonomy.ids, calibration, raw.thresholds_)
    tagger.thresholds_ = tune_f1(tagger.predict_proba(dev.passages), dev.gold.labels, dev.gold.known, shrinkage=30.0)
    tagger.save(out)
    card = model_card(tagger, rows, taxonomy, "the development rows")
    card["parameters"] = asdict(options)
    write_card(out, card)
    return card


def model_card(classifier: Classifier, rows: TrainingRows, taxonomy: Taxonomy, tuned_on: str) -> dict[str, Any]:
    """Describe a model: data with hashes, metrics by language and label on the reported rows, limits."""
    held = examples(rows.report, taxonomy)
    predicted = classifier.predict_proba(held.passages) >= classifier.thresholds_
    languages = np.array([row.language for row in rows.report])
    everything = f1_report(held.gold.labels, predicted, held.gold.known)
    return {
        "name": classifier.name,
        "version": cxmining.__version__,
        "codebook": {"id": taxonomy.codebook.id, "version": taxonomy.codebook.version},
        "training_data": _data_note(rows.train),
        "development_data": _data_note(rows.dev),
        "metrics": {
            "data": f"{'test' if rows.test else 'development'} rows; thresholds were tuned on {tuned_on}",
            "all": _figures(held.gold.labels, predicted, held.gold.known),
            **{
                code: _figures(*(a[languages == code] for a in (held.gold.labels, predicted, held.gold.known)))
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
