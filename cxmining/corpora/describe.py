"""Counts of a corpus: rows, labels, agreement of the blind readings, lengths, vocabulary and noise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from cxmining.corpora.load import Narrative
from cxmining.evaluation.agreement import krippendorff_alpha
from cxmining.evaluation.kappa import cohen_kappa

_WORD = re.compile(r"[^\W_]+")
_KANA_KANJI = re.compile(r"[぀-ヿ㐀-鿿]")


def count_rows(rows: Iterable[Narrative]) -> dict[str, dict[str, int]]:
    """Count rows by language and split, with the sum under ``all``."""
    table: dict[str, dict[str, int]] = {}
    for row in rows:
        counts = table.setdefault(row.language, {"all": 0, "train": 0, "dev": 0, "test": 0})
        counts["all"] += 1
        counts[row.split] += 1
    return dict(sorted(table.items()))


def count_labels(rows: Iterable[Narrative], labels: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count by language the rows that bear each label, and under ``none`` those that bear no label."""
    table: dict[str, Counter[str]] = {}
    for row in rows:
        counts = table.setdefault(row.language, Counter())
        counts.update(row.labels)
        counts["none"] += not row.labels
    return {code: {k: table[code][k] for k in (*labels, "none")} for code in sorted(table)}


def agreement(rows: Sequence[Narrative], labels: Sequence[str]) -> dict[str, dict[str, object]]:
    """Measure the agreement of the first two annotators by language.

    Labels that a reader left open count as not given.

    Returns
    -------
    dict
        For each language n, alpha with MASI distance, share of equal label sets, and Cohen's kappa by label.
    """
    result: dict[str, dict[str, object]] = {}
    for code in sorted({row.language for row in rows}):
        pairs = [
            tuple(frozenset(a.labels) for a in list(row.annotators.values())[:2])
            for row in rows
            if row.language == code and len(row.annotators) >= 2
        ]
        if not pairs:
            continue
        kappa = {}
        for label in labels:
            a = np.array([label in p[0] for p in pairs])
            b = np.array([label in p[1] for p in pairs])
            kappa[label] = round(cohen_kappa(a, b), 3)
        result[code] = {
            "n": len(pairs),
            "alpha_masi": round(krippendorff_alpha(pairs), 4),
            "exact_match": round(float(np.mean([a == b for a, b in pairs])), 4),
            "kappa": kappa,
        }
    return result


def confusions(rows: Iterable[Narrative], n: int = 12) -> list[tuple[str, str, int]]:
    """List the hardest pairs: one reader gave the first label where the other gave the second instead."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        readings = list(row.annotators.values())[:2]
        if len(readings) < 2:
            continue
        a, b = (set(r.labels) for r in readings)
        for left in a - b:
            for right in (b - a) or {"(nothing)"}:
                counts[(min(left, right), max(left, right))] += 1
        if not a - b:
            counts.update(("(nothing)", right) for right in b - a)
    return [(a, b, k) for (a, b), k in counts.most_common(n)]


def text_statistics(texts: Sequence[str], language: str, seed: int = 0) -> dict[str, float]:
    """Describe how texts are written.

    Parameters
    ----------
    texts : sequence of str
        Texts of one language, not empty.
    language : str
        ``ja`` counts characters where the others count words.
    seed : int, default 0
        Seed of the sample that the vocabulary is counted on.

    Returns
    -------
    dict
        Median and 90th percentile of length; distinct units among 5,000 running ones (words, or character bigrams for
        Japanese); shares of texts with an emoji or emoticon, in capitals, without final punctuation, with digits;
        for Croatian the share without any diacritic.
    """
    units = [_units(t, language) for t in texts]
    lengths = np.array([len(u) for u in units]) + (language == "ja")
    order = np.random.default_rng(seed).permutation(len(texts))
    running: list[str] = []
    for i in order:
        running += units[i]
        if len(running) >= 5000:
            break
    share = {
        "emoji": r"[\U0001F300-\U0001FAFF☀-➿]|[:;]-?[)(DP]|\)\)|\^\^|笑|[wｗ]{1,}$",
        "digits": r"\d",
        "exclamation": r"[!！]",
    }
    out = {
        "n": float(len(texts)),
        "length_median": float(np.median(lengths)),
        "length_p90": float(np.percentile(lengths, 90)),
        "distinct_in_5000": float(len(set(running[:5000]))),
        "no_final_punctuation": float(np.mean([not re.search(r"[.!?…。！？]\W*$", t.strip()) for t in texts])),
        "all_capitals": float(np.mean([t.isupper() for t in texts])),
    }
    out |= {k: float(np.mean([bool(re.search(v, t)) for t in texts])) for k, v in share.items()}
    if language == "hr":
        out["no_diacritics"] = float(np.mean([not re.search("[čćđšž]", t.lower()) for t in texts]))
    return {k: round(v, 3) for k, v in out.items()}


def _units(text: str, language: str) -> list[str]:
    """Split into words; for Japanese into character bigrams."""
    if language != "ja":
        return [w.lower() for w in _WORD.findall(text)]
    flat = "".join(c for c in text if _KANA_KANJI.match(c) or c.isalnum())
    return [flat[i : i + 2] for i in range(len(flat) - 1)]
