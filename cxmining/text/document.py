"""From raw text to :class:`cxmining.records.Document`."""

from __future__ import annotations

from cxmining.records import Document, LanguageGuess
from cxmining.text.normalise import Form, normalise

_COMPATIBILITY = ("ja", "zh", "ko")


def form_of(language: LanguageGuess) -> Form:
    """Choose the Unicode form of a language.

    Parameters
    ----------
    language : LanguageGuess
        Identified language.

    Returns
    -------
    {"NFC", "NFKC"}
        NFKC where half-width and full-width characters are in common use, NFC elsewhere.
    """
    code = language.detail if language.code == "other" and language.detail else language.code
    return "NFKC" if code.startswith(_COMPATIBILITY) else "NFC"


def to_document(raw: str, language: LanguageGuess) -> Document:
    """Normalise a raw text in the manner of its language.

    Parameters
    ----------
    raw : str
        Text as loaded.
    language : LanguageGuess
        Its language, identified or stated.

    Returns
    -------
    Document
        Raw and normalised text with the map between them.
    """
    text, starts, ends = normalise(raw, form_of(language))
    return Document(raw, text, starts, ends, language)
