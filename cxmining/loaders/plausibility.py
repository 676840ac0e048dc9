"""How likely a text is as Croatian, Russian or Japanese: letter bigrams, and classes of characters behind them.

The logarithms are sums over the whole text, not means: the same bytes decode to texts of different lengths, and what is
compared is the probability of the bytes under each reading.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from math import log

LANGUAGES = ("hr", "ru", "ja")

# Classes whose members are too many to be counted one by one: symbol, number of members.
_FREQUENT_KANJI, _RARE_KANJI, _HALF_WIDTH = "亜", "弌", "ｱ"
_CLASS_SIZES = {_FREQUENT_KANJI: 2965, _RARE_KANJI: 3390, _HALF_WIDTH: 63}

_OWN = {
    "hr": frozenset("abcčćdđefghijklmnoprsštuvzž"),
    "ru": frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяё"),
    "ja": frozenset(chr(c) for c in (*range(0x3041, 0x3097), *range(0x30A1, 0x30FF))) | frozenset(_CLASS_SIZES),
}
_TYPOGRAPHY = frozenset("„“”‘’‚«»—–…•€°№、。「」『』・！？（）〜～％￥")
_LESS_FREQUENT = frozenset("©®™§±×÷´¨¸¬¶·†‡‰‹›¤¦\u00a0\u00ad")
_DAMAGE = "\ufffd"

_BIGRAM_WEIGHT, _LETTER_WEIGHT, _CLASS_WEIGHT = 0.65, 0.3, 0.05


@cache
def symbol(char: str) -> str:
    """Give what a character counts as: a lower-case letter, one digit, one blank, one kanji for each level.

    Parameters
    ----------
    char : str
        One character.

    Returns
    -------
    str
        Its stand-in.
    """
    code = ord(char)
    if 0x4E00 <= code <= 0x9FFF or char == "々":
        # JIS level 1, the 2,965 kanji in general use, lies below 0x98 in Shift_JIS.
        encoded = char.encode("cp932", "replace")
        return _FREQUENT_KANJI if encoded[0] < 0x98 and len(encoded) == 2 else _RARE_KANJI
    if 0xFF61 <= code <= 0xFF9F:
        return _HALF_WIDTH
    if "０" <= char <= "９" or (char.isascii() and char.isdigit()):
        return "0"
    if char in " \t\r\n\u3000":
        return " "
    lowered = char.lower()
    return lowered if len(lowered) == 1 else char


def count(texts: Iterable[str]) -> dict[str, dict[str, int]]:
    """Count symbol bigrams, the table behind a profile.

    Parameters
    ----------
    texts : iterable of str
        Sentences of one language.

    Returns
    -------
    dict
        Symbol to the symbols that follow it to how often.
    """
    table: dict[str, Counter[str]] = {}
    for text in texts:
        previous = " "
        for char in map(symbol, text + " "):
            table.setdefault(previous, Counter())[char] += 1
            previous = char
    return {first: dict(sorted(seconds.items())) for first, seconds in sorted(table.items())}


@dataclass(frozen=True, slots=True)
class Profile:
    """A language's letters.

    Parameters
    ----------
    language : str
        ISO 639-1 code.
    bigrams : mapping
        Output of :func:`count`.
    """

    language: str
    bigrams: Mapping[str, Mapping[str, int]]
    _letters: Counter[str] = field(default_factory=Counter, init=False)
    _seen: dict[tuple[str, str], float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for seconds in self.bigrams.values():
            self._letters.update(seconds)

    def log_likelihood(self, text: str) -> float:
        """Give the log-probability of a text.

        Parameters
        ----------
        text : str
            Decoded text; replacement characters stand for bytes that could not be decoded.

        Returns
        -------
        float
            Natural logarithm, at most 0; higher is likelier.
        """
        total, previous = 0.0, " "
        for char in text:
            pair = (previous, char)
            value = self._seen.get(pair)
            if value is None:
                value = self._seen[pair] = self._step(previous, char)
            total += value
            previous = char
        return total

    def _step(self, previous: str, char: str) -> float:
        """Give the log-probability of a character after another."""
        first, second = symbol(previous), symbol(char)
        followers = self.bigrams.get(first, {})
        n_followers, n_letters = sum(followers.values()), self._letters.total()
        pair = followers.get(second, 0) / n_followers if n_followers else 0.0
        probability = _BIGRAM_WEIGHT * pair + _LETTER_WEIGHT * self._letters[second] / n_letters
        probability += _CLASS_WEIGHT * self._class_probability(second)
        if self.language != "hr" and "a" <= second <= "z":
            # Latin words and addresses occur in every language; they must not speak for Croatian.
            return log(1 / 40 if first.isascii() and first.isalpha() else 1e-6 if first.isalpha() else 1e-3)
        if self.language == "ru" and "a" <= first <= "z" and second.isalpha():
            probability /= 1000
        return log(probability) - log(_CLASS_SIZES.get(second, 1)) + _case(previous, char)

    def _class_probability(self, second: str) -> float:  # noqa: PLR0911
        """Give the probability of a symbol that the table does not know, by its kind."""
        if second in _OWN[self.language]:
            return 1 / 200
        if " " <= second <= "~":
            return 1 / 500
        if second in _TYPOGRAPHY:
            return 1 / 1000
        if second in _LESS_FREQUENT:
            return 1e-5
        if second == _DAMAGE:
            return 1e-12
        category = unicodedata.category(second)
        if category[0] == "C":
            return 1e-10
        if category[0] == "L":
            # Foreign words occur; letters of a fourth script in bulk do not.
            return 1e-6 if second in "äöüßéáóíàèçñôýłőűіїєґўј" else 1e-8
        return 1e-7


@cache
def _case(previous: str, char: str) -> float:
    """Give the log-probability of a letter's case after another character."""
    if char.lower() == char.upper():
        return 0.0
    before = "none" if previous.lower() == previous.upper() else "upper" if previous.isupper() else "lower"
    upper = {"none": 0.25, "upper": 0.6, "lower": 0.003}[before]
    return log(upper if char.isupper() else 1 - upper)


@cache
def profiles() -> tuple[Profile, ...]:
    """Read the shipped profiles, one a language."""
    path = resources.files("cxmining.loaders") / "letters.json"
    tables = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Profile(language, tables[language]) for language in LANGUAGES)


def best_language(text: str) -> tuple[float, str]:
    """Give the highest log-likelihood of a text over the languages, and the language.

    Parameters
    ----------
    text : str
        Decoded text.

    Returns
    -------
    tuple of float and str
        Log-likelihood and ISO 639-1 code.
    """
    return max((profile.log_likelihood(text), profile.language) for profile in profiles())
