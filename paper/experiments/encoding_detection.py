"""How often a file's encoding is found exactly: ours, chardet and charset-normalizer on files of 1, 3 and 12 sentences.

A file counts as found when the decoded text equals the original, whatever name the encoding is given. The letter
tables of ``cxmining.loaders`` are computed from ``data/encoding_profile_*.txt`` (option ``--profiles``); the benchmark
uses ``data/encoding_benchmark_*.txt``, which share no sentence with them.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import chardet
import charset_normalizer

from cxmining.loaders import encoding as ours
from cxmining.loaders import plausibility

HERE = Path(__file__).parent
TABLES = Path(plausibility.__file__).parent / "letters.json"
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
LEGACY = {
    "hr": ("cp1250", "iso8859_2"),
    "ru": ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic"),
    "ja": ("cp932", "euc_jp", "iso2022_jp"),
}
ISOLATED = [
    "utf_8",
    "utf_16",
    "utf_16_le",
    "utf_16_be",
    "ascii",
    *(name for group in LEGACY.values() for name in group),
]
CHARDET_ISOLATED = [
    "ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1250", "iso8859-2", "windows-1251",
    "koi8-r", "cp866", "iso8859-5", "mac-cyrillic", "cp932", "shift_jis", "euc-jp", "iso-2022-jp",
]  # fmt: skip
LENGTHS = (1, 3, 12)
N_FILES = 125


def sentences(kind: str, language: str) -> list[str]:
    """Read the authored sentences."""
    return (HERE / "data" / f"encoding_{kind}_{language}.txt").read_text(encoding="utf-8").splitlines()


@dataclass(frozen=True)
class Case:
    """A file of the benchmark."""

    language: str
    encoding: str
    n_sentences: int
    text: str


def can_hold(case: Case) -> bool:
    """Tell whether a case's encoding has all its characters (ISO-2022-JP has no half-width katakana)."""
    try:
        case.text.encode(case.encoding)
    except UnicodeEncodeError:
        return False
    return True


def cases(seed: int) -> Iterator[Case]:
    """Build the files: every sentence alone, and random files of several, the same ones for each encoding."""
    for language, legacy in LEGACY.items():
        pool = sentences("benchmark", language)
        generator = random.Random(f"{seed}-{language}")
        for n_sentences in LENGTHS:
            drawn = (
                [[s] for s in pool]
                if n_sentences == 1
                else [generator.sample(pool, n_sentences) for _ in range(N_FILES)]
            )
            for encoding in (*UNICODE, *legacy):
                files = (Case(language, encoding, n_sentences, "\n".join(lines) + "\n") for lines in drawn)
                yield from filter(can_hold, files)


def by_ours(data: bytes) -> str | None:
    """Decode as the package does."""
    return ours.detect(data).decode(data)


def decoded(data: bytes, name: str | None) -> str | None:
    """Decode as a detector says; Shift_JIS is taken for the superset that files are written in."""
    return data.decode("cp932" if name == "SHIFT_JIS" else name, "replace") if name else None


def by_chardet(data: bytes) -> str | None:
    """Decode as chardet says by default."""
    return decoded(data, chardet.detect(data)["encoding"])


def by_chardet_isolated(data: bytes) -> str | None:
    """Decode as chardet says when it may choose among the benchmark's encodings only."""
    return decoded(data, chardet.detect(data, include_encodings=CHARDET_ISOLATED)["encoding"])


def by_normalizer(data: bytes) -> str | None:
    """Decode as charset-normalizer says by default."""
    best = charset_normalizer.from_bytes(data).best()
    return str(best) if best else None


def by_normalizer_isolated(data: bytes) -> str | None:
    """Decode as charset-normalizer says when it may choose among the benchmark's encodings only."""
    best = charset_normalizer.from_bytes(data, cp_isolation=ISOLATED).best()
    return str(best) if best else None


DETECTORS: dict[str, Callable[[bytes], str | None]] = {
    "ours": by_ours,
    "chardet_isolated": by_chardet_isolated,
    "chardet": by_chardet,
    "charset_normalizer_isolated": by_normalizer_isolated,
    "charset_normalizer": by_normalizer,
}


def run(seed: int, detectors: list[str], *, show_errors: bool) -> None:
    """Run the detectors over all files, print the table and write it."""
    found: dict[tuple[str, str, int], dict[str, list[bool]]] = {}
    for case in cases(seed):
        data = case.text.encode(case.encoding)
        cell = found.setdefault((case.language, case.encoding, case.n_sentences), {name: [] for name in detectors})
        for name in detectors:
            text = DETECTORS[name](data)
            is_exact = text is not None and text.removeprefix("\ufeff") == case.text
            cell[name].append(is_exact)
            if show_errors and name == "ours" and not is_exact:
                print(case.language, case.encoding, ours.detect(data), case.text[:60].replace("\n", " / "))
    rows = [
        {"language": key[0], "encoding": key[1], "n_sentences": key[2], "n_files": len(cell[detectors[0]])}
        | {name: round(sum(values) / len(values), 4) for name, values in cell.items()}
        for key, cell in found.items()
    ]
    print(" ".join(f"{name:>12.12}" for name in rows[0]))
    for row in rows:
        print(" ".join(f"{value!s:>12.12}" for value in row.values()))
    for n_sentences in (*LENGTHS, None):
        part = [row for row in rows if n_sentences in (None, row["n_sentences"])]
        means = {
            name: sum(row[name] * row["n_files"] for row in part) / sum(r["n_files"] for r in part)
            for name in detectors
        }
        label = f"{n_sentences or 'all'} sentences"
        print(
            f"{label:>14}",
            {name: round(mean, 4) for name, mean in means.items()},
            "worst cell of ours:",
            min(r["ours"] for r in part),
        )
    target = HERE / "results" / "encoding_detection.csv"
    target.parent.mkdir(exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_profiles() -> None:
    """Compute the letter tables that the package ships."""
    tables = {language: plausibility.count(sentences("profile", language)) for language in plausibility.LANGUAGES}
    lines = [f"{json.dumps(lang)}: {json.dumps(table, ensure_ascii=False)}" for lang, table in tables.items()]
    TABLES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> None:
    """Parse the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20240501)
    parser.add_argument("--profiles", action="store_true", help="rewrite the package's letter tables first")
    parser.add_argument("--only-ours", action="store_true", help="leave the slow libraries out")
    parser.add_argument("--show-errors", action="store_true")
    options = parser.parse_args()
    if options.profiles:
        write_profiles()
    run(options.seed, ["ours"] if options.only_ours else list(DETECTORS), show_errors=options.show_errors)


if __name__ == "__main__":
    main()
