"""A small student learns, is written, and serves what the network says."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="learning needs the extra [transformers]; CI installs it")

import torch

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.calibration import NEUTRAL
from cxmining.classifiers.fast.export import export
from cxmining.classifiers.fast.fit import StudyOptions, fit_student, teach
from cxmining.classifiers.fast.network import Shape
from cxmining.classifiers.fast.serve import TILE, FastTagger, Learned
from cxmining.classifiers.transformer.data import Window
from cxmining.classifiers.transformer.fit import collate
from cxmining.models import load_classifier, shipped_encoder
from cxmining.training import examples
from cxmining.training.fast import _learned

pytestmark = pytest.mark.torch
OPTIONS = StudyOptions(epochs=6, variants=1, shape=Shape(width=32, n_blocks=2, kernel=5))


@pytest.fixture(scope="module")
def data():
    rows = load_corpus(language="hr", split="train").rows[:40]
    return examples(rows, load_taxonomy())


@pytest.fixture(scope="module")
def learned(data, tmp_path_factory):
    encoder = shipped_encoder()
    n = data.gold.labels.shape[1]

    def teacher(ids):
        return np.full((len(ids), n), -4.0, np.float32), np.linspace(-5, 0, n).astype(np.float32)

    losses = []
    readings = teach(data.passages, data.gold, encoder, teacher, OPTIONS)
    network = fit_student(readings, encoder, OPTIONS, lambda *told: losses.append(told[2]))
    folder = tmp_path_factory.mktemp("fast")
    export(network, folder / "layers.onnx")
    neutral = np.tile(NEUTRAL, (n, 1))
    tagger = FastTagger(encoder, folder, load_taxonomy().ids, _learned(network, neutral), np.full(n, 0.5, np.float32))
    tagger.save(folder)
    return network, losses, folder


def test_loss_falls(learned):
    losses = learned[1]
    assert losses[-1] < losses[0] * 0.9


def test_served_scores_are_the_networks(learned, data):
    network, _, folder = learned
    encoder = shipped_encoder()
    served, _ = load_classifier(folder)
    short = [p for p in data.passages if len(p.text) < 300][:5]
    logits = served.features(short)
    nothing = np.zeros(len(served.classes_), np.int8)
    for passage, tokens, row in zip(short, encoder.tokenise([p.text for p in short]), logits, strict=True):
        targets = np.zeros((len(tokens.ids) + 2, len(nothing)), np.int8)
        window = Window(encoder.with_specials(tokens.ids), nothing, targets)
        embeddings, real, _, _ = collate([window], encoder)
        with torch.inference_mode():
            own = network(embeddings, real)[1][0].numpy()
        np.testing.assert_allclose(row, own, atol=1e-3, err_msg=passage.text)


def test_scores_do_not_depend_on_company(learned, data):
    served, _ = load_classifier(learned[2])
    np.testing.assert_array_equal(
        served.predict_proba(data.passages)[11:14], served.predict_proba(data.passages[11:14])
    )


def test_a_text_longer_than_a_tile_is_read_whole(learned, tagger):
    served, _ = load_classifier(learned[2])
    text = "Čekao sam tri sata na liniji i nitko se nije javio. " * (TILE // 8)
    scores = served.score(tagger.passages([text, ""], language="hr"))
    assert np.isfinite(scores.documents).all()
    start, end = scores.evidence(0, 0)[0]
    assert 0 <= start < end <= len(text)


def test_arrays_of_the_wrong_shape_are_refused(learned):
    network, _, _ = learned
    arrays = _learned(network, np.zeros((27, 3), np.float32))
    assert isinstance(arrays, Learned)
    assert arrays.projection.shape == (shipped_encoder().dimension, 32)
