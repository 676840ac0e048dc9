import pytest

from cxmining.text import tokenize


@pytest.mark.parametrize(
    ("text", "language", "lemmas"),
    [
        ("Nisam dobila račune", "hr", ["biti", "dobiti", "račun"]),
        ("nisam dobio racun, medjutim zeljela sam", "hr", ["biti", "dobiti", "račun", "međutim", "željeti", "biti"]),
        ("Zasto? Vec cekam", "bs", ["zašto", "već", "čekati"]),
        ("Её отчёты не пришли", "ru", ["ее", "отчет", "не"]),
        ("繋がらなかった", "ja", ["繋がる", "ない", "た"]),
        ("解約したい!", "ja", ["解約", "する", "たい"]),
        ("It's Over 9000", "other", ["it's", "over", "9000"]),
        ("", "hr", []),
        ("", "ja", []),
    ],
)
def test_lemmas(text, language, lemmas):
    assert [token.lemma for token in tokenize(text, language)][: len(lemmas)] == lemmas


@pytest.mark.parametrize(
    ("text", "language"), [("Wi-Fi ne radi, 3 dana!", "hr"), ("Связь 4G — ужас", "ru"), ("電話が、\n遅い。", "ja")]
)
def test_offsets(text, language):
    found = tokenize(text, language)
    assert found
    assert all(text[token.start : token.end] == token.surface for token in found)


def test_a_very_long_japanese_text():
    text = "電話が繋がらない。" * 5000
    found = tokenize(text, "ja")
    assert found[-1].end == len(text) - 1
    assert all(text[token.start : token.end] == token.surface for token in found)


def test_both_spellings_of_yo_meet():
    assert tokenize("отчёт", "ru")[0].lemma == tokenize("отчет", "ru")[0].lemma


@pytest.mark.parametrize(
    ("language", "text", "pos"),
    [
        ("ru", "Иван не вернул карту", ["PROPN", "X", "VERB", "NOUN"]),
        ("ja", "東京の部屋が汚い", ["PROPN", "X", "NOUN", "X", "ADJ"]),
        ("hr", "Nisu vratili novac", ["", "", ""]),
    ],
)
def test_parts_of_speech_where_the_dictionary_tells(language, text, pos):
    assert [token.pos for token in tokenize(text, language)] == pos
