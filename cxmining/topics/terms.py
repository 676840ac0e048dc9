"""Which words may describe a topic: content words of the language, no function words, numbers or names."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Protocol

_KEPT_POS = frozenset(("", "NOUN", "VERB", "ADJ", "ADV"))
_CONTENT_POS_JA = frozenset(("NOUN", "VERB", "ADJ"))
NAME_SHARE = 0.6
NAME_COUNT = 3
"""A word is taken for a name where it stands with a capital in this share of at least so many places."""


class Word(Protocol):
    """A word of a text with its dictionary form; the tokens of the text stage are such."""

    @property
    def surface(self) -> str:
        """The word as written."""
        ...

    @property
    def lemma(self) -> str:
        """Dictionary form in small letters."""
        ...

    @property
    def pos(self) -> str:
        """Part of speech, or empty where unknown."""
        ...


@cache
def _lists() -> dict[str, dict[str, str]]:
    """Read the word lists."""
    path = files(__package__) / "data" / "words.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def stop_words(language: str) -> frozenset[str]:
    """Give the words that describe no topic: function words and words without an object of their own.

    Parameters
    ----------
    language : str
        ``hr``, ``ru`` or ``ja``; others have none.

    Returns
    -------
    frozenset of str
        Lemmas and inflected forms in small letters.
    """
    import stopwordsiso

    known = stopwordsiso.stopwords(language) if stopwordsiso.has_lang(language) else set()
    return frozenset(word.lower().replace("ё", "е") for word in known) | _words(language, "empty")


@cache
def feeling_words(language: str) -> frozenset[str]:
    """Give the lemmas of praise and blame that name no object.

    Parameters
    ----------
    language : str
        ``hr``, ``ru`` or ``ja``; others have none.

    Returns
    -------
    frozenset of str
        Lemmas.
    """
    return _words(language, "feeling")


def _words(language: str, kind: str) -> frozenset[str]:
    """Read one list."""
    return frozenset(_lists().get(language, {}).get(kind, "").replace("ё", "е").split())


def is_content(word: Word, language: str) -> bool:
    """Tell whether a word may describe a topic.

    Parameters
    ----------
    word : Word
        A word with its dictionary form.
    language : str
        Language of its text.

    Returns
    -------
    bool
        False for function words, vague words, numbers, single letters, and names where the dictionary tells them.
    """
    stops = stop_words(language)
    return (
        word.pos in (_CONTENT_POS_JA if language == "ja" else _KEPT_POS)
        and word.lemma not in stops
        and word.surface.lower() not in stops
        and _long_enough(word.lemma, language)
        and not any(letter.isdigit() for letter in word.lemma)
    )


def _long_enough(lemma: str, language: str) -> bool:
    """Tell words from single letters; one Chinese character is a word, one kana is none."""
    if language == "ja":
        return len(lemma) > 1 or "\u4e00" <= lemma <= "\u9fff"
    return len(lemma) > 2
