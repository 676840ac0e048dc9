"""Fine-tunes the transformer, and calibrates a fine-tuned one anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmining.classifiers.calibration import NEUTRAL
from cxmining.classifiers.state import read_settings
from cxmining.classifiers.thresholds import tune_f1
from cxmining.classifiers.transformer.serve import Manner, TransformerTagger, read_manner
from cxmining.errors import ModelError
from cxmining.evaluation.multilabel import F1Report, f1_report
from cxmining.models import shipped_encoder
from cxmining.taxonomy import Taxonomy
from cxmining.training.rows import TrainingRows, examples, learning_key
from cxmining.training.tuning import kept_card, tune, write_model

if TYPE_CHECKING:
    from cxmining.classifiers.transformer.fit import FitOptions, Judge
    from cxmining.classifiers.transformer.network import TaggerNetwork

OnEpoch = Callable[[int, float, F1Report], None]
"""Gets epoch, mean loss and the report on the development rows."""


def train_transformer(
    rows: TrainingRows,
    taxonomy: Taxonomy,
    out: Path,
    options: FitOptions,
    on_epoch: OnEpoch | None = None,
) -> dict[str, Any]:
    """Fine-tune the encoder, export it, calibrate and tune on the development rows, and give the card.

    The weights of the epoch with the best macro-F1 on the development rows are kept. What stands in ``out`` of an
    unfinished training of the same rows and options is taken up. Needs the extra ``transformers``.

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

    Raises
    ------
    UsageError
        If an unfinished training of other rows or options stands in ``out``.
    ModelError
        If its checkpoint is damaged.
    """
    from cxmining.classifiers.transformer.export import export
    from cxmining.classifiers.transformer.fit import fit
    from cxmining.classifiers.transformer.loop import Checkpoint

    encoder = shipped_encoder()
    learn = examples(rows.train, taxonomy)

    checkpoint = Checkpoint(out, learning_key(rows, taxonomy, asdict(options), encoder.fingerprint))
    network = fit(learn.passages, learn.gold, encoder, options, dev_judge(rows, taxonomy, on_epoch), checkpoint)
    out.mkdir(parents=True, exist_ok=True)
    export(network, out / "layers.onnx")
    card = calibrated(rows, taxonomy, out, Manner(options.window), {"parameters": asdict(options)})
    checkpoint.remove()
    return card


def forget_unfinished(out: Path) -> None:
    """Drop what an unfinished training left in a model folder."""
    from cxmining.classifiers.transformer.loop import Checkpoint

    Checkpoint(out, "").remove()


def calibrate_transformer(rows: TrainingRows, taxonomy: Taxonomy, out: Path) -> dict[str, Any]:
    """Fit calibration, rule weights and thresholds of a trained model anew on the development rows, and give the card.

    Parameters
    ----------
    rows, taxonomy : TrainingRows, Taxonomy
        As in :func:`train_transformer`.
    out : Path
        Model folder, of a fine-tuned or a distilled transformer; its windows, and what its card says of the learning,
        stay.

    Returns
    -------
    dict
        The card, as written to ``card.toml``.

    Raises
    ------
    ModelError
        If the folder holds no trained transformer.
    """
    card = kept_card(out)
    try:
        manner = read_manner(out, read_settings(out), shipped_encoder().max_content)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{out}: no trained transformer to calibrate ({error})") from error
    return calibrated(rows, taxonomy, out, manner, card)


def calibrated(
    rows: TrainingRows, taxonomy: Taxonomy, out: Path, manner: Manner, kept: dict[str, Any]
) -> dict[str, Any]:
    """Calibrate exported layers on the development rows, write the model, and give its card."""
    dev = examples(rows.dev, taxonomy)
    n = len(taxonomy)
    neutral, start = np.tile(NEUTRAL, (n, 1)), np.full(n, 0.5, np.float32)
    tagger = TransformerTagger(shipped_encoder(), out, taxonomy.ids, neutral, start, manner)
    tuned = tune(*tagger.features(dev.passages), dev)
    tagger.calibration, tagger.thresholds_ = tuned.calibration, tuned.thresholds
    return write_model(tagger, out, tuned, rows, taxonomy, kept)


def dev_judge(rows: TrainingRows, taxonomy: Taxonomy, on_epoch: OnEpoch | None) -> Judge:
    """Judge epochs by macro-F1 on the development rows, and tell of them."""
    from cxmining.classifiers.transformer.fit import document_probabilities

    encoder, dev = shipped_encoder(), examples(rows.dev, taxonomy)

    def judge(epoch: int, network: TaggerNetwork, loss: float) -> float:
        scores = document_probabilities(network, dev.passages, encoder)
        thresholds = tune_f1(scores, dev.gold.labels, dev.gold.known)
        report = f1_report(dev.gold.labels, scores >= thresholds, dev.gold.known)
        if on_epoch:
            on_epoch(epoch, loss, report)
        return report.macro

    return judge
