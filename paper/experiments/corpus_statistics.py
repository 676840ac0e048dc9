"""Counts, agreement and writing statistics of the corpora, beside real texts where a folder of them is given.

    python paper/experiments/corpus_statistics.py [REAL_TEXTS]

Writes ``results/corpus_statistics.json`` and prints the tables. The real texts are read and counted, never copied.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cxmining import load_taxonomy
from cxmining.corpora import load_corpus
from cxmining.corpora.describe import agreement, confusions, count_labels, count_rows, text_statistics

HERE = Path(__file__).parent
LANGUAGES = ("hr", "ru", "ja")


def main() -> None:
    taxonomy = load_taxonomy()
    corpus = load_corpus("failure_modes")
    rows = corpus.rows
    readings = agreement(rows, taxonomy.ids)
    labels = count_labels(rows, taxonomy.ids)
    result: dict[str, object] = {
        "rows": count_rows(rows),
        "labels": labels,
        "agreement": readings,
        "hardest_pairs": confusions(rows),
        "channels": {
            c: {k: sum(r.channel == k for r in rows if r.language == c) for k in sorted({r.channel for r in rows})}
            for c in LANGUAGES
        },
        "sectors": len({r.sector for r in rows}),
        "labels_per_complaint": {
            c: _mean(len(r.labels) for r in rows if r.language == c and r.labels) for c in LANGUAGES
        },
        "share_without_label": {c: _mean(not r.labels for r in rows if r.language == c) for c in LANGUAGES},
        "share_praise_only": {c: _mean(r.labels == ("praise",) for r in rows if r.language == c) for c in LANGUAGES},
        "writing": {c: text_statistics([r.text for r in rows if r.language == c], c) for c in LANGUAGES},
        "writing_surveys": {
            c: text_statistics([r.text for r in rows if r.language == c and r.channel == "survey"], c)
            for c in LANGUAGES
        },
    }
    if len(sys.argv) > 1:
        real = {c: _real_texts(Path(sys.argv[1]) / f"{c}.jsonl") for c in LANGUAGES}
        result["writing_real"] = {c: text_statistics(texts, c) for c, texts in real.items()}
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "corpus_statistics.json").write_text(
        json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    for code in LANGUAGES:
        found = readings[code]
        low = {k: v for k, v in found["kappa"].items() if v < 0.9}  # type: ignore[attr-defined]
        fewest = min((n, k) for k, n in labels[code].items() if k != "none")
        print(
            f"{code}: {result['rows'][code]}, alpha (MASI) {found['alpha_masi']}, equal sets {found['exact_match']}, "  # type: ignore[index]
            f"fewest {fewest[1]} {fewest[0]}, kappa under 0.9: {low or 'none'}"
        )
    print("hardest pairs:", result["hardest_pairs"])
    for key in ("writing", "writing_surveys", "writing_real"):
        for code, figures in result.get(key, {}).items():  # type: ignore[attr-defined]
            print(f"{key} {code}: {figures}")


def _mean(values: object) -> float:
    found = list(values)  # type: ignore[call-overload]
    return round(sum(found) / len(found), 3)


def _real_texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
