"""Russian words and their dictionary forms, ё written as е."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from cxmining.text.words import WORD, Token

_LONGEST_WORD = 40
_NAMES = frozenset(("Name", "Surn", "Patr", "Geox"))
_POS = {"NOUN": "NOUN", "ADVB": "ADV", "NUMR": "NUM"} | {"ADJF": "ADJ", "ADJS": "ADJ", "COMP": "ADJ"}
_POS |= dict.fromkeys(("VERB", "INFN", "PRTF", "PRTS", "GRND"), "VERB")


def tokens(text: str) -> list[Token]:
    """Divide Russian text into words with lemmas.

    Parameters
    ----------
    text : str
        Normalised text.

    Returns
    -------
    list of Token
        Words and numbers in order; punctuation is left out.

    Examples
    --------
    >>> [token.lemma for token in tokens("Её отчёты")]
    ['ее', 'отчет']
    """
    return [Token(match.start(), match.end(), match[0], *_analysis(match[0].lower())) for match in WORD.finditer(text)]


@cache
def _analyser() -> Any:
    """Load the dictionary, once."""
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=50_000)
def is_known(word: str) -> bool:
    """Tell whether the dictionary has a word.

    Parameters
    ----------
    word : str
        One word in small letters.

    Returns
    -------
    bool
        True where it has.
    """
    return len(word) <= _LONGEST_WORD and bool(_analyser().word_is_known(word))


def lemma(word: str) -> str:
    """Give the most probable dictionary form.

    Parameters
    ----------
    word : str
        One word.

    Returns
    -------
    str
        Dictionary form in small letters, without ё, so that both spellings of a word meet.
    """
    return _analysis(word.lower())[0]


@lru_cache(maxsize=200_000)
def _analysis(small: str) -> tuple[str, str]:
    """Give dictionary form and part of speech of a word in small letters."""
    if small.isascii() or len(small) > _LONGEST_WORD:
        return small, ""
    best = _analyser().parse(small)[0]
    name = not _NAMES.isdisjoint(best.tag.grammemes)
    return str(best.normal_form).replace("ё", "е"), "PROPN" if name else _POS.get(best.tag.POS, "X")
