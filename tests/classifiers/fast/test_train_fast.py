"""The whole distillation on a few rows: card, and what a resume refuses."""

import shutil
import tomllib
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="learning needs the extra [transformers]; CI installs it")

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.fast.fit import StudyOptions
from cxmining.classifiers.transformer.loop import Checkpoint
from cxmining.errors import ModelError, UsageError
from cxmining.models import load_classifier, model_folder
from cxmining.training import Teaching, TrainingRows, calibrate_fast, examples, train_fast

pytestmark = pytest.mark.torch
OPTIONS = StudyOptions(epochs=2, variants=1, least=2, width=16)


@pytest.fixture(scope="module")
def rows():
    parts = [load_corpus(language="hr", split=split).rows for split in ("train", "dev", "test")]
    return TrainingRows(parts[0][:24], parts[1][:40], parts[2][:6])


@pytest.fixture(scope="module")
def texts():
    return examples(load_corpus(language="hr", split="train").rows[30:34], load_taxonomy()).passages


def test_a_student_is_taught_and_its_card_tells_of_the_texts(rows, texts, tmp_path):
    losses = []
    teaching = Teaching(model_folder("transformer"), texts)
    card = train_fast(rows, load_taxonomy(), tmp_path, teaching, OPTIONS, lambda _, loss: losses.append(loss))
    assert len(losses) == 2
    assert losses[1] < losses[0]
    assert card["unlabelled_data"]["n"] == 4
    assert card["unlabelled_data"]["by_language"] == {"hr": 4}
    assert card["training_data"]["n"] == 24
    assert not list(tmp_path.glob("checkpoint*"))
    classifier, _ = load_classifier(tmp_path)
    scores = classifier.predict_proba(texts)
    assert scores.shape == (4, 27)
    written = _written(tmp_path)
    again = calibrate_fast(rows, load_taxonomy(), tmp_path)
    assert again["unlabelled_data"] == card["unlabelled_data"]
    assert again["parameters"] == card["parameters"]
    # The same rows give the same calibration; on others it differs, and what was learned stays.
    assert _written(tmp_path) == written
    moved = calibrate_fast(replace(rows, train=rows.train[:5], dev=rows.dev[:30]), load_taxonomy(), tmp_path)
    assert moved["training_data"] == card["training_data"]
    other, _ = load_classifier(tmp_path)
    assert not np.array_equal(other.predict_proba(texts), scores)
    np.testing.assert_array_equal(other.features(texts), classifier.features(texts))


def test_without_a_card_nothing_is_calibrated(rows, tmp_path):
    shutil.copytree(model_folder("fast"), tmp_path / "m")
    (tmp_path / "m" / "card.toml").unlink()
    with pytest.raises(ModelError, match="card"):
        calibrate_fast(rows, load_taxonomy(), tmp_path / "m")


def test_an_unfinished_learning_from_other_texts_is_not_taken_up(rows, texts, tmp_path, monkeypatch):
    teaching = Teaching(model_folder("transformer"), texts)
    monkeypatch.setattr(Checkpoint, "remove", lambda _: None)
    train_fast(rows, load_taxonomy(), tmp_path, teaching, OPTIONS)
    document = replace(texts[0].document, language=replace(texts[0].document.language, code="ru"))
    for other in (texts[:3], [replace(texts[0], document=document), *texts[1:]]):
        with pytest.raises(UsageError):
            train_fast(rows, load_taxonomy(), tmp_path, replace(teaching, unlabelled=other), OPTIONS)


def _written(folder):
    """Read what a training wrote: all but how quick it was, which no seed decides."""
    card = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
    assert card.pop("speed")["texts_per_second"] > 0
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "card.toml"}
    return {**files, "card.toml": card}
