"""Teaches a transformer of fewer layers from the fine-tuned one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxmining.classifiers.transformer.serve import Manner
from cxmining.models import shipped_encoder
from cxmining.taxonomy import Taxonomy
from cxmining.training.rows import TrainingRows, examples
from cxmining.training.teaching import Teaching
from cxmining.training.transformer import OnEpoch, calibrated, dev_judge

if TYPE_CHECKING:
    from cxmining.classifiers.transformer.distil import DistilOptions


def train_distilled(
    rows: TrainingRows,
    taxonomy: Taxonomy,
    out: Path,
    teaching: Teaching,
    options: DistilOptions,
    on_epoch: OnEpoch | None = None,
) -> dict[str, Any]:
    """Distil a fine-tuned transformer into fewer layers, calibrate on the development rows, and give the card.

    The weights of the epoch with the best macro-F1 on the development rows are kept. What stands in ``out`` of an
    unfinished training by the same teacher, rows, texts and options is taken up. Needs the extra ``transformers``.

    Parameters
    ----------
    rows, taxonomy, out : TrainingRows, Taxonomy, Path
        As in :func:`cxmining.training.transformer.train_transformer`.
    teaching : Teaching
        Teacher, and texts without labels.
    options : DistilOptions
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
        If an unfinished training of other rows, texts, options or another teacher stands in ``out``, or the teacher has
        fewer layers.
    ModelError
        If its checkpoint is damaged, or the teacher is no transformer of these labels.
    """
    from cxmining.classifiers.transformer.distil import distil
    from cxmining.classifiers.transformer.export import export
    from cxmining.classifiers.transformer.teacher import WINDOW, Material

    learn = examples(rows.train, taxonomy)
    checkpoint = teaching.checkpoint(out, rows, taxonomy, asdict(options))
    material = Material(learn.passages, learn.gold, teaching.unlabelled)
    judge = dev_judge(rows, taxonomy, on_epoch)
    network = distil(material, shipped_encoder(), teaching.teacher, options, judge, checkpoint)
    export(network, out / "layers.onnx")
    manner = Manner(WINDOW, options.long_windows, "distilled")
    card = calibrated(rows, taxonomy, out, manner, {"name": "distilled", **teaching.card(asdict(options))})
    checkpoint.remove()
    return card
