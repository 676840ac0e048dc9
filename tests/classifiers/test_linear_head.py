import json

import numpy as np
import pytest

from cxmining.classifiers.base import Gold
from cxmining.classifiers.linear_head import LinearHead
from cxmining.errors import ModelError
from cxmining.models import load_classifier, shipped_encoder
from cxmining.pipeline import Tagger

WAIT = [
    "Čekao sam {} sata na liniji.",
    "Ждал ответа {} часа.",
    "電話が{}時間つながらない。",
    "Red se nije micao {} sata.",
]
RUDE = [
    "Djelatnica se {} puta izderala na mene.",
    "Кассир {} раза нахамил.",
    "店員に{}回怒鳴られた。",
    "Konobar me {} puta izvrijeđao.",
]


@pytest.fixture(scope="module")
def learned(tagger):
    texts = [t.format(n) for n in range(2, 12) for t in (*WAIT, *RUDE)]
    labels = np.array([[i % 8 < 4, i % 8 >= 4] for i in range(len(texts))])
    passages = tagger.passages(texts)
    gold = Gold(labels, np.ones_like(labels), [{} for _ in texts], [str(i) for i in range(len(texts))])
    return LinearHead(shipped_encoder(), ["wait", "rude"]).fit(passages, gold)


def test_learns_and_generalises(learned, tagger):
    passages = tagger.passages(["Na šalteru sam čekao čitavo jutro.", "Продавщица обругала меня последними словами."])
    scores = learned.predict_proba(passages)
    assert scores.shape == (2, 2)
    assert (scores.argmax(axis=1) == [0, 1]).all()


def test_round_trip_is_exact(learned, tagger, tmp_path):
    learned.save(tmp_path / "m")
    again, codebook = load_classifier(tmp_path / "m")
    passages = tagger.passages(["Čekao sam."])
    np.testing.assert_array_equal(again.predict_proba(passages), learned.predict_proba(passages))
    np.testing.assert_array_equal(again.thresholds_, learned.thresholds_)
    assert again.classes_ == ("wait", "rude")
    assert codebook is None


def test_scores_do_not_depend_on_company(learned, tagger):
    passages = tagger.passages(["Čekao sam.", "店員に怒鳴られた。", "Ждал."])
    together = learned.predict_proba(passages)
    np.testing.assert_array_equal(together[1:2], learned.predict_proba(passages[1:2]))


def test_evidence_lies_in_the_text(learned, tagger):
    passages = tagger.passages(["Lijep dan. Čekao sam tri sata na liniji. Sunce je sjalo."])
    a, b = learned.score(passages).evidence(0, 0)[0]
    assert "Čekao" in passages[0].document.text[a:b] or "liniji" in passages[0].document.text[a:b]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: {**s, "format": "other/1"}, "unknown format"),
        (lambda s: {**s, "classes": "wait"}, "'classes'"),
        (lambda s: {**s, "encoder_fingerprint": "x"}, "another encoder"),
        (lambda s: {**s, "classes": ["a", "b", "c"]}, "shape"),
    ],
)
def test_wrong_settings_are_refused(learned, tmp_path, change, message):
    learned.save(tmp_path)
    path = tmp_path / "model.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(ModelError, match=message):
        Tagger.load(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"\x80\x04}q\x00.", b"\xff" * 64])
def test_damaged_weights_are_refused(learned, tmp_path, damage):
    learned.save(tmp_path)
    (tmp_path / "head.safetensors").write_bytes(damage)
    with pytest.raises(ModelError, match="damaged"):
        Tagger.load(tmp_path)


def test_unknown_model_lists_the_shipped_ones():
    with pytest.raises(ModelError, match="linear-head"):
        Tagger.load("no-such-model")
