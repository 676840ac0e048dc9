"""Teaches the fast tier from the fine-tuned transformer."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmining.classifiers.base import FloatArray
from cxmining.classifiers.calibration import NEUTRAL
from cxmining.classifiers.fast.serve import FastTagger, Learned
from cxmining.classifiers.transformer.serve import TransformerTagger
from cxmining.models import shipped_encoder
from cxmining.records import Passage
from cxmining.taxonomy import Taxonomy
from cxmining.training.cards import write_card
from cxmining.training.rows import TrainingRows, check_labels, examples, learning_key
from cxmining.training.tuning import tune, write_model

if TYPE_CHECKING:
    from cxmining.classifiers.fast.fit import StudyOptions
    from cxmining.classifiers.fast.network import StudentNetwork


_STATES = "states-"
"""Beginning of the name of a folder for what is needed while learning."""


@dataclass(frozen=True, slots=True)
class Teaching:
    """Folder of the fine-tuned transformer that teaches, and texts without labels that it reads to the student."""

    teacher: Path
    unlabelled: Sequence[Passage] = ()


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
    from cxmining.classifiers.fast.export import export
    from cxmining.classifiers.fast.fit import fit_student
    from cxmining.classifiers.fast.lessons import Material, open_teacher, teach
    from cxmining.classifiers.transformer.loop import Checkpoint

    encoder = shipped_encoder()
    learn, dev = examples(rows.train, taxonomy), examples(rows.dev, taxonomy)
    check_labels(TransformerTagger.load(teaching.teacher, encoder).classes_, taxonomy, teaching.teacher)
    texts = _key(teaching.unlabelled)
    taught_by = hashlib.sha256((teaching.teacher / "layers.onnx").read_bytes() + texts.encode()).hexdigest()
    checkpoint = Checkpoint(out, learning_key(rows, taxonomy, asdict(options), encoder.fingerprint, taught_by))
    checkpoint.refuse_other()
    out.mkdir(parents=True, exist_ok=True)
    for left_behind in out.glob(f"{_STATES}*"):
        shutil.rmtree(left_behind)
    with tempfile.TemporaryDirectory(prefix=_STATES, dir=out) as scratch:
        material = Material(learn.passages, learn.gold, teaching.unlabelled)
        told = open_teacher(teaching.teacher, encoder)
        readings = teach(material, encoder, told, options.variants, options.seed, Path(scratch))
        report = (lambda epoch, _, loss: on_epoch(epoch, loss)) if on_epoch else None
        network = fit_student(readings, encoder, options, report, checkpoint)
        del readings
    # Until all is written the folder is no model: new layers beside an old head would give wrong scores.
    (out / "model.json").unlink(missing_ok=True)
    export(network, out / "layers.onnx")
    n = len(taxonomy)
    blank = FastTagger(
        encoder, out, taxonomy.ids, _learned(network, np.tile(NEUTRAL, (n, 1))), np.full(n, 0.5, np.float32)
    )
    tuned = tune(blank.features(dev.passages), None, dev)
    tagger = FastTagger(encoder, out, taxonomy.ids, _learned(network, tuned.calibration), tuned.thresholds)
    card = write_model(tagger, tuned, rows, taxonomy, asdict(options))
    if teaching.unlabelled:
        languages = Counter(p.language for p in teaching.unlabelled)
        n_texts = len(teaching.unlabelled)
        sha256 = hashlib.sha256(texts.encode()).hexdigest()
        card["unlabelled_data"] = {"n": n_texts, "sha256": sha256, "by_language": dict(sorted(languages.items()))}
        write_card(out, card)
    checkpoint.remove()
    return card


def _key(passages: Sequence[Passage]) -> str:
    """Write down what of texts without labels decides the learning."""
    return json.dumps([[p.language, p.text, [(s.start, s.end, s.kind) for s in p.segments]] for p in passages])


def _learned(network: StudentNetwork, calibration: FloatArray) -> Learned:
    """Give the arrays that serve outside the graph."""
    norm = network.first
    return Learned(
        np.ascontiguousarray(network.project.weight.detach().numpy().T),
        np.stack([norm.weight.detach().numpy(), norm.bias.detach().numpy()]),
        network.pieces.numpy().astype(np.int32),
        # What is served now is what is served after reading the model back, where these are in half precision.
        network.own.weight.detach().numpy().astype(np.float16),
        network.bias.detach().numpy().copy(),
        calibration,
    )
