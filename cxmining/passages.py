"""From texts to passages: language, normalisation, segments, and whose statements are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cxmining.classifiers.operating import Threshold
from cxmining.errors import UsageError
from cxmining.records import Block, LanguageGuess, Passage
from cxmining.text import identify_many, segments, stated_language, to_document
from cxmining.text.roles import ROLES, Role, parties

SAMPLE_ROWS = 200
"""Rows at the beginning of a column or file whose majority language its doubtful rows lean on."""

_DOUBT = 0.8


def languages(
    texts: Sequence[str], stated: Sequence[str | None], hints: Sequence[str | None], fixed: str | None = None
) -> list[LanguageGuess]:
    """Give the language of each text, by itself: no text's language depends on its batch.

    Parameters
    ----------
    texts : sequence of str
        Raw texts.
    stated : sequence of (str or None)
        Language that the source states; taken where it is one that the package knows.
    hints : sequence of (str or None)
        Language of the column that a text stands in, see :func:`column_language`.
    fixed : str, optional
        Language of every text.

    Returns
    -------
    list of LanguageGuess
        One a text.
    """
    found: list[LanguageGuess] = []
    for text, value, hint in zip(texts, stated, hints, strict=True):
        code = fixed or (stated_language(value) if value else None)
        found.append(LanguageGuess(code, 1.0) if code else identify_many([text], [hint])[0])
    return found


def column_language(texts: Sequence[str]) -> str | None:
    """Give the language that most texts of a column are written in.

    Parameters
    ----------
    texts : sequence of str
        The column; its first :data:`SAMPLE_ROWS` texts are read.

    Returns
    -------
    str or None
        A supported language that more than half of the texts that are sure of themselves are in; None for fewer than
        two texts and where there is no majority.
    """
    sample = texts[:SAMPLE_ROWS]
    if len(sample) < 2:
        return None
    sure = [guess for guess in identify_many(sample) if guess.score >= _DOUBT]
    counts: dict[str, int] = {}
    for guess in sure:
        if guess.supported:
            counts[guess.model_language] = counts.get(guess.model_language, 0) + 1
    best = max(counts, key=lambda code: counts[code], default=None)
    return best if best is not None and 2 * counts[best] > len(sure) else None


def passage(text: str, guess: LanguageGuess, blocks: Sequence[Block], speaker: Role | None = None) -> Passage:
    """Normalise and segment one text.

    Parameters
    ----------
    text : str
        Raw text.
    guess : LanguageGuess
        Its language.
    blocks : sequence of Block
        Structure that the loader knows.
    speaker : {'customer', 'agent'}, optional
        Party whose statements are classified; those of the other become boilerplate, which is never classified.

    Returns
    -------
    Passage
        Document and segments.
    """
    document = to_document(text, guess)
    found = segments(document, blocks)
    if speaker is not None:
        roles = parties({s.speaker for s in found if s.kind == "turn"})
        # What nobody is named to say is the customer's.
        found = [
            s if roles.get(s.speaker or "", "customer") == speaker else replace(s, kind="boilerplate") for s in found
        ]
    return Passage(document, tuple(found))


def turn_numbers(whole: Passage) -> dict[int, int]:
    """Number the turns of a conversation.

    Parameters
    ----------
    whole : Passage
        A whole text, not a piece of one.

    Returns
    -------
    dict of int to int
        Index of a block to the number of its turn, from 1; empty for a text without turns.
    """
    blocks = dict.fromkeys(s.block for s in whole.segments if s.speaker is not None or s.kind == "turn")
    return {block: number for number, block in enumerate(blocks, start=1)}


def check_options(threshold: Threshold | None, language: str | None, speaker: str | None) -> None:
    """Refuse options that no tagger takes.

    Raises
    ------
    UsageError
        With the values to choose from.
    """
    if isinstance(threshold, float | int) and not 0 < threshold < 1:
        raise UsageError(f"the threshold must lie between 0 and 1, got {threshold}")
    if language is not None and not LanguageGuess(language, 1.0).supported:
        raise UsageError(f"language {language!r} is not tagged; choose hr, ru, ja or leave it to identification")
    if speaker is not None and speaker not in ROLES:
        raise UsageError(f"speaker {speaker!r} is no party of a conversation; choose customer or agent")
