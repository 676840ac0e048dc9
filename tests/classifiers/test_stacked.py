"""The stacked tagger: what its members add, and what it refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from cxmining.classifiers.base import Gold
from cxmining.classifiers.linear_head import LinearHead
from cxmining.classifiers.stacked import StackedTagger
from cxmining.errors import ModelError
from cxmining.model_files import model_files
from cxmining.models import load_classifier, shipped_encoder, shipped_source

CODES = ("waiting", "manners")
TOLD = [
    {"en": ["Waiting", "The customer waits for a long time."], "hr": ["Čekanje", "Kupac dugo čeka."]},
    {"en": ["Manners", "Staff are rude."], "hr": ["Ponašanje", "Osoblje je bezobrazno."]},
]
WAIT = [
    "Čekao sam {} sata na liniji.",
    "Stajala sam u redu {} sata.",
    "Ждал ответа {} часа.",
    "Red se nije micao {} sata.",
]
RUDE = [
    "Djelatnica se {} puta izderala na mene.",
    "Kartu mi je {} puta bacio na pult.",
    "Кассир {} раза нахамил.",
    "Konobar me {} puta izvrijeđao.",
]


@pytest.fixture(scope="module")
def texts(tagger):
    told = [t.format(n) for n in range(2, 8) for t in (*WAIT, *RUDE)]
    labels = np.array([[i % 8 < 4, i % 8 >= 4] for i in range(len(told))])
    gold = Gold(labels, np.ones_like(labels), [{} for _ in told], [str(i % 12) for i in range(len(told))])
    return tagger.passages(told), gold


@pytest.fixture(scope="module")
def learned(texts):
    return StackedTagger(shipped_encoder(), CODES, TOLD, shipped_source(), n_folds=3).fit(*texts)


@pytest.fixture(scope="module")
def saved(learned, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stacked") / "mine"
    learned.save(folder)
    return folder


def test_learns_and_generalises_to_a_language_without_training_texts(learned, tagger):
    passages = tagger.passages(["Na šalteru sam čekao čitavo jutro.", "電話が三時間つながらない。"])
    assert (learned.predict_proba(passages).argmax(axis=1) == 0).all()
    shouted = tagger.passages(["Prodavačica me pred svima izvrijeđala.", "店員に怒鳴られた。"])
    assert (learned.predict_proba(shouted).argmax(axis=1) == 1).all()


def test_held_out_scores_know_nothing_of_labels_without_a_pattern(tagger):
    """A member that scored rows it learned from would know them by their words."""
    rng = np.random.default_rng(0)
    passages = tagger.passages([f"Narudžba {rng.integers(10**9)} {rng.integers(10**9)}" for _ in range(60)])
    labels = rng.random((60, 1)) < 0.5
    gold = Gold(
        np.hstack([labels, ~labels]), np.ones((60, 2), bool), [{} for _ in passages], [str(i) for i in range(60)]
    )
    fitted = StackedTagger(shipped_encoder(), CODES, TOLD, shipped_source()).fit(passages, gold)
    assert ((fitted.held_out_ > 0.5) == gold.labels).mean() < 0.7


def test_folds_without_a_label_turn_nothing_round(texts):
    """With one scenario a label, what is held out was never met, and a constant must not count against it."""
    passages, gold = texts
    groups = ["a" if waits else "b" for waits in gold.labels[:, 0]]
    apart = Gold(gold.labels, gold.known, gold.spans, groups)
    fitted = StackedTagger(shipped_encoder(), CODES, TOLD).fit(passages, apart)
    assert (fitted._weight >= 0).all()
    assert (fitted.predict_proba(passages).argmax(axis=1) == gold.labels.argmax(axis=1)).mean() > 0.9


def test_one_text_in_a_language_does_not_settle_that_language(texts, tagger):
    told = tagger.passages(["電話が三時間つながらない。"])
    gold = texts[1]
    one = Gold(
        np.vstack([gold.labels, [[True, False]]]),
        np.vstack([gold.known, [[True, True]]]),
        [*gold.spans, {}],
        [*gold.groups, "x"],
    )
    fitted = StackedTagger(shipped_encoder(), CODES, TOLD).fit([*texts[0], *told], one)
    new = tagger.passages(["店員に大声で怒鳴られた。", "Na šalteru sam čekao."])
    heard = fitted._hear(fitted._head.read(new), new)
    assert (np.abs(fitted._ngrams.logits(new))[0] == 6).all()
    assert np.isnan(heard[0, :, 3]).all() and np.isfinite(heard[1, :, 3]).all()
    np.testing.assert_array_equal(fitted._spoken(heard)[0, :, 3], fitted._silence[:, 3])


def test_silence_is_what_is_usual_for_the_label(texts):
    """Of a label that most texts bear, silence must not speak against it."""
    gold = texts[1]
    often = Gold(np.column_stack([np.arange(48) % 4 > 0, np.arange(48) % 4 == 0]), gold.known, gold.spans, gold.groups)
    fitted = StackedTagger(shipped_encoder(), CODES, TOLD).fit(texts[0], often)
    assert fitted._silence[0, 3] > 0 > fitted._silence[1, 3]


def test_with_a_source_and_after_loading_scores_are_the_same(learned, saved, texts):
    loaded, _ = load_classifier(saved)
    assert loaded.name == "stacked" and loaded.classes_ == CODES
    np.testing.assert_allclose(loaded.predict_proba(texts[0][:9]), learned.predict_proba(texts[0][:9]), atol=1e-6)
    np.testing.assert_array_equal(loaded.thresholds_, learned.thresholds_)


def test_scores_do_not_depend_on_company_with_a_source(learned, texts):
    together = learned.predict_proba(texts[0][:10])
    np.testing.assert_array_equal(together[4:7], learned.predict_proba(texts[0][4:7]))


def test_hashes_of_a_job_cover_the_source(saved):
    found = {f"{path.parent.name}/{path.name}" for path in model_files(saved)}
    assert {"mine/head.safetensors", "mine/vocabulary.json", "distilled/layers.onnx"} <= found
    assert any(name.startswith("encoder/") for name in found)


def test_transfer_places_texts_that_share_no_word_with_what_was_learned(learned, tagger):
    new = [
        "Svaki put visim na telefonu i slušam glazbu.",
        "Rugala mi se pred svima u trgovini.",
        "店員に怒鳴られた。",
    ]
    assert learned._transfer.logits(tagger.passages(new)).argmax(axis=1).tolist() == [0, 1, 1]
    # With nobody to hear from, the n-grams say nothing in a language that they have not met.
    assert np.isnan(learned._ngrams.logits(tagger.passages(new))[2]).all()


def _copied(saved, tmp_path):
    return Path(shutil.copytree(saved, tmp_path / "m"))


@pytest.mark.parametrize("told", ["0" * 16, "", True, 1])
def test_another_source_is_refused(saved, tmp_path, told):
    path = _copied(saved, tmp_path) / "model.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**settings, "source_fingerprint": told}), encoding="utf-8")
    with pytest.raises(ModelError, match="another version of a shipped tagger"):
        load_classifier(path.parent)
    del settings["source_fingerprint"]
    path.write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(ModelError, match="another version of a shipped tagger"):
        load_classifier(path.parent)


@pytest.mark.parametrize(
    "content", [None, "[]", "{}", "{", '{"hr.word": 3}', '{"hr.word": [], "hr.char": []}', '{"hr": []}']
)
def test_damaged_vocabularies_are_refused(saved, tmp_path, content):
    path = _copied(saved, tmp_path) / "vocabulary.json"
    if content is None:
        path.unlink()
    else:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError):
        load_classifier(path.parent)


@pytest.mark.parametrize("lost", ["head.segment.weight", "transfer.weight", "stack.bias", "silence"])
def test_missing_arrays_are_named(saved, tmp_path, lost):
    from safetensors.numpy import load_file, save_file

    path = _copied(saved, tmp_path) / "head.safetensors"
    save_file({k: v for k, v in load_file(path).items() if k != lost}, path)
    with pytest.raises(ModelError, match=lost.removeprefix("head.").removeprefix("transfer.")):
        load_classifier(path.parent)


def test_another_kind_in_its_folder_leaves_no_words_behind(saved, tmp_path, texts):
    folder = _copied(saved, tmp_path)
    LinearHead(shipped_encoder(), CODES).fit(*texts).save(folder)
    assert not (folder / "vocabulary.json").exists()
