"""Names for topics: two or three expressions a language, a collocation before single words."""

from __future__ import annotations

from collections.abc import Sequence

from cxmining.topics.collocations import Collocation
from cxmining.topics.keywords import Keyword

_PARTS = 3
_SUBSTANTIAL = 0.25


def topic_name(words: Sequence[Keyword], collocations: Sequence[Collocation], language: str) -> str:
    """Name a topic in one language.

    Parameters
    ----------
    words : sequence of Keyword
        Its words, best first.
    collocations : sequence of Collocation
        Its collocations, most frequent first.
    language : str
        ``ja`` is written without spaces.

    Returns
    -------
    str
        Up to three expressions, a collocation in the place of the words that it holds where it stands in a quarter
        or more of the places of its rarer word; empty where there are no words.

    Examples
    --------
    >>> words = [Keyword("linija", "linija", 1.0, 9), Keyword("čekati", "čekao", 0.8, 8)]
    >>> topic_name(words, [Collocation(("topli", "linija"), "topla linija", 40.0, 5)], "hr")
    'topla linija, čekao'
    """
    parts: list[str] = []
    used: set[str] = set()
    for word in words:
        if len(parts) == _PARTS:
            break
        if word.lemma in used:
            continue
        phrase = next((c for c in collocations if word.lemma in c.lemmas and _serves(c, word, used)), None)
        parts.append(phrase.surface if phrase else word.surface)
        used.update(phrase.lemmas if phrase else (word.lemma,))
    return ("、" if language == "ja" else ", ").join(parts)


def _serves(collocation: Collocation, word: Keyword, used: set[str]) -> bool:
    """Tell whether a collocation may stand for a word."""
    return collocation.count >= _SUBSTANTIAL * word.count and used.isdisjoint(collocation.lemmas)
