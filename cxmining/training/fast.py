"""Teaches the fast tier from the fine-tuned transformer, and calibrates a taught one anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmining.classifiers.base import FloatArray
from cxmining.classifiers.calibration import NEUTRAL
from cxmining.classifiers.fast.serve import FastTagger, Learned
from cxmining.models import shipped_encoder
from cxmining.taxonomy import Taxonomy
from cxmining.training.rows import TrainingRows, examples
from cxmining.training.teaching import Teaching
from cxmining.training.tuning import kept_card, tune, write_model

if TYPE_CHECKING:
    from torch import Tensor

    from cxmining.classifiers.fast.fit import StudyOptions
    from cxmining.classifiers.fast.network import StudentNetwork


def train_fast(
    rows: TrainingRows,
    taxonomy: Taxonomy,
    out: Path,
    teaching: Teaching,
    options: StudyOptions,
    on_epoch: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """Distil a fine-tuned transformer into a small network, calibrate it on the development rows, and give its card.

    What stands in ``out`` of an unfinished training by the same teacher, rows, texts and options is taken up. Needs the
    extra ``transformers``.

    Parameters
    ----------
    rows : TrainingRows
        Rows that the teacher learned from, and rows to tune on.
    taxonomy : Taxonomy
        Labels, the teacher's.
    out : Path
        Model folder.
    teaching : Teaching
        Teacher, and texts without labels.
    options : StudyOptions
        Parameters of learning; the seed is among them.
    on_epoch : callable, optional
        Gets epoch and mean loss.

    Returns
    -------
    dict
        The card, as written to ``card.toml``.

    Raises
    ------
    UsageError
        If an unfinished training of other rows, texts, options or another teacher stands in ``out``.
    ModelError
        If its checkpoint is damaged, or the teacher is no transformer of these labels.
    """
    from cxmining.classifiers.fast.fit import fit_student
    from cxmining.classifiers.fast.lessons import teach
    from cxmining.classifiers.transformer.teacher import Material, open_teacher

    encoder = shipped_encoder()
    learn = examples(rows.train, taxonomy)
    checkpoint = teaching.checkpoint(out, rows, taxonomy, asdict(options))
    material = Material(learn.passages, learn.gold, teaching.unlabelled)
    readings = teach(material, encoder, open_teacher(teaching.teacher, encoder), options.variants, options.seed)
    report = (lambda epoch, _, loss: on_epoch(epoch, loss)) if on_epoch else None
    network = fit_student(readings, options, report, checkpoint)
    card = _calibrate(rows, taxonomy, out, _learned(network), teaching.card(asdict(options)))
    checkpoint.remove()
    return card


def calibrate_fast(rows: TrainingRows, taxonomy: Taxonomy, out: Path) -> dict[str, Any]:
    """Fit calibration and thresholds of a taught student anew on the development rows, and give the card.

    Parameters
    ----------
    rows, taxonomy : TrainingRows, Taxonomy
        As in :func:`train_fast`.
    out : Path
        Model folder; the parameters on its card stay.

    Returns
    -------
    dict
        The card, as written to ``card.toml``.

    Raises
    ------
    ModelError
        If the folder holds no taught student with a card.
    """
    return _calibrate(rows, taxonomy, out, FastTagger.load(out).learned, kept_card(out))


def _calibrate(
    rows: TrainingRows, taxonomy: Taxonomy, out: Path, learned: Learned, kept: dict[str, Any]
) -> dict[str, Any]:
    """Calibrate on the development rows and write the model; of a card stays how it was taught."""
    n = len(taxonomy)
    dev = examples(rows.dev, taxonomy)
    # What is served now is what is served after reading the model back, where these are in half precision.
    neutral = replace(learned, vectors=learned.vectors.astype(np.float16), calibration=np.tile(NEUTRAL, (n, 1)))
    blank = FastTagger(taxonomy.ids, neutral, np.full(n, 0.5, np.float32))
    tuned = tune(blank.features(dev.passages), None, dev)
    tagger = FastTagger(taxonomy.ids, replace(neutral, calibration=tuned.calibration), tuned.thresholds)
    return write_model(tagger, out, tuned, rows, taxonomy, kept)


def _learned(network: StudentNetwork) -> Learned:
    """Give the arrays that serve, not calibrated."""

    def array(tensor: Tensor) -> FloatArray:
        return np.asarray(tensor.detach().numpy(), np.float32).copy()

    codes = network.codes.numpy().astype(np.int32)
    return Learned(
        codes,
        array(network.vectors.weight)[: len(codes)],
        array(network.hidden),
        np.ascontiguousarray(array(network.heads.weight).T),
        array(network.bias),
        array(network.sentence_bias),
        np.tile(NEUTRAL, (network.n_labels, 1)),
    )
