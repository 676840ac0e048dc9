"""Evidence for languages of one script: listed words, letters, and a naive Bayes model over byte n-grams."""

from __future__ import annotations

import math
import re
from collections import Counter
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
    for language, weight in _PRIOR[script].items():
        scores[language] += weight
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
                if language in scores:
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
def _model(script: Script) -> Any:
    """Load the n-gram model for the languages of a script, once."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(_MODEL_LANGUAGES[script])
    return model


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
            for language in languages - known.keys():
                known[language] = _BARE_SHARE * _WORD_WEIGHT / (len(languages) + len(known))
    return {word: tuple(by_language.items()) for word, by_language in weights.items()}


def _add_letters(joined: str, scores: Scores, script: Script) -> None:
    """Add what single letters say."""
    if joined.isascii():
        unusual = sum(joined.count(letter) for letter in "wqxy")
        if unusual:
            scores["hr"] -= 0.6 * min(3, unusual)
            scores["sl"] -= 0.6 * min(3, unusual)
        return
    table_of = _letter_table(script)
    speaking: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    for letter in set(joined) & table_of.keys():
        count = joined.count(letter)
        for languages, totals in zip(table_of[letter], (speaking, lacking), strict=True):
            for language in languages:
                totals[language] += count
    for language in speaking.keys() | lacking.keys():
        total = _LETTER_WEIGHT * min(3, speaking[language]) - _LACK_WEIGHT * min(3, lacking[language])
        scores[language] = scores.get(language, math.log(_FLOOR)) + total


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
