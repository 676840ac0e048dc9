"""What every estimator keeps, whatever it learns from."""

import json

import numpy as np
import pytest

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.definitions import DefinitionTagger
from cxmining.classifiers.linear_head import LinearHead
from cxmining.classifiers.rules import Rules, RuleTagger
from cxmining.classifiers.stacked import StackedTagger
from cxmining.classifiers.tfidf import TfidfTagger
from cxmining.errors import ModelError
from cxmining.models import load_classifier, model_names, shipped_encoder
from cxmining.training import examples

TAXONOMY = load_taxonomy()
LABELS = ("long_wait", "contempt", "billing_error")


@pytest.fixture(scope="module")
def data():
    rows = [r for code in ("hr", "ru", "ja") for r in load_corpus(language=code, split="train").rows[:60]]
    full = examples(rows, TAXONOMY)
    keep = [TAXONOMY.index[label] for label in LABELS]
    gold = type(full.gold)(
        full.gold.labels[:, keep],
        full.gold.known[:, keep],
        [{keep.index(k): v for k, v in spans.items() if k in keep} for spans in full.gold.spans],
        full.gold.groups,
    )
    return full.passages, gold


TOLD = [{"hr": [TAXONOMY[k].definition["hr"]], "en": [TAXONOMY[k].name["en"]]} for k in LABELS]
LEARNERS = {
    "tfidf": lambda seed=0: TfidfTagger(LABELS, seed=seed, n_folds=2),
    "linear-head": lambda seed=0: LinearHead(shipped_encoder(), LABELS, seed=seed, n_folds=2),
    "stacked": lambda seed=0: StackedTagger(shipped_encoder(), LABELS, TOLD, seed=seed, n_folds=2),
}
ALL = sorted({"rules", "definitions", *LEARNERS, *model_names()})


@pytest.fixture(scope="module", params=sorted(LEARNERS))
def learned(request, data):
    return LEARNERS[request.param]().fit(*data)


@pytest.fixture(scope="module", params=ALL)
def estimator(request, data):
    if request.param == "rules":
        return RuleTagger(Rules.load(LABELS))
    if request.param == "definitions":
        return DefinitionTagger(shipped_encoder(), LABELS).fit(TOLD, data[0])
    if request.param in LEARNERS and request.param not in model_names():
        return LEARNERS[request.param]().fit(*data)
    return load_classifier(request.param)[0]


def test_constructor_stores_parameters_untouched(learned):
    assert learned.classes is LABELS
    assert learned.seed == 0


def test_same_seed_same_scores(learned, data):
    again = LEARNERS[learned.name]().fit(*data)
    np.testing.assert_array_equal(again.predict_proba(data[0][:9]), learned.predict_proba(data[0][:9]))
    np.testing.assert_array_equal(again.thresholds_, learned.thresholds_)


def test_scores_are_probabilities_of_the_right_shape(estimator, data):
    scores = estimator.predict_proba(data[0][:7])
    assert scores.shape == (7, len(estimator.classes_)) == (7, len(estimator.thresholds_))
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    assert (scores <= 1).all()


def test_no_passages_give_no_rows(estimator):
    assert estimator.predict_proba([]).shape == (0, len(estimator.classes_))


def test_scores_do_not_depend_on_company(estimator, data):
    some = data[0][50:70]
    np.testing.assert_array_equal(estimator.predict_proba(some)[4:9], estimator.predict_proba(some[4:9]))


def test_evidence_lies_in_the_text_and_is_not_empty(estimator, data):
    some = data[0][::20]
    scores = estimator.score(some)
    for i, passage in enumerate(some):
        for k in range(len(estimator.classes_)):
            spans = scores.evidence(i, k)
            assert spans
            for start, end in spans:
                assert 0 <= start < end <= len(passage.document.text)


def test_what_was_saved_scores_the_same(learned, data, tmp_path):
    learned.save(tmp_path)
    loaded, _ = load_classifier(tmp_path)
    assert loaded.classes_ == LABELS
    assert loaded.name == learned.name
    np.testing.assert_allclose(loaded.predict_proba(data[0][:12]), learned.predict_proba(data[0][:12]), atol=1e-6)
    np.testing.assert_array_equal(loaded.thresholds_, learned.thresholds_)


def test_damaged_files_are_refused(learned, tmp_path):
    learned.save(tmp_path)
    weights = tmp_path / "head.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="damaged"):
        load_classifier(tmp_path)
    weights.write_bytes(whole)
    settings = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    (tmp_path / "model.json").write_text(json.dumps({**settings, "classes": [*LABELS, "x"]}), encoding="utf-8")
    with pytest.raises(ModelError):
        load_classifier(tmp_path)
