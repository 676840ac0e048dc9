"""Writing systems: how much of a text is in which, and what Chinese characters alone give away."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

_NOISE = re.compile(r"https?://\S+|www\.\S+|[^\s@]{1,64}@[^\s@]{1,64}\.[^\s@]+|[@#]\w+")
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")
_CYRILLIC = re.compile(r"[Ѐ-ԯ]")
_KANA = re.compile(r"[ぁ-ゖァ-ヺー々〆ｦ-ﾟ]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_HANGUL = re.compile(r"[가-힣ᄀ-ᇿㄱ-ㆎ]")
_OTHER = (
    ("el", re.compile(r"[Ͱ-Ͽἀ-῿]")),
    ("ar", re.compile(r"[؀-ۿݐ-ݿﭐ-﷿ﹰ-ﻼ]")),
    ("he", re.compile(r"[֐-׿]")),
    ("th", re.compile(r"[฀-๿]")),
    ("hi", re.compile(r"[ऀ-ॿ]")),
    ("hy", re.compile(r"[԰-֏]")),
    ("ka", re.compile(r"[Ⴀ-ჿ]")),
)
_MAIN = (("latin", _LATIN), ("cyrillic", _CYRILLIC), ("kana", _KANA), ("han", _HAN), ("hangul", _HANGUL))
_SCRIPTS = tuple(name for name, _ in (*_MAIN, *_OTHER))
# Common in Chinese; the second row also stands in Japanese compounds and says less.
_CHINESE_FREQUENT = (
    dict.fromkeys("你她它們们這这那哪嗎吗呢吧很麼么沒没說说給给讓让还跟怎啥咱您", -1.5)
    | dict.fromkeys("的了是我他就都也太差", -0.5)
    | {"又": -1.0}
)
_OLD_FORM_LEAD = 0x98


@dataclass(frozen=True, slots=True)
class Letters:
    """Number of letters of each writing system; ``other`` names the language of the rarer ones."""

    latin: int
    cyrillic: int
    kana: int
    han: int
    hangul: int
    rest: int
    other: str | None


def without_noise(text: str) -> str:
    """Take addresses and names of accounts out of a text.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text with a space in each one's place.
    """
    return _NOISE.sub(" ", text) if ("@" in text or "/" in text or "#" in text or "www" in text) else text


def letters(text: str) -> Letters:
    """Count letters by writing system.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    Letters
        The counts.
    """
    found = dict.fromkeys(_SCRIPTS, 0)
    # Few characters differ within a text, so that each is looked up once.
    for character, count in Counter(text).items():
        script = _script(character)
        if script is not None:
            found[script] += count
    rest, other = max((found[name], name) for name, _ in _OTHER)
    latin, cyrillic, kana, han, hangul = (found[name] for name, _ in _MAIN)
    return Letters(latin, cyrillic, kana, han, hangul, rest, other if rest else None)


@lru_cache(maxsize=100_000)
def _script(character: str) -> str | None:
    """Name the writing system of a character; None for what is no letter of a known one."""
    return next((name for name, pattern in (*_MAIN, *_OTHER) if pattern.match(character)), None)


def han_evidence(text: str) -> float:
    """Weigh whether Chinese characters are written as in Japan or as in China.

    Parameters
    ----------
    text : str
        Text without kana.

    Returns
    -------
    float
        Above 0 for Japanese, below 0 for Chinese, 0 where the characters are common to both.

    Notes
    -----
    The character sets of the national encodings hold the answer: what Shift JIS lacks is not written in Japan, what
    both GB 2312 and Big5 lack is a form of Japan alone, and old forms sit in the second level of Shift JIS.
    """
    return sum(map(_weight, _HAN.findall(text)))


@lru_cache(maxsize=20_000)
def _weight(character: str) -> float:
    """Weigh one character."""
    japanese = _encoded(character, "shift_jis")
    simplified, traditional = _encoded(character, "gb2312"), _encoded(character, "big5")
    frequent = _CHINESE_FREQUENT.get(character, 0.0)
    if japanese is None:
        return frequent - (3.0 if simplified or traditional else 0.5)
    if simplified is None and traditional is None:
        return 3.0
    if japanese[0] >= _OLD_FORM_LEAD and japanese[0] != 0xE0 and simplified is None:
        return frequent - 2.0
    if japanese[0] >= _OLD_FORM_LEAD:
        return frequent - 0.4
    # Forms that Japan shares with only one of the two Chinese standards say a little.
    return frequent + (0.15 if traditional is None or simplified is None else 0.0)


def _encoded(character: str, encoding: str) -> bytes | None:
    """Encode a character where the encoding has it."""
    try:
        return character.encode(encoding)
    except UnicodeEncodeError:
        return None
