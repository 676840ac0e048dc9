"""A small student learns, is written, and serves what the network says."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

pytest.importorskip("torch", reason="learning needs the extra [transformers]; CI installs it")

import torch

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.fast.fit import StudyOptions, fit_student, frequent
from cxmining.classifiers.fast.lessons import FRAGMENTS, teach
from cxmining.classifiers.fast.ngrams import ngrams
from cxmining.classifiers.fast.serve import BATCH, LOWEST, STRETCH, FastTagger
from cxmining.classifiers.fast.vocabulary import Vocabulary
from cxmining.classifiers.transformer.teacher import Material, open_teacher
from cxmining.errors import ModelError, UsageError
from cxmining.models import load_classifier, model_folder, shipped_encoder
from cxmining.training import examples
from cxmining.training.fast import _learned

pytestmark = pytest.mark.torch
OPTIONS = StudyOptions(epochs=6, variants=1, batch_texts=16, learning_rate=0.03, least=2, width=32)


@pytest.fixture(scope="module")
def data():
    rows = load_corpus(language="hr", split="train").rows[:40]
    return examples(rows, load_taxonomy())


@pytest.fixture(scope="module")
def lessons(data):
    n = data.gold.labels.shape[1]

    def teacher(ids):
        return np.full((len(ids), n), -4.0, np.float32), np.linspace(-5, 0, n).astype(np.float32)

    return teach(Material(data.passages, data.gold), shipped_encoder(), teacher, OPTIONS.variants, OPTIONS.seed)


@pytest.fixture(scope="module")
def learned(lessons, tmp_path_factory):
    losses = []
    network = fit_student(lessons, OPTIONS, lambda *told: losses.append(told[2]))
    folder = tmp_path_factory.mktemp("fast")
    n = network.n_labels
    tagger = FastTagger(load_taxonomy().ids, _learned(network), np.full(n, 0.5, np.float32))
    tagger.save(folder)
    return network, losses, folder


def test_loss_falls(learned):
    losses = learned[1]
    assert losses[-1] < losses[0] * 0.9


def test_same_seed_same_student(lessons, learned):
    again = fit_student(lessons, OPTIONS)
    for name, value in again.state_dict().items():
        np.testing.assert_array_equal(value, learned[0].state_dict()[name], err_msg=name)


def test_served_scores_are_the_networks(learned, data):
    network, _, folder = learned
    served, _ = load_classifier(folder)
    short = [p for p in data.passages if len(p.text) < 300][:5]
    vocabulary = Vocabulary(network.codes.numpy())
    for passage, row in zip(short, served.features(short), strict=True):
        bags = vocabulary.bags([passage.text])
        assert len(bags.texts) < STRETCH
        with torch.inference_mode():
            said = network.said(torch.from_numpy(bags.rows.astype(np.int64)), torch.from_numpy(bags.offsets))
            own = network.documents(said, torch.from_numpy(bags.texts), 1)[0].numpy()
        np.testing.assert_allclose(row, own, atol=1e-3, err_msg=passage.text)


def test_scores_do_not_depend_on_company(learned, data):
    served, _ = load_classifier(learned[2])
    np.testing.assert_array_equal(
        served.predict_proba(data.passages)[11:14], served.predict_proba(data.passages[11:14])
    )


def test_of_a_long_text_the_best_stretch_counts(learned, tagger):
    served, _ = load_classifier(learned[2])
    told = "Čekao sam tri sata na liniji i nitko se nije javio. "
    once, often = served.features(tagger.passages([told * STRETCH, told * STRETCH * 40], language="hr"))
    np.testing.assert_allclose(once, often, rtol=1e-5)


def test_a_text_longer_than_a_batch_is_read_whole(learned, tagger):
    served, _ = load_classifier(learned[2])
    text = "Lijep dan. " * (BATCH // 8) + "Čekao sam tri sata na liniji i nitko se nije javio."
    passages = tagger.passages([text, "", "…"], language="hr")
    scores = served.score(passages)
    assert np.isfinite(scores.documents).all()
    np.testing.assert_array_equal(served.features(passages)[1:], LOWEST)
    for k in range(5):
        start, end = scores.evidence(0, k)[0]
        assert 0 <= start < end <= len(text)


def test_arrays_of_other_shapes_are_refused(learned, tmp_path):
    shutil.copytree(learned[2], tmp_path / "m")
    path = tmp_path / "m" / "head.safetensors"
    arrays = load_file(path)
    for name in arrays:
        save_file({**arrays, name: np.ascontiguousarray(arrays[name][:-1])}, path)
        with pytest.raises(ModelError):
            load_classifier(tmp_path / "m")
        save_file({k: v for k, v in arrays.items() if k != name}, path)
        with pytest.raises(ModelError):
            load_classifier(tmp_path / "m")


def test_damaged_codes_are_refused(learned, tmp_path):
    shutil.copytree(learned[2], tmp_path / "m")
    path = tmp_path / "m" / "head.safetensors"
    arrays = load_file(path)
    codes = arrays["codes"]
    for wrong in (codes[::-1], codes + 10**7, codes - 10**7, codes / 7, np.concatenate([codes[:1], codes[:-1]])):
        save_file({**arrays, "codes": np.ascontiguousarray(wrong)}, path)
        with pytest.raises(ModelError, match="codes"):
            load_classifier(tmp_path / "m")


def test_the_model_read_back_is_the_model(learned, data):
    network, _, folder = learned
    served, _ = load_classifier(folder)
    learned_ = _learned(network)
    halved = replace(learned_, vectors=learned_.vectors.astype(np.float16))
    fresh = FastTagger(served.classes_, halved, served.thresholds_)
    np.testing.assert_array_equal(fresh.features(data.passages[:9]), served.features(data.passages[:9]))


def test_ngrams_that_are_rare_are_not_known():
    texts = ["pas laje", "pas spava", "mačka"]
    assert frequent(texts, 2).tolist() == sorted(set(ngrams(["pas"]).codes.tolist()))
    assert len(frequent(texts, 4)) == 0


def test_texts_without_common_words_are_refused(lessons):
    for few in (lessons[0][:1], []):
        with pytest.raises(UsageError, match="no words in common"):
            fit_student([few], StudyOptions(epochs=1, width=4))


def test_a_text_of_signs_teaches_nothing_and_breaks_nothing(data, tagger):
    n = data.gold.labels.shape[1]

    def teacher(ids):
        return np.zeros((len(ids), n), np.float32), np.zeros(n, np.float32)

    odd = ["…!", "😡", "Čekao sam" + " " * 270_000 + "dva sata.", "Čekao sam. " + "𓀀" * 270_000]
    more = tagger.passages(odd, language="hr")
    lessons = teach(Material(data.passages, data.gold, more), shipped_encoder(), teacher, 1, 0)
    losses = []
    fit_student(lessons, StudyOptions(epochs=1, batch_texts=1, width=4), lambda *told: losses.append(told[2]))
    assert np.isfinite(losses).all()


def test_the_teacher_tells_tokens_and_documents(data):
    encoder = shipped_encoder()
    teacher = open_teacher(model_folder("transformer"), encoder)
    ids = encoder.with_specials(encoder.tokenise([data.passages[0].text])[0].ids)
    tokens, documents = teacher(ids)
    assert tokens.shape == (len(ids), len(documents)) == (len(ids), 27)


def test_lessons_tell_of_sentences_and_fragments(data):
    """A teacher that hears one word is quoted where that word is, and nowhere else."""
    encoder = shipped_encoder()
    word = encoder.tokenise(["sam"])[0].ids[0]

    def teacher(ids):
        return np.where(ids == word, 5.0, -5.0)[:, None].astype(np.float32), np.zeros(1, np.float32)

    gold = type(data.gold)(data.gold.labels[:, :1], data.gold.known[:, :1], [{}] * 40, data.gold.groups)
    loud = 0
    for lesson in teach(Material(data.passages, gold), encoder, teacher, 1, 0)[0]:
        found = ngrams([lesson.text])
        assert len(lesson.sentences) == len(found.first)
        assert len(lesson.fragments) == len(lesson.heard) <= FRAGMENTS
        for fragment, heard in zip(lesson.fragments, lesson.heard[:, 0], strict=True):
            assert fragment in lesson.text
            assert len(ngrams([fragment]).first) == 1
            assert heard in (-5, 5)
            assert heard < 0 or "sam" in fragment
            loud += heard > 0
        for i, told in enumerate(lesson.sentences[:, 0]):
            end = found.first[i + 1] if i + 1 < len(found.first) else len(lesson.text)
            assert told < 0 or "sam" in lesson.text[found.first[i] : end]
    assert loud


def test_texts_without_labels_are_taught_by_the_teacher_alone(data):
    n = data.gold.labels.shape[1]

    def teacher(ids):
        return np.zeros((len(ids), n), np.float32), np.zeros(n, np.float32)

    lessons = teach(Material(data.passages, data.gold, data.passages[:3]), shipped_encoder(), teacher, 1, 0)[0]
    open_ = [lesson for lesson in lessons if (lesson.labels == -1).all()]
    # The three themselves, and as many recombined texts as there are texts in all.
    assert len(open_) >= 3 + len(data.passages) + 3
    given = [lesson for lesson in lessons if (lesson.labels == 1).any()]
    assert all((lesson.labels == 0).any() for lesson in given)


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"width": 0}, {"hard_weight": 1.5}, {"logit_weight": -1.0}])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError):
        StudyOptions(**wrong)
