"""Croatian words and their dictionary forms, also for text without diacritics."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import product

from cxmining.text.resources import table
from cxmining.text.words import WORD, Token

_READINGS = {"c": "cčć", "s": "sš", "z": "zž", "d": "dđ"}
_MOST_DOUBTFUL = 6
_LONGEST_WORD = 40


def tokens(text: str) -> list[Token]:
    """Divide Croatian text into words with lemmas.

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
    >>> [token.lemma for token in tokens("Nisam dobio racun")]
    ['biti', 'dobiti', 'račun']
    """
    return [Token(match.start(), match.end(), match[0], lemma(match[0])) for match in WORD.finditer(text)]


@lru_cache(maxsize=200_000)
def lemma(word: str) -> str:
    """Look a word up, as written and then with the diacritics that it may have lost.

    Parameters
    ----------
    word : str
        One word.

    Returns
    -------
    str
        Dictionary form in small letters.
    """
    from simplemma import lemmatize

    small = word.lower()
    if len(small) > _LONGEST_WORD:
        return small
    form = _restored(small) if small.isascii() and small.isalpha() else small
    return str(lemmatize(form, lang="hbs")).lower()


@lru_cache(maxsize=50_000)
def is_known(word: str) -> bool:
    """Tell whether the dictionary has a word, as written or with diacritics put back.

    Parameters
    ----------
    word : str
        One word in small letters.

    Returns
    -------
    bool
        True where it has.
    """
    from simplemma import is_known as known

    return len(word) <= _LONGEST_WORD and bool(known(_restored(word), lang="hbs"))


@cache
def _preferred() -> dict[str, str]:
    """Frequent words whose bare spelling is another, rarer word ("sto", a hundred, for "što", what)."""
    return dict(table("diacritics")["hr"])


def _restored(word: str) -> str:
    """Give a bare word its diacritics back where the dictionary knows only that spelling."""
    from simplemma import is_known

    if word in _preferred():
        return _preferred()[word]
    if is_known(word, lang="hbs"):
        return word
    for bare in dict.fromkeys((word, word.replace("dj", "đ"))):
        doubtful = sum(letter in _READINGS for letter in bare)
        if doubtful > _MOST_DOUBTFUL:
            continue
        readings = product(*(_READINGS.get(letter, letter) for letter in bare))
        # Fewest changes first, so that a plain letter wins where both spellings exist.
        for reading in sorted(("".join(letters) for letters in readings), key=lambda form: _n_changes(form, bare)):
            if is_known(reading, lang="hbs"):
                return reading
    return word


def _n_changes(form: str, bare: str) -> int:
    """Count the letters that differ."""
    return sum(new != old for new, old in zip(form, bare, strict=True))
