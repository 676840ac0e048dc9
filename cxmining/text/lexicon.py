"""Evidence for languages of one script: listed words, letters, and a naive Bayes model over byte n-grams."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from copy import copy
from functools import cache, lru_cache
from typing import Any, Literal

from cxmining.text.resources import table

Script = Literal["latin", "cyrillic"]
Scores = dict[str, float]

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_BARE = str.maketrans("čćžšđáéíýúůěřťďňóôľĺŕäąęłńśźżüößàèìòùñç", "cczsdaeiyuuertdnoollraaelnszzuosaeiounc")
_WORD_WEIGHT = 1.8
_BARE_SHARE = 0.7
_LETTER_WEIGHT = 2.0
_LACK_WEIGHT = 2.0
_FLOOR = 0.01
_CERTAIN = 0.8
_MODEL_READ = 400
_MODEL_LANGUAGES = {
    "latin": [
        "hr",
        "bs",
        "sr",
        "sl",
        "cs",
        "sk",
        "pl",
        "en",
        "de",
        "it",
        "es",
        "fr",
        "hu",
        "pt",
        "nl",
        "ro",
        "tr",
        "sq",
        "sv",
        "da",
        "fi",
        "lt",
        "lv",
        "et",
    ],
    "cyrillic": ["ru", "uk", "be", "bg", "mk", "sr", "kk"],
}
# What the model calls Serbian is the Croatian family in one script and Serbian Cyrillic in the other.
_RENAMED = {"latin": {"bs": "hr", "sr": "hr"}, "cyrillic": {"sr": "sr-Cyrl"}}
_PRIOR = {"latin": {"hr": 0.5}, "cyrillic": {"ru": 0.8}}
_BULGARIAN_YER = re.compile(r"[бвгджзйклмнпрстфхцчшщ]ъ(?:[бвгджзклмнпрстфхцчшщ]|\b)")
_BULGARIAN_ARTICLE = re.compile(r"(?:ът|ата|ета|ите|ото|ята)\b")


def find_words(text: str) -> list[str]:
    """List the words of a text in small letters, without numbers.

    Parameters
    ----------
    text : str
        Text in NFC.

    Returns
    -------
    list of str
        The words.
    """
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def evidence(text: str, words: list[str], script: Script) -> Scores:
    """Weigh every language of a script.

    Parameters
    ----------
    text : str
        Text in NFC.
    words : list of str
        Its words (:func:`find_words`).
    script : {"latin", "cyrillic"}
        Script of the text.

    Returns
    -------
    dict of str to float
        Log scores by language; Croatian, Bosnian and Serbian in Latin script are one, ``hr``.
    """
    scores = _model_scores(text, script)
    for language, weight in listed_evidence(words, script).items():
        scores[language] = scores.get(language, math.log(_FLOOR)) + weight
    return scores


def certain(words: list[str], script: Script, home: str) -> float | None:
    """Tell whether words and letters decide for a language whatever the n-gram model, the slow part, would say.

    Parameters
    ----------
    words : list of str
        Words of the text.
    script : {"latin", "cyrillic"}
        Script of the text.
    home : str
        The language.

    Returns
    -------
    float or None
        The least share that the language can have of :func:`probabilities`, where that is at least 0.8.

    Notes
    -----
    The model's shares sum to one and enter as ``log(share + floor)``: at worst the home language has none and its
    strongest rival all.
    """
    scores = listed_evidence(words, script)
    own = scores.pop(home, 0.0)
    rivals = [math.exp(min(scores.get(name, 0.0) - own, 0.0)) for name in _names(script) - {home} | scores.keys()]
    share = _FLOOR / (_FLOOR + max(rivals) + _FLOOR * sum(rivals))
    return round(share, 4) if share >= _CERTAIN else None


def listed_evidence(words: list[str], script: Script) -> Scores:
    """Weigh the languages of a script by listed words, letters and endings alone.

    Parameters
    ----------
    words : list of str
        Words of the text.
    script : {"latin", "cyrillic"}
        Script of the text.

    Returns
    -------
    dict of str to float
        Weights by language; a language that nothing speaks of is absent.
    """
    scores: defaultdict[str, float] = defaultdict(float, _PRIOR[script])
    listed = _weights(script)
    for word in words:
        for language, weight in listed.get(word, ()):
            scores[language] += weight
    _add_letters("".join(words), scores, script)
    if script == "cyrillic":
        lowered = " ".join(words)
        scores["bg"] += 1.5 * min(3, len(_BULGARIAN_YER.findall(lowered)))
        scores["bg"] += 0.4 * min(3, len(_BULGARIAN_ARTICLE.findall(lowered)))
    if len(words) <= 3:
        for word in words:
            for language, weight in _endings(word):
                if language in scores or language in _names(script):
                    scores[language] += weight
    return scores


def probabilities(scores: Scores) -> Scores:
    """Turn log scores into shares of one.

    Parameters
    ----------
    scores : dict of str to float
        Log scores.

    Returns
    -------
    dict of str to float
        Softmax of the scores.
    """
    top = max(scores.values())
    raised = {language: math.exp(score - top) for language, score in scores.items()}
    total = sum(raised.values())
    return {language: value / total for language, value in raised.items()}


@cache
def _whole_model() -> Any:
    """Load the n-gram model of all languages."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@cache
def _model(script: Script) -> Any:
    """Give the n-gram model for the languages of a script; the scripts share its automaton, most of its memory."""
    model = copy(_whole_model())
    model.set_languages(_MODEL_LANGUAGES[script])
    return model


@cache
def _names(script: Script) -> frozenset[str]:
    """Name the languages that the model tells apart."""
    return frozenset(_RENAMED[script].get(language, language) for language in _MODEL_LANGUAGES[script])


def _model_scores(text: str, script: Script) -> Scores:
    """Score the languages by the n-gram model, those that it calls by several names as one."""
    merged: Scores = {}
    for language, share in _model(script).rank(text[:_MODEL_READ].lower()):
        name = _RENAMED[script].get(language, language)
        merged[name] = merged.get(name, 0.0) + share
    return {language: math.log(share + _FLOOR) for language, share in merged.items()}


@cache
def _weights(script: Script) -> dict[str, tuple[tuple[str, float], ...]]:
    """Weigh each listed word: less where several languages list it, less where it has lost its diacritics."""
    lists = {language: set(entry.split()) for language, entry in table("language_words")[script].items()}
    spread = Counter(word for entries in lists.values() for word in entries)
    weights: dict[str, dict[str, float]] = {}
    for language, entries in lists.items():
        for word in entries:
            weights.setdefault(word, {})[language] = _WORD_WEIGHT / spread[word]
    if script == "latin":
        bare: dict[str, set[str]] = {}
        for language, entries in lists.items():
            for word in entries:
                if not word.isascii():
                    bare.setdefault(word.translate(_BARE), set()).add(language)
                    if "đ" in word:
                        bare.setdefault(word.replace("đ", "dj").translate(_BARE), set()).add(language)
        for word, languages in bare.items():
            known = weights.setdefault(word, {})
            share = _BARE_SHARE * _WORD_WEIGHT / len(languages | known.keys())
            known.update(dict.fromkeys(sorted(languages - known.keys()), share))
    return {word: tuple(by_language.items()) for word, by_language in weights.items()}


def _add_letters(joined: str, scores: defaultdict[str, float], script: Script) -> None:
    """Add what single letters say."""
    if joined.isascii():
        unusual = sum(joined.count(letter) for letter in "wqxy")
        if unusual:
            scores["hr"] -= 0.6 * min(3, unusual)
            scores["sl"] -= 0.6 * min(3, unusual)
        return
    table_of = _letter_table(script)
    present = tuple((letter, min(3, joined.count(letter))) for letter in sorted(set(joined) & table_of.keys()))
    for language, total in _letter_weights(present, script):
        scores[language] += total


@lru_cache(maxsize=20_000)
def _letter_weights(present: tuple[tuple[str, int], ...], script: Script) -> tuple[tuple[str, float], ...]:
    """Add up what the letters of a text say of each language; more than three of a kind say no more."""
    speaking: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    for letter, count in present:
        for languages, totals in zip(_letter_table(script)[letter], (speaking, lacking), strict=True):
            for language in languages:
                totals[language] += count
    return tuple(
        (language, _LETTER_WEIGHT * min(3, speaking[language]) - _LACK_WEIGHT * min(3, lacking[language]))
        for language in sorted(speaking.keys() | lacking.keys())
    )


@cache
def _letter_table(script: Script) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """List for each letter the languages that it speaks for, and those that lack it."""
    rules = table("language_letters")[script]
    # Plain Latin letters turn up in loan words and names everywhere.
    known = {letter for rule in rules.values() for letter in rule.get("for", "") + rule["lacks"]} - set("wqxyvj")
    return {
        letter: (
            tuple(language for language, rule in rules.items() if letter in rule.get("for", "")),
            tuple(language for language, rule in rules.items() if letter in rule["lacks"]),
        )
        for letter in known
    }


@lru_cache(maxsize=50_000)
def _endings(word: str) -> tuple[tuple[str, float], ...]:
    """Weigh the endings of a word, by the longest that each language lists."""
    found = []
    for language, entry in table("language_letters")["endings"].items():
        longest = max((len(ending) for ending in entry.split() if word.endswith(ending)), default=0)
        if longest and len(word) > longest + 2:
            found.append((language, 0.15 * longest))
    return tuple(found)
