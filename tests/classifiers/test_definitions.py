import numpy as np
import pytest

from cxmining import load_corpus
from cxmining.classifiers.definitions import DefinitionTagger
from cxmining.models import load_classifier, shipped_encoder

TEXTS = {
    "hr": ["Knjiga je stigla s poderanim koricama.", "Dostavljač je bio vrlo ljubazan.", "Cijena je previsoka."],
    "ru": ["Книга пришла с порванной обложкой.", "Курьер был очень вежлив.", "Цена слишком высокая."],
    "ja": ["本の表紙が破れて届いた。", "配達員はとても親切だった。", "値段が高すぎる。"],
}
TOLD = [
    {"en": ["Damaged goods", "The product arrived torn or broken."], "hr": ["Roba je poderana ili slomljena."]},
    {"en": ["Friendly courier", "The delivery person was polite and kind."], "ru": ["Вежливый курьер"]},
    {"en": ["High price", "It costs too much."], "ja": ["値段が高い"]},
]


@pytest.fixture(scope="module")
def learned(tagger):
    background = []
    for code in TEXTS:
        rows = load_corpus(language=code, split="train").rows[:40]
        background += tagger.passages([r.text for r in rows], language=code)
    return DefinitionTagger(shipped_encoder(), ("damage", "kind", "price")).fit(TOLD, background)


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_the_right_label_ranks_first_in_every_language(learned, tagger, code):
    scores = learned.predict_proba(tagger.passages(TEXTS[code], language=code))
    assert scores.argmax(axis=1).tolist() == [0, 1, 2]


def test_scaling_sets_one_threshold_that_carries_over(learned, tagger):
    passages = [p for code, texts in TEXTS.items() for p in tagger.passages(texts, language=code)]
    labels = np.tile(np.eye(3, dtype=bool), (3, 1))
    scaled = DefinitionTagger(shipped_encoder(), ("damage", "kind", "price")).fit(TOLD, passages)
    scaled.scale(passages, labels, np.ones_like(labels))
    assert len(set(scaled.thresholds_.tolist())) == 1
    other = DefinitionTagger(shipped_encoder(), ("x",)).fit(TOLD[:1], passages).take_scale(scaled)
    assert other.thresholds_.tolist() == scaled.thresholds_[:1].tolist()


def test_what_was_saved_scores_the_same(learned, tagger, tmp_path):
    learned.save(tmp_path)
    loaded, _ = load_classifier(tmp_path)
    passages = tagger.passages(TEXTS["hr"], language="hr")
    np.testing.assert_array_equal(loaded.predict_proba(passages), learned.predict_proba(passages))
