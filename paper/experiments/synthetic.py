"""Synthetic exports for measurements: comments of about 30 words and calls of about 60 turns, in three languages."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

from cxmining import load_corpus

WORDS = 30
"""Length of a comment in words; in Japanese, where words are not written apart, twice as many characters."""

_SHORT = {"hr": ["ok", "hvala", "sve u redu"], "ru": ["ок", "спасибо", "всё хорошо"], "ja": ["特になし", "ありがとう"]}
_SHORT_SHARE = 0.15
_MIX = {"hr": 0.4, "ru": 0.4, "ja": 0.2}
_SPEAKERS = {"hr": ("Agent", "Korisnik"), "ru": ("Оператор", "Клиент"), "ja": ("オペレーター", "お客様")}


def sentences() -> dict[str, list[str]]:
    """Give the sentences of the corpus by language."""
    from cxmining.passages import passage
    from cxmining.records import LanguageGuess

    found: dict[str, list[str]] = {code: [] for code in _MIX}
    for row in load_corpus("failure_modes"):
        whole = passage(row.text, LanguageGuess(row.language, 1.0), ())
        found[row.language] += [whole.document.text[s.start : s.end] for s in whole.segments if s.kind != "boilerplate"]
    return {code: [t for t in texts if len(t) > 15] for code, texts in found.items()}


def comments(n: int, seed: int = 0) -> Iterator[str]:
    """Yield comments: sentences of the corpus in new company, 15 % of them the short answers that fill exports."""
    rng = random.Random(seed)
    pool = sentences()
    for _ in range(n):
        code = rng.choices(list(_MIX), list(_MIX.values()))[0]
        if rng.random() < _SHORT_SHARE:
            yield rng.choice(_SHORT[code])
            continue
        text = ""
        while (len(text) < 2 * WORDS) if code == "ja" else (text.count(" ") < WORDS):
            text += ("" if code == "ja" or not text else " ") + rng.choice(pool[code])
        yield text


def calls(n: int, turns: int = 60, seed: int = 0) -> Iterator[str]:
    """Yield transcripts, a turn a line."""
    rng = random.Random(seed)
    pool = sentences()
    for _ in range(n):
        code = rng.choices(list(_MIX), list(_MIX.values()))[0]
        names = _SPEAKERS[code]
        yield "\n".join(f"{names[i % 2]}: {rng.choice(pool[code])}" for i in range(turns))


def write_csv(path: Path, texts: Iterator[str], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """Write an export with an id, a date, a channel and a grade beside the text."""
    rng = random.Random(0)
    with path.open("w", encoding=encoding, errors="replace", newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow(["id", "comment", "date", "channel", "grade"])
        for i, text in enumerate(texts):
            writer.writerow(
                [f"c{i}", text, f"2026-{1 + i % 12:02}-17", rng.choice(["web", "phone"]), rng.randrange(11)]
            )
    return path
