"""The comparison with other tools and the rounds of training narratives."""

from __future__ import annotations

from typing import Any

from build_corpora import LANGUAGES, NAMES
from build_latex import Part, code, decimal, escape, integer, listing, table
from build_sources import RESULTS, Sources

_LEARNED_FROM = {"two_others": "the two others", "own": "its own rows", "all_three": "all three"}


def classifiers(sources: Sources) -> Part:
    """Give quality, speed, load time and memory of the tiers and of what a user might take instead."""
    result = sources.result("classifier_comparison.json")
    systems: dict[str, Any] = result["systems"] if result else {}
    if not systems:
        return Part()
    order = sorted(systems, key=lambda s: -systems[s]["test"]["all"]["macro_f1"])
    rows = [_row(systems[s]) for s in order]
    header = [
        "System",
        "micro",
        "macro",
        *(f"macro {c}" for c in LANGUAGES),
        "texts/s",
        "surveys/s",
        "load s",
        "peak MB",
    ]
    caption = (
        r"The tiers beside what a user might take instead: F$_1$ on test rows, best macro first; texts a "
        "second on two cores, time to the first answer, peak memory."
    )
    ahead: dict[str, list[str]] = result.get("ahead_of", {})
    beaten = [name for name, own in ahead.items() if own]
    rest = [escape(systems[name]["title"]) for name, own in ahead.items() if not own and name in systems]
    macros = {
        "nPeers": str(len(ahead)),
        "nPeersBeaten": str(len(beaten)),
        "peersLeft": f"not so for {listing(rest)}" if rest else "so for every one of them",
    }
    sections = {"classifier_comparison"}
    if sources.has(f"{RESULTS}/classifier_comparison.pdf"):
        sections.add("classifier_figure")
    tables = {"classifier_comparison": table("classifier-comparison", caption, header, rows)}
    return Part(macros, tables, sections)


def silver_rounds(sources: Sources) -> Part:
    """Give what each round of training narratives added."""
    result = sources.result("silver_rounds.json")
    if not result:
        return Part()
    rows = [
        [
            escape(kind),
            escape(step["round"]),
            integer(step["n"]),
            decimal(step["dev"]["all"]),
            decimal(step["test"]["all"]),
            *(decimal(step["test"][c]) for c in LANGUAGES),
        ]
        for kind, steps in result.items()
        for step in steps
    ]
    header = ["System", "with", "texts", "dev", "test", *(f"test {c}" for c in LANGUAGES)]
    caption = r"Macro-F$_1$ with one round of training narratives more at a time."
    text = table("silver-rounds", caption, header, rows, "lp{5.4cm}rrrrrr")
    return Part({}, {"silver_rounds": text}, {"silver_rounds"})


def cross_lingual(sources: Sources) -> Part:
    """Give what a language gets from the others."""
    result = sources.result("cross_lingual.json")
    found: dict[str, dict[str, float]] = result.get("table", {}) if result else {}
    rows = [[NAMES[c], *(decimal(found[c].get(kind)) for kind in _LEARNED_FROM)] for c in LANGUAGES if found.get(c)]
    if not rows:
        return Part()
    header = ["Tested on", *_LEARNED_FROM.values()]
    caption = rf"Macro-F$_1$ of {code(result['model'])} on the test rows of a language, by what it learned from."
    return Part({}, {"cross_lingual": table("cross-lingual", caption, header, rows)}, {"cross_lingual"})


def seed_articles(sources: Sources) -> Part:
    """Give the labels of the articles that the codebook began with, and how alike they are."""
    result = sources.result("seed_articles.json")
    if not result:
        return Part()
    labels = result["labels"]
    rows = [[NAMES[c], str(len(labels[c])), ", ".join(code(k) for k in labels[c]) or "--"] for c in LANGUAGES]
    shared = set.intersection(*(set(labels[c]) for c in LANGUAGES))
    macros = {
        "seedShared": str(len(shared)),
        "seedJaccard": listing([f"{decimal(v, 2)} ({pair})" for pair, v in result["jaccard"].items()]),
    }
    text = table("seed-articles", "Labels of three web articles.", ["Article", "labels", ""], rows, "lrp{11cm}")
    return Part(macros, {"seed_articles": text}, {"seed_articles"})


def _row(record: dict[str, Any]) -> list[str]:
    """Give a system's row."""
    test, speed = record["test"], record["speed"]
    scores = []
    for short in ("micro", "macro"):
        low, high = test["all"]["interval"][short]
        scores.append(f"{decimal(test['all'][f'{short}_f1'])} [{low:.2f}, {high:.2f}]")
    return [
        escape(record["title"]),
        *scores,
        *(decimal(test[c]["macro_f1"], 2) for c in LANGUAGES),
        integer(speed["test"]["documents_per_s"]),
        integer(speed["survey"]["documents_per_s"]),
        decimal(record["load_s"], 1),
        integer(record["peak_mb"]),
    ]
