"""The comparison with other tools and the rounds of training narratives."""

from __future__ import annotations

from typing import Any

from build_corpora import LANGUAGES
from build_latex import Part, decimal, escape, integer, listing, table
from build_sources import RESULTS, Sources


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
