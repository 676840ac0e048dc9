import codecs

import pytest

from cxmining.loaders.encoding import ENCODINGS, detect, detect_file
from cxmining.loaders.plausibility import LANGUAGES, best_language, count, profiles, symbol

TEXTS = {
    "hr": "Pošta je opet zagubila moju pošiljku, a žalba čeka već mjesec dana.\n",
    "ru": "Почта опять потеряла мою посылку, а жалоба лежит уже месяц.\n",
    "ja": "郵便局がまた荷物をなくしたのに、苦情の返事は一か月も来ていません。\n",
}
HOLDS = {
    "hr": ["cp1250", "iso8859_2"],
    "ru": ["cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic"],
    "ja": ["cp932", "euc_jp", "iso2022_jp"],
}
WIDE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize(("language", "encoding"), [(lang, e) for lang in LANGUAGES for e in (*WIDE, *HOLDS[lang])])
def test_decodes_exactly(language, encoding):
    data = TEXTS[language].encode(encoding)
    assert detect(data).decode(data) == TEXTS[language]


@pytest.mark.parametrize(
    "text", ["ЗАКРЫТО НА УЧЁТ\n", "@shop www.example.com ОЧЕНЬ ПЛОХО!!!\n", "iPhone 12 не работает, iOS 17\n"]
)
@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "cp866", "iso8859_5"])
def test_capitals_and_latin_words_do_not_mislead(text, encoding):
    data = text.encode(encoding)
    assert detect(data).decode(data) == text


def test_all_listed_encodings_are_codecs():
    assert [codecs.lookup(name).name for name in ENCODINGS]


def test_utf8_with_a_damaged_place_stays_utf8():
    data = (TEXTS["ru"] * 5).encode() + b"\xff\n"
    assert detect(data).name == "utf-8"
    assert detect(data).decode(data).endswith("\udcff\n")


def test_a_byte_cut_from_utf16_is_marked_not_raised():
    text = detect("žao".encode("utf-16")[:-1]).decode("žao".encode("utf-16")[:-1])
    assert text.startswith("ža")


@pytest.mark.parametrize("encoding", ["cp1250", "koi8_r", "cp932", "utf-16-le", "utf-8"])
def test_large_files_are_sampled(tmp_path, encoding):
    language = {"cp1250": "hr", "koi8_r": "ru", "cp932": "ja"}.get(encoding, "ru")
    path = tmp_path / "large.txt"
    path.write_bytes((TEXTS[language] * 20_000).encode(encoding))
    assert detect_file(path).name == encoding


def test_large_file_on_one_line(tmp_path):
    path = tmp_path / "line.txt"
    for shift in range(3):
        path.write_bytes(b"x" * shift + TEXTS["ja"].strip().encode() * 20_000)
        found = detect_file(path)
        assert (found.name, found.note) == ("utf-8", "valid UTF-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_profiles_prefer_their_language(language):
    assert best_language(TEXTS[language])[1] == language


def test_counting_folds_case_digits_and_kanji():
    assert count(["A1"]) == {" ": {"a": 1}, "a": {"0": 1}, "0": {" ": 1}}
    assert symbol("日") == symbol("本") != symbol("弌")
    assert len(profiles()) == len(LANGUAGES)
