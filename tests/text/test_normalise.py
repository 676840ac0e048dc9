import re
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmining.text import normalise

FORMS = st.sampled_from(["NFC", "NFKC"])
# Characters that meet badly: marks, half-width kana, jamo, joiners, line ends, surrogates, expansions.
AWKWARD = st.sampled_from(
    "aeč čсе́й\u0301\u030c\u0323\u0338か\u3099\u309aｶﾞﾟﾊ㍿㌔①ﾡￂ\u1100\u1161\u11a8가\u200b\u200d\ufe0f\u20e3"
    "1❤👨👩🏴\U000e0067\U000e007f\r\n\t\u00a0\u3000\u00ad\ufeff\u202e\ud800\udfff\u2028\x00\x85ﷺ™´\u09c7\u09be"
)
RAW = st.text(AWKWARD, max_size=30) | st.text(st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("raw", "form", "text", "starts", "ends"),
    [
        ("", "NFC", "", [], []),
        ("ok", "NFC", "ok", [0, 1], [1, 2]),
        ("č", "NFC", "č", [0], [1]),
        ("c\u030ca", "NFC", "ča", [0, 2], [2, 3]),
        ("и\u0306", "NFC", "й", [0], [2]),
        ("か\u3099す", "NFKC", "がす", [0, 2], [2, 3]),
        ("ｶﾞｽ", "NFKC", "ガス", [0, 2], [2, 3]),
        ("ﾊﾟﾊﾟ", "NFKC", "パパ", [0, 2], [2, 4]),
        ("㍿Ａ", "NFKC", "株式会社A", [0, 0, 0, 0, 1], [1, 1, 1, 1, 2]),
        ("㍿", "NFC", "㍿", [0], [1]),
        ("a\r\nb\rc", "NFC", "a\nb\nc", [0, 1, 3, 4, 5], [1, 3, 4, 5, 6]),
        ("a\u00a0\tb", "NFC", "a  b", [0, 1, 2, 3], [1, 2, 3, 4]),
        ("\ufeffa\u200bb\u00ad", "NFC", "ab", [1, 3], [2, 4]),
        ("か\u200b\u3099", "NFKC", "が", [0], [3]),
        ("a\ud800b", "NFC", "a\ufffdb", [0, 1, 2], [1, 2, 3]),
        ("\u1112\u1161\u11ab", "NFC", "한", [0], [3]),
        ("\u202eabc\u202c", "NFC", "abc", [1, 2, 3], [2, 3, 4]),
    ],
)
def test_table(raw, form, text, starts, ends):
    found, first, last = normalise(raw, form)
    assert (found, first.tolist(), last.tolist()) == (text, starts, ends)
    assert first.dtype == last.dtype == np.int32


@pytest.mark.parametrize("emoji", ["❤️", "1️⃣", "👨‍👩‍👧", "👍🏽", "🏳️‍🌈", "🏴\U000e0067\U000e0062\U000e007f", "🇭🇷"])
def test_emoji_stay_whole(emoji):
    assert normalise(f"a {emoji} b", "NFKC")[0] == f"a {emoji} b"


@pytest.mark.parametrize("raw", ["a\ufe0f", "a\u200db", "日\ufe00", "1\ufe0f"])
def test_glue_outside_emoji_goes(raw):
    assert "\ufe0f" not in normalise(raw, "NFC")[0]
    assert "\u200d" not in normalise(raw, "NFC")[0]


@settings(max_examples=400)
@given(RAW, FORMS)
def test_map_is_sound(raw, form):
    text, starts, ends = normalise(raw, form)
    assert len(text) == len(starts) == len(ends)
    if text:
        assert (starts < ends).all()
        assert starts.min() >= 0
        assert ends.max() <= len(raw)
        assert (np.diff(starts) >= 0).all()
        assert (np.diff(ends) >= 0).all()


@settings(max_examples=400)
@given(RAW, FORMS)
def test_normalising_twice_changes_nothing(raw, form):
    text = normalise(raw, form)[0]
    assert normalise(text, form)[0] == text
    assert unicodedata.is_normalized(form, text)
    text.encode("utf-8")
    assert "\r" not in text
    assert "\t" not in text


@settings(max_examples=300)
@given(st.text(st.sampled_from("ab čćжйкガｶﾞ\u3099\u030c\u0301\u0323①㍿\u1100\u1161\u11a8\n"), max_size=40), FORMS)
def test_agrees_with_unicodedata(raw, form):
    assert normalise(raw, form)[0] == unicodedata.normalize(form, raw)


@given(st.text(st.sampled_from("abc čžш日本ガ"), max_size=40), FORMS)
def test_mapped_characters_are_the_raw_ones(raw, form):
    text, starts, ends = normalise(raw, form)
    for character, start, end in zip(text, starts.tolist(), ends.tolist(), strict=True):
        assert raw[start:end] == character


@settings(max_examples=300)
@given(st.text(st.sampled_from("ab：！？…ｱｶﾞＡ㍿①゛\u3000 \t日ガč"), max_size=40), FORMS)
def test_short_ways_lead_to_the_same_map(raw, form):
    module = sys.modules[normalise.__module__]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_APART", re.compile("(?!)"))
        patch.setattr(module, "_ANY_SPACE", re.compile("(?!)"))
        text, starts, ends = normalise(raw, form)
    found, first, last = normalise(raw, form)
    assert (found, first.tolist(), last.tolist()) == (text, starts.tolist(), ends.tolist())


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_characters_that_stand_apart_join_none(form):
    module = sys.modules[normalise.__module__]
    for point in range(0x10000):
        if not 0xD800 <= point < 0xE000 and module._APART.fullmatch(chr(point)):
            assert module._role(chr(point), form) != "joins", hex(point)


def test_shared_places_cannot_be_written():
    starts = normalise("abc", "NFC")[1]
    with pytest.raises(ValueError, match="read-only"):
        starts[0] = 5


def test_a_long_text_is_mapped_in_one_go():
    raw = "ｶﾞｽ。" * 50_000
    text, starts, ends = normalise(raw, "NFKC")
    assert text == "ガス。" * 50_000
    assert starts[-1] == len(raw) - 1
    assert ends[-1] == len(raw)
