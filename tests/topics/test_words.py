import numpy as np
import pytest

from cxmining.text import tokenize
from cxmining.topics.collocations import topic_collocations
from cxmining.topics.describe import Material, describe_topics
from cxmining.topics.keywords import class_tfidf, npmi, topic_words
from cxmining.topics.lexical import lexical_topics
from cxmining.topics.lexicon import LexiconBuilder
from cxmining.topics.model import Assignment
from cxmining.topics.quotes import choose_quotes
from cxmining.topics.terms import feeling_words, is_content, stop_words

TOPICS = np.array([0, 1] * 10 + [-1])
DOCUMENTS = np.arange(21)


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        ("hr", "Nisam dobio račun i čekao sam 3 sata", ["račun", "čekati"]),
        ("ru", "Я звонил Ивану, но карту заблокировали 2 раза", ["звонить", "карта", "заблокировать"]),
        ("ja", "田中さんの部屋がとても狭くて、風呂が汚い", ["部屋", "狭い", "風呂", "汚い"]),
    ],
)
def test_content_words(language, text, kept):
    assert [t.lemma for t in tokenize(text, language) if is_content(t, language)] == kept


def test_word_lists():
    assert {"i", "biti", "dan"} <= stop_words("hr")
    assert "хороший" in feeling_words("ru")
    assert "最高" in feeling_words("ja")
    assert stop_words("xx") == frozenset()


def test_names_are_left_out():
    builder = LexiconBuilder()
    for _ in range(4):
        builder.add(tokenize("Pregled kod Belak bio je kratak", "hr"), "hr")
    builder.add(tokenize("SVE JE OVDJE PRLJAVO", "hr"), "hr")
    found = builder.finish()
    assert "belak" not in found.words(0)
    assert "pregled" in found.words(0)
    assert "prljav" in " ".join(found.words(4))


def test_lexicon_counts(lexicon):
    assert lexicon.n_segments == 21
    assert lexicon.words(1) == ["kava", "okus", "šalica"]
    assert lexicon.lengths.tolist() == [3] * 20 + [2]
    by_topic = lexicon.counts(TOPICS, 2)
    assert by_topic.shape == (2, len(lexicon.lemmas))
    assert by_topic[0, lexicon.lemmas.index("linija")] == 10
    assert by_topic[1, lexicon.lemmas.index("linija")] == 0


def test_the_dictionary_form_is_shown_where_it_is_in_use():
    builder = LexiconBuilder()
    for text in ("karticu uzeli", "karticu blokirali", "kartica vrijedi", "limiti rastu", "limiti padaju"):
        builder.add(tokenize(text, "hr"), "hr")
    found = builder.finish()
    shown = dict(zip(found.lemmas, found.surfaces, strict=True))
    assert shown["kartica"] == "kartica"
    assert shown[found.words(3)[0]] == "limiti"


def test_topic_words(lexicon):
    found = topic_words(lexicon, TOPICS, DOCUMENTS, 2)
    assert {w.lemma for w in found[0]["hr"]} == {"topla", "linija", "zvuk", "operater"}
    assert {w.lemma for w in found[1]["hr"]} == {"kava", "okus", "šalica", "mlijeko"}
    top = max(found[0]["hr"], key=lambda w: w.score)
    assert (top.score, top.count) == (1.0, 10)
    assert found[0]["ja"] == []


def test_praise_names_a_topic_only_where_nothing_else_is_left():
    builder = LexiconBuilder()
    for n in range(6):
        builder.add(tokenize("grozan šalter, grozan red", "hr"), "hr")
        builder.add(tokenize(f"odličan, izvrstan, {'sjajan' if n % 2 else 'vrhunski'}", "hr"), "hr")
    found = topic_words(builder.finish(), np.array([0, 1] * 6), np.arange(12), 2)
    assert found[0]["hr"][0].lemma == "šalter"
    assert {"odličan", "izvrstan"} <= {w.lemma for w in found[1]["hr"]}


def test_class_tfidf_prefers_what_is_rare_elsewhere():
    scores = class_tfidf(np.array([[4.0, 4.0], [0.0, 8.0]]))
    assert scores[0, 0] > scores[0, 1]
    assert scores[1, 0] == 0


def test_npmi_bounds():
    together = np.array([[4.0, 4.0, 0.0], [4.0, 4.0, 0.0], [0.0, 0.0, 4.0]])
    found = npmi(together, 8)
    assert found[0, 1] == pytest.approx(1.0)
    assert found[0, 2] == -1


def test_collocations(lexicon):
    found = topic_collocations(lexicon, TOPICS, 2)
    first = found[0]["hr"][0]
    assert (first.lemmas, first.surface, first.count) == (("topla", "linija"), "topla linija", 10)
    assert first.score > 10.83
    assert "linija" not in " ".join(c.surface for c in found[1]["hr"])


def test_collocations_need_neighbours():
    builder = LexiconBuilder()
    for _ in range(5):
        builder.add(tokenize("kartica je za račun", "hr"), "hr")
        builder.add(tokenize("limit plaća", "hr"), "hr")
    found = topic_collocations(builder.finish(), np.array([0, 1] * 5), 2)
    assert found[0] == {}


def test_quotes_are_different_and_of_a_length_to_quote():
    texts = ["kratko", "Ovo je rečenica koja se može navesti.", "ovo je REČENICA koja se može navesti.", "x" * 400]
    texts += ["Druga rečenica iz istog dokumenta kao prva.", "Treća rečenica iz nekog drugog dokumenta."]
    weights = np.array([0.9, 0.8, 0.7, 0.95, 0.6, 0.5], np.float32)
    found = choose_quotes(np.zeros(6, int), weights, np.array(["hr"] * 6), np.array([0, 1, 2, 3, 1, 4]), texts)
    assert found == [[1, 5]]


def test_descriptions(lexicon):
    texts = ["Topla linija opet ne radi danas"] * 10 + ["Kava je bila bez ikakvog okusa"] * 11
    material = Material(lexicon, np.array(["hr"] * 20 + ["ja"]), DOCUMENTS, texts)
    weights = np.full(21, 0.5, np.float32)
    first, second = describe_topics(material, Assignment(TOPICS, weights, TOPICS), 2, seeds=("phone",))
    assert first.label.startswith("phone: ")
    assert "topla linija" in first.names["hr"]
    assert "kava" in second.names["hr"]
    assert (first.n_segments, first.n_documents, first.languages) == (10, 10, {"hr": 10})
    assert set(first.names) == {"hr"}


@pytest.mark.parametrize("method", ["nmf", "lda"])
def test_lexical_topics(lexicon, method):
    found = lexical_topics(lexicon, 2, method, seed=1)
    hr = found.topics[:20].reshape(10, 2)
    assert (hr == hr[0]).all()
    assert hr[0, 0] != hr[0, 1]
    np.testing.assert_allclose(found.components.sum(axis=1), 1)
    assert found.topics[20] == -1
    again = lexical_topics(lexicon, 2, method, seed=1)
    np.testing.assert_array_equal(again.weights, found.weights)
    assert "linija" in [lexicon.lemmas[i] for i in found.top_terms(int(hr[0, 0]))]


def test_lexical_topics_need_words():
    with pytest.raises(ValueError, match="two or more texts"):
        lexical_topics(LexiconBuilder().finish(), 2)
