"""A transformer of fewer layers begins as a part of its teacher, learns what it says, and is written and served."""

import json
import shutil
import tomllib
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="learning needs the extra [transformers]; CI installs it")

from cxmining import load_corpus, load_taxonomy  # noqa: E402
from cxmining.classifiers.transformer.distil import DistilOptions, distil, read_out, spaced  # noqa: E402
from cxmining.classifiers.transformer.network import (  # noqa: E402
    TaggerNetwork,
    load_heads,
    load_layers,
    n_graph_layers,
)
from cxmining.classifiers.transformer.serve import TransformerTagger  # noqa: E402
from cxmining.classifiers.transformer.teacher import WINDOW, Material, open_teacher, readings  # noqa: E402
from cxmining.errors import ModelError, UsageError  # noqa: E402
from cxmining.models import load_classifier, model_folder, shipped_encoder  # noqa: E402
from cxmining.training import (  # noqa: E402
    Teaching,
    TrainingRows,
    calibrate_transformer,
    examples,
    train_distilled,
)

pytestmark = pytest.mark.torch
OPTIONS = DistilOptions(epochs=4, variants=1, layers=2, batch_tokens=512)
TEACHER = model_folder("transformer")


@pytest.fixture(scope="module")
def rows():
    parts = [load_corpus(language="hr", split=split).rows for split in ("train", "dev", "test")]
    return TrainingRows(parts[0][:24], parts[1][:40], parts[2][:6])


@pytest.fixture(scope="module")
def material(rows):
    found = examples(rows.train, load_taxonomy())
    return Material(found.passages, found.gold)


def test_layers_are_evenly_spaced_and_hold_first_and_last():
    assert spaced(12, 4) == [0, 4, 7, 11]
    assert spaced(12, 12) == list(range(12))
    assert spaced(12, 1) == [11]
    with pytest.raises(UsageError, match="12 or fewer"):
        spaced(12, 13)


def test_all_layers_with_heads_say_what_the_teacher_says(material):
    encoder, graph = shipped_encoder(), TEACHER / "layers.onnx"
    assert n_graph_layers(graph) == 12
    network = TaggerNetwork(27).eval()
    load_layers(network, graph)
    load_heads(network, graph)
    teacher = open_teacher(TEACHER, encoder)
    apart = []
    for text in [p.text for p in material.passages[:12]]:
        ids = encoder.with_specials(encoder.tokenise([text])[0].ids[:WINDOW])
        with torch.inference_mode():
            embeddings = torch.from_numpy(encoder.table.rows(ids[None]))
            own = network(embeddings, torch.ones(1, len(ids), dtype=torch.bool))[1][0].numpy()
        told = teacher(ids)[1]
        apart.append(np.abs(1 / (1 + np.exp(-own)) - 1 / (1 + np.exp(-told))).mean())
    # The graph rounds its activations to eight bits, the network does not.
    assert np.mean(apart) < 0.02


def test_readings_are_cut_into_the_teachers_windows(material):
    first, second = readings(material, shipped_encoder(), 2, 0)
    assert max(len(part.ids) for part in first) <= WINDOW + 2
    assert [part.text for part in first] != [part.text for part in second]
    again = next(readings(material, shipped_encoder(), 1, 0))
    assert [part.text for part in first] == [part.text for part in again]


def test_the_teacher_reads_every_window(material):
    teacher = open_teacher(TEACHER, shipped_encoder())
    told = next(read_out(material, shipped_encoder(), teacher, OPTIONS))
    assert len(told) >= len(material.passages)
    for window in told[:5]:
        assert window.tokens.shape == (len(window.ids), 27)
        np.testing.assert_array_equal(window.documents, teacher(window.ids)[1])


def test_a_student_comes_nearer_to_its_teacher(material):
    losses = []
    distil(material, shipped_encoder(), TEACHER, OPTIONS, lambda _, __, loss: losses.append(loss) or -loss)
    assert len(losses) == 4
    assert losses[-1] < losses[0] * 0.8


def test_a_distilled_model_is_written_and_calibrated_anew(rows, tmp_path):
    taxonomy = load_taxonomy()
    texts = examples(load_corpus(language="hr", split="train").rows[30:34], taxonomy).passages
    options = replace(OPTIONS, epochs=1, long_windows=(96, 64))
    card = train_distilled(rows, taxonomy, tmp_path, Teaching(TEACHER, texts), options)
    assert card["name"] == "distilled"
    assert card["unlabelled_data"]["by_language"] == {"hr": 4}
    assert card["parameters"]["layers"] == 2
    assert not list(tmp_path.glob("checkpoint*"))
    served, _ = load_classifier(tmp_path)
    assert isinstance(served, TransformerTagger)
    assert served.name == "distilled"
    assert served.manner.long_windows == (96, 64)
    assert (tmp_path / "layers.onnx").stat().st_size < (TEACHER / "layers.onnx").stat().st_size / 4
    written = _written(tmp_path)
    again = calibrate_transformer(rows, taxonomy, tmp_path)
    assert again["unlabelled_data"] == card["unlabelled_data"]
    assert _written(tmp_path) == written
    # Rows to calibrate on are no rows that it learned from.
    moved = calibrate_transformer(replace(rows, train=rows.train[:5], dev=rows.dev[:30]), taxonomy, tmp_path)
    assert moved["training_data"] == card["training_data"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"long_windows": []}, "long_windows"),
        ({"long_windows": [160, True]}, "long_windows"),
        ({"long_windows": 160}, "long_windows"),
        ({"window": 5}, "window"),
        ({"window": None}, "window"),
        ({"name": ""}, "name"),
    ],
)
def test_a_damaged_manner_is_refused(tmp_path, change, problem):
    shutil.copytree(TEACHER, tmp_path / "m")
    path = tmp_path / "m" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=problem):
        load_classifier(tmp_path / "m")


@pytest.mark.parametrize(
    "wrong", [{"layers": 0}, {"hard_weight": 2.0}, {"token_weight": -1.0}, {"long_windows": ()}, {"long_windows": (8,)}]
)
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        DistilOptions(**wrong)


def _written(folder):
    """Read what a training wrote: all but how quick it was, which no seed decides."""
    card = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
    assert card.pop("speed")["texts_per_second"] > 0
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "card.toml"}
    return {**files, "card.toml": card}
