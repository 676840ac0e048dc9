"""Language identification by length of text, against py3langid alone.

The sentences under ``data/language_identification`` were written for this test, in the manner of customer comments.
An answer is right where the code is: the language for the served ones, ``other`` for every distractor. The baseline is
py3langid over its full set of languages and over the languages of this test; what it calls Serbian counts as ``sr`` in
Latin and as ``other`` in Cyrillic script. Writes ``results/language_identification.csv``.
"""

from __future__ import annotations

import csv
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from cxmining.text import identify, identify_many, tokenize

HERE = Path(__file__).parent
DATA = HERE / "data" / "language_identification"
RESULTS = HERE / "results" / "language_identification.csv"
SERVED = ("hr", "bs", "sr", "ru", "ja")
FAMILY = ("hr", "bs", "sr")
BUCKETS = ((1, 2), (3, 5), (6, 10), (11, 60))
NEAR = ["hr", "bs", "sr", "sl", "cs", "sk", "pl", "en", "de", "it", "ru", "uk", "be", "bg", "mk", "ja", "zh", "ko"]
CYRILLIC = re.compile("[\u0400-\u04ff]")


def sentences() -> list[tuple[str, str]]:
    """Read (language, sentence) pairs."""
    return [
        (path.stem, line)
        for path in sorted(DATA.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def bucket(language: str, sentence: str) -> str:
    """Name the length bucket; words of Japanese and Chinese are the Japanese analyser's."""
    n_words = len(tokenize(sentence, "ja" if language.startswith(("ja", "zh")) else "other"))
    return next(f"{low}-{high}" if high < 60 else f"{low}+" for low, high in BUCKETS if n_words <= high)


def baseline(languages: list[str] | None) -> Callable[[str], str]:
    """Wrap py3langid so that it answers in this package's codes."""
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(languages)

    def answer(sentence: str) -> str:
        code = model.classify(sentence)[0]
        if code == "sr" and CYRILLIC.search(sentence):
            return "other"
        return code if code in SERVED else "other"

    return answer


def in_column(pairs: list[tuple[str, str]]) -> list[str]:
    """Answer for each language's sentences as one column."""
    answers: list[str] = []
    for language in dict.fromkeys(language for language, _ in pairs):
        answers.extend(guess.code for guess in identify_many([text for name, text in pairs if name == language]))
    return answers


def matches(truth: str, answer: str, *, family: bool) -> bool:
    """Compare answers, optionally with the Croatian family taken as one."""
    expected = truth if truth in SERVED else "other"
    if family and expected in FAMILY:
        return answer in FAMILY
    return expected == answer


def main() -> None:
    """Run every method, write the table, print it."""
    pairs = sentences()
    for _, text in pairs:  # dictionaries and models load on first use
        identify(text)
    began = time.perf_counter()
    ours = [identify(text).code for _, text in pairs]
    seconds = time.perf_counter() - began
    restricted, full = baseline(NEAR), baseline(None)
    methods = {
        "cxmining": ours,
        "cxmining, as a column": in_column(pairs),
        "py3langid, near languages": [restricted(text) for _, text in pairs],
        "py3langid, all languages": [full(text) for _, text in pairs],
    }
    rows = []
    for method, answers in methods.items():
        right: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for (truth, text), answer in zip(pairs, answers, strict=True):
            groups = [truth, "all"]
            groups += [] if truth in SERVED else ["distractors"]
            groups += ["hr+bs+sr"] if truth in FAMILY else []
            for group in groups:
                for length in (bucket(truth, text), "3+" if bucket(truth, text) != "1-2" else "", "any"):
                    if length:
                        cell = right[group, length]
                        cell["n"] += 1
                        cell["right"] += matches(truth, answer, family=group == "hr+bs+sr")
        for (group, length), cell in sorted(right.items()):
            rows.append((method, group, length, cell["n"], cell["right"], round(cell["right"] / cell["n"], 4)))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("method", "group", "words", "n", "right", "accuracy"))
        writer.writerows(rows)
    table = {(method, group, length): (share, n) for method, group, length, n, _, share in rows}
    lengths = ["1-2", "3-5", "6-10", "11+", "3+", "any"]
    for method in methods:
        print(f"\n{method:28s}" + "".join(f"{length:>14s}" for length in lengths))
        for group in ("hr", "ru", "ja", "sr", "bs", "hr+bs+sr", "distractors", "all"):
            cells = [table.get((method, group, length)) for length in lengths]
            print(f"{group:28s}" + "".join(f"{f'{cell[0]:.3f} ({cell[1]})' if cell else '-':>14s}" for cell in cells))
    print(f"\n{len(pairs) / seconds:,.0f} texts a second")


if __name__ == "__main__":
    main()
