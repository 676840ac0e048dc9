"""Teaches the fast tier from the fine-tuned transformer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmining.classifiers.base import FloatArray
from cxmining.classifiers.calibration import NEUTRAL
from cxmining.classifiers.fast.serve import FastTagger, Learned
from cxmining.classifiers.transformer.serve import TransformerTagger
from cxmining.models import shipped_encoder
from cxmining.taxonomy import Taxonomy
from cxmining.training.rows import TrainingRows, check_labels, examples, learning_key
from cxmining.training.tuning import tune, write_model

if TYPE_CHECKING:
    from cxmining.classifiers.fast.fit import StudyOptions
    from cxmining.classifiers.fast.network import StudentNetwork


def train_fast(
    rows: TrainingRows,
    taxonomy: Taxonomy,
    out: Path,
    teacher: Path,
    options: StudyOptions,
    on_epoch: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """Distil a fine-tuned transformer into a small network, calibrate it on the development rows, and give its card.

    What stands in ``out`` of an unfinished training by the same teacher, rows and options is taken up. Needs the extra
    ``transformers``.

    Parameters
    ----------
    rows : TrainingRows
        Rows that the teacher learned from, and rows to tune on.
    taxonomy : Taxonomy
        Labels, the teacher's.
    out : Path
        Model folder.
    teacher : Path
        Folder of the fine-tuned transformer.
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
        If an unfinished training of other rows, options or another teacher stands in ``out``.
    ModelError
        If its checkpoint is damaged, or the teacher is no transformer of these labels.
    """
    from cxmining.classifiers.fast.export import export
    from cxmining.classifiers.fast.fit import fit_student, teach
    from cxmining.classifiers.transformer.loop import Checkpoint

    encoder = shipped_encoder()
    learn, dev = examples(rows.train, taxonomy), examples(rows.dev, taxonomy)
    told = TransformerTagger.load(teacher, encoder)
    check_labels(told.classes_, taxonomy, teacher)
    taught_by = hashlib.sha256((teacher / "layers.onnx").read_bytes()).hexdigest()
    checkpoint = Checkpoint(out, learning_key(rows, taxonomy, asdict(options), encoder.fingerprint, taught_by))
    checkpoint.refuse_other()
    readings = teach(learn.passages, learn.gold, encoder, told.window_logits, options)
    report = (lambda epoch, _, loss: on_epoch(epoch, loss)) if on_epoch else None
    network = fit_student(readings, encoder, options, report, checkpoint)
    out.mkdir(parents=True, exist_ok=True)
    export(network, out / "layers.onnx")
    n = len(taxonomy)
    blank = FastTagger(
        encoder, out, taxonomy.ids, _learned(network, np.tile(NEUTRAL, (n, 1))), np.full(n, 0.5, np.float32)
    )
    tuned = tune(blank.features(dev.passages), None, dev)
    tagger = FastTagger(encoder, out, taxonomy.ids, _learned(network, tuned.calibration), tuned.thresholds)
    card = write_model(tagger, tuned, rows, taxonomy, asdict(options))
    checkpoint.remove()
    return card


def _learned(network: StudentNetwork, calibration: FloatArray) -> Learned:
    """Give the arrays that serve outside the graph."""
    linear: Any
    norm: Any
    linear, norm = network.project
    return Learned(
        np.ascontiguousarray(linear.weight.detach().numpy().T),
        np.stack([norm.weight.detach().numpy(), norm.bias.detach().numpy()]),
        network.bias.detach().numpy().copy(),
        calibration,
    )
