"""A small student learns, is written, and serves what the network says."""

import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

pytest.importorskip("torch", reason="learning needs the extra [transformers]; CI installs it")

import torch

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.calibration import NEUTRAL
from cxmining.classifiers.fast.export import export
from cxmining.classifiers.fast.fit import StudyOptions, fit_student
from cxmining.classifiers.fast.lessons import Material, Told, open_teacher, teach
from cxmining.classifiers.fast.network import Shape, StudentNetwork
from cxmining.classifiers.fast.serve import TILE, FastTagger
from cxmining.classifiers.transformer.data import Window
from cxmining.classifiers.transformer.fit import collate
from cxmining.errors import ModelError
from cxmining.models import load_classifier, model_folder, shipped_encoder
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
        states = np.zeros((len(ids), encoder.dimension), np.float16)
        return Told(np.full((len(ids), n), -4.0, np.float16), np.linspace(-5, 0, n).astype(np.float32), states)

    losses = []
    scratch = tmp_path_factory.mktemp("states")
    readings = teach(Material(data.passages, data.gold), encoder, teacher, OPTIONS.variants, OPTIONS.seed, scratch)
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
            own = network(embeddings, torch.from_numpy(window.ids[None].astype(np.int64)), real).documents[0].numpy()
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


def test_arrays_and_layers_of_other_shapes_are_refused(learned, tmp_path):
    shutil.copytree(learned[2], tmp_path / "m")
    path = tmp_path / "m" / "head.safetensors"
    arrays = load_file(path)
    for name in ("projection", "norm", "own", "bias", "calibration", "thresholds"):
        save_file({**arrays, name: np.ascontiguousarray(arrays[name][:-1])}, path)
        with pytest.raises(ModelError):
            load_classifier(tmp_path / "m")
    narrow = {k: np.ascontiguousarray(v[..., :8]) for k, v in arrays.items() if k in {"projection", "norm", "own"}}
    save_file({**arrays, **narrow}, path)
    with pytest.raises(ModelError, match="not of one model"):
        load_classifier(tmp_path / "m")


def test_the_model_read_back_is_the_model(learned, data):
    network, _, folder = learned
    served, _ = load_classifier(folder)
    neutral = np.tile(NEUTRAL, (len(served.classes_), 1))
    fresh = FastTagger(shipped_encoder(), folder, served.classes_, _learned(network, neutral), served.thresholds_)
    np.testing.assert_array_equal(fresh.features(data.passages[:9]), served.features(data.passages[:9]))


def test_pieces_without_a_vector_share_the_last_row():
    network = StudentNetwork(2, 8, [3, 5, 9], Shape(width=4, n_blocks=1))
    assert network.places(torch.tensor([[3, 9, 4, 0, 12]])).tolist() == [[0, 2, 3, 3, 3]]
    assert StudentNetwork(2, 8, [], Shape(width=4, n_blocks=1)).places(torch.tensor([7])).tolist() == [0]


def test_the_teacher_tells_its_states(data):
    encoder = shipped_encoder()
    teacher = open_teacher(model_folder("transformer"), encoder)
    ids = encoder.with_specials(encoder.tokenise([data.passages[0].text])[0].ids)
    told = teacher(ids)
    assert told.states.shape == (len(ids), encoder.dimension)
    assert told.tokens.shape == (len(ids), len(told.documents)) == (len(ids), 27)


def test_what_is_no_fine_tuned_transformer_cannot_teach(tmp_path):
    with pytest.raises(ModelError, match="no graph of a fine-tuned transformer"):
        open_teacher(tmp_path, shipped_encoder())
    with pytest.raises(ModelError, match="no graph of a fine-tuned transformer"):
        open_teacher(shipped_encoder().folder, shipped_encoder())


def test_texts_without_labels_are_taught_by_the_teacher_alone(data, tmp_path):
    encoder = shipped_encoder()
    n = data.gold.labels.shape[1]

    def teacher(ids):
        states = np.zeros((len(ids), encoder.dimension), np.float16)
        return Told(np.zeros((len(ids), n), np.float16), np.zeros(n, np.float32), states)

    lessons = teach(Material(data.passages, data.gold, data.passages[:3]), encoder, teacher, 1, 0, tmp_path)[0]
    open_ = [lesson for lesson in lessons if (lesson.window.labels == -1).all()]
    # The three themselves, and as many recombined texts as there are texts in all.
    assert len(open_) >= 3 + len(data.passages) + 3
    given = [lesson for lesson in lessons if (lesson.window.labels == 1).any()]
    assert all((lesson.window.labels == 0).any() for lesson in given)


def test_damaged_piece_ids_are_refused(learned, tmp_path):
    shutil.copytree(learned[2], tmp_path / "m")
    arrays = load_file(tmp_path / "m" / "head.safetensors")
    for wrong in (arrays["pieces"][::-1], arrays["pieces"] + 10**7, arrays["pieces"] - 10**6, arrays["pieces"] / 7):
        save_file({**arrays, "pieces": np.ascontiguousarray(wrong)}, tmp_path / "m" / "head.safetensors")
        with pytest.raises(ModelError, match="pieces"):
            load_classifier(tmp_path / "m")
