"""Fine-tunes the transformer, and calibrates a fine-tuned one anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmining.classifiers.calibration import NEUTRAL, apply_calibration, fit_calibration
from cxmining.classifiers.operating import HeldOut
from cxmining.classifiers.thresholds import tune_f1
from cxmining.classifiers.transformer.serve import TransformerTagger
from cxmining.evaluation.multilabel import F1Report, f1_report
from cxmining.models import shipped_encoder
from cxmining.taxonomy import Taxonomy
from cxmining.training.cards import model_card, write_card
from cxmining.training.rows import TrainingRows, examples

if TYPE_CHECKING:
    from cxmining.classifiers.transformer.fit import FitOptions
    from cxmining.classifiers.transformer.network import TaggerNetwork


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
    return calibrate_transformer(rows, taxonomy, out, options)


def calibrate_transformer(rows: TrainingRows, taxonomy: Taxonomy, out: Path, options: FitOptions) -> dict[str, Any]:
    """Fit calibration, rule weights and thresholds of exported layers on the development rows, and give the card.

    Parameters
    ----------
    rows, taxonomy, out, options
        As in :func:`train_transformer`; ``out`` holds ``layers.onnx``.

    Returns
    -------
    dict
        The card, as written to ``card.toml``.
    """
    dev = examples(rows.dev, taxonomy)
    n = len(taxonomy)
    neutral = np.tile(NEUTRAL, (n, 1))
    start = np.full(n, 0.5, np.float32)
    tagger = TransformerTagger(shipped_encoder(), out, taxonomy.ids, neutral, start, options.window)
    logits, votes = tagger.features(dev.passages)
    tagger.calibration = fit_calibration(logits, dev.gold.labels, dev.gold.known, votes)
    scores = apply_calibration(tagger.calibration, logits, votes)
    tagger.thresholds_ = tune_f1(scores, dev.gold.labels, dev.gold.known, shrinkage=30.0)
    tagger.save(out)
    HeldOut(scores, dev.gold.labels, dev.gold.known).save(out)
    card = model_card(tagger, rows, taxonomy, "the development rows")
    card["parameters"] = asdict(options)
    write_card(out, card)
    return card
