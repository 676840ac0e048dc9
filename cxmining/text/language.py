"""Language identification for short, noisy customer text.

The script decides first. Within Cyrillic and within Latin, an n-gram model, lists of frequent words and telling letters
are added up; that model alone is unsure below ten words. What remains unsure leans on its column: most exports are in
one language.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from cxmining.records import CROATIAN_FAMILY, SUPPORTED_LANGUAGES, LanguageGuess
from cxmining.text.family import member
from cxmining.text.lexicon import Script, certain, evidence, find_words, probabilities
from cxmining.text.scripts import Letters, han_evidence, letters, without_noise

_READ = 1500
"""Characters that are looked at; more say nothing new."""

_SURE = 0.8
_CONTEXT_WEIGHT = 2.5
_FEW_WORDS = 4
_CONTEXT_SCORE = 0.5


def identify(text: str, context: str | None = None) -> LanguageGuess:
    """Identify the language of a text.

    Parameters
    ----------
    text : str
        Raw or normalised text.
    context : str or None
        Language of the texts around it; it decides where the text itself is silent or doubtful.

    Returns
    -------
    LanguageGuess
        ``other`` with a detail for languages that the package does not serve, with the detail ``und`` where there is
        nothing to go by.

    Examples
    --------
    >>> identify("nisam dobio racun vec tri mjeseca").code
    'hr'
    >>> identify("Мне никто не ответил").code
    'ru'
    """
    text = without_noise(text[:_READ])
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    counts = letters(text)
    if counts.latin + counts.cyrillic + counts.kana + counts.han + counts.hangul + counts.rest == 0:
        return _silent(context)
    script = _main_script(counts)
    if script == "cjk":
        return _east_asian(text, counts, context)
    if script == "latin":
        return _written(text, "latin", context)
    if script == "cyrillic":
        return _written(text, "cyrillic", context)
    return LanguageGuess("other", 0.95, script)


def identify_many(texts: Sequence[str], hints: Sequence[str | None] | None = None) -> list[LanguageGuess]:
    """Identify the languages of the rows of one column.

    Parameters
    ----------
    texts : sequence of str
        The rows.
    hints : sequence of (str or None), optional
        Language that the source states for a row; it stands in for the column's language there.

    Returns
    -------
    list of LanguageGuess
        One a row. Rows that are sure of themselves are taken first; their majority is the context of the others.
    """
    first = [identify(text) for text in texts]
    sure = Counter(guess.model_language for guess in first if guess.score >= _SURE and guess.supported)
    n_sure = sum(guess.score >= _SURE for guess in first)
    majority = None
    if sure:
        language, count = sure.most_common(1)[0]
        majority = language if 2 * count > n_sure else None
    found = []
    for place, guess in enumerate(first):
        context = (hints[place] if hints is not None else None) or majority
        found.append(guess if guess.score >= _SURE or context is None else identify(texts[place], context))
    return found


def _silent(context: str | None) -> LanguageGuess:
    """Guess for digits, emoji and nothing at all."""
    if context in SUPPORTED_LANGUAGES or context in CROATIAN_FAMILY:
        return LanguageGuess(context, _CONTEXT_SCORE, "context")
    return LanguageGuess("other", 0.0, context or "und")


def _main_script(counts: Letters) -> str:
    """Choose the script that carries the text; a Chinese character or kana says as much as two letters or more."""
    weights = {
        "cjk": 2.5 * (counts.kana + counts.han),
        "ko": 2.5 * counts.hangul,
        "latin": float(counts.latin),
        "cyrillic": 1.4 * counts.cyrillic,
    }
    if counts.other is not None:
        weights[counts.other] = float(counts.rest)
    return max(weights, key=lambda name: weights[name])


def _east_asian(text: str, counts: Letters, context: str | None) -> LanguageGuess:
    """Tell Japanese from Chinese: kana first, then the forms of the characters."""
    lean = han_evidence(text)
    # A single の is also an ornament of Chinese advertisements.
    if counts.kana >= 2 or (counts.kana == 1 and lean > -3):
        chinese = counts.han > 12 * counts.kana and lean < -4
        return LanguageGuess("other", 0.8, "zh") if chinese else LanguageGuess("ja", 0.99)
    # A long text without any kana is hardly Japanese, whatever its characters.
    lean -= 0.25 * max(0, counts.han - 6)
    if context == "ja":
        lean += 2.5
    elif context == "zh":
        lean -= 2.5
    if lean >= 1:
        return LanguageGuess("ja", 0.9 if lean >= 2.5 else 0.75)
    if lean <= -0.8:
        return LanguageGuess("other", 0.9 if lean <= -2 else 0.7, "zh")
    return LanguageGuess("ja", 0.55)


def _written(text: str, script: Script, context: str | None) -> LanguageGuess:
    """Identify a language written with spaces."""
    words = find_words(text)
    home = "hr" if script == "latin" else "ru"
    # Of more words no context and no dictionary is asked, and mostly they need no model either.
    if len(words) > 2 * _FEW_WORDS and (least := certain(words, script, home)) is not None:
        return _of_home(words, home, least)
    scores = evidence(text, words, script)
    if context is not None and len(words) <= 2 * _FEW_WORDS:
        name = "hr" if script == "latin" and context in CROATIAN_FAMILY else context
        if name in scores:
            scores[name] += _CONTEXT_WEIGHT
    shares = probabilities(scores)
    if len(words) <= _FEW_WORDS and shares.get(home, 0.0) > 0.02 and max(shares.values()) < 0.95:
        scores[home] += _dictionary(words, home)
        shares = probabilities(scores)
    best = max(shares, key=lambda name: shares[name])
    share = round(shares[best], 4)
    if best != home:
        return LanguageGuess("other", share, best)
    return _of_home(words, home, share)


def _of_home(words: Sequence[str], home: str, share: float) -> LanguageGuess:
    """Give Russian, or the member of the Croatian family."""
    if home == "ru":
        return LanguageGuess("ru", share)
    code, detail = member(words)
    return LanguageGuess(code, share, detail)


def _dictionary(words: Sequence[str], home: str) -> float:
    """Weigh how many of a few words the dictionary of Croatian or Russian knows."""
    from cxmining.text import hr, ru

    known = [hr.is_known(word) if home == "hr" else ru.is_known(word) for word in words if len(word) > 2]
    return 0.0 if not known else 2.4 * (sum(known) / len(known)) - 1.2
