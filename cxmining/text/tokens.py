"""Words of any language: the tokeniser of the language where there is one."""

from __future__ import annotations

from cxmining.records import CROATIAN_FAMILY
from cxmining.text import hr, ja, ru
from cxmining.text.words import WORD, Token


def tokenize(text: str, language: str) -> list[Token]:
    """Divide text into words.

    Parameters
    ----------
    text : str
        Normalised text.
    language : str
        ``hr``, ``bs``, ``sr``, ``ru`` or ``ja``; any other is cut at what is no letter or digit, and the lemma is the
        word in small letters.

    Returns
    -------
    list of Token
        Words and numbers in order.
    """
    if language in CROATIAN_FAMILY:
        return hr.tokens(text)
    if language == "ru":
        return ru.tokens(text)
    if language == "ja":
        return ja.tokens(text)
    return [Token(match.start(), match.end(), match[0], match[0].casefold()) for match in WORD.finditer(text)]
