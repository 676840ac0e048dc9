"""Topics: quality, recovered structure, stability and scale, from the topic experiments."""

from __future__ import annotations

from typing import Any

from build_latex import Part, decimal, escape, integer, macro_name, percent, table
from build_sources import Sources

_SCALE = {
    "n_documents": "documents",
    "n_segments": "segments",
    "n_topics": "topics",
    "seconds_reading": "reading",
    "seconds_clustering": "clustering",
    "seconds_labels": "labels",
    "peak_mb": "MB",
}


def comparison(sources: Sources) -> Part:
    """Give topic quality of the methods on the same segments."""
    return _comparison(sources, "topics_comparison.json", "topics_comparison", "the authored narratives")


def comparison_real(sources: Sources) -> Part:
    """Give the same on real comments."""
    return _comparison(sources, "topics_comparison_real.json", "topics_comparison_real", "real comments")


def _comparison(sources: Sources, name: str, label: str, data: str) -> Part:
    """Set a comparison of methods."""
    found = sources.result(name)
    if not found:
        return Part()
    rows = [
        [
            escape(method),
            str(f["n_topics"]),
            decimal(f["npmi"], 2),
            decimal(f["c_v"], 2),
            decimal(f["diversity"], 2),
            percent(f["outlier_share"], 0),
            decimal(f["stability_seeds"]["ari"], 2),
            decimal(f["stability_shuffled"]["ari"], 2),
            decimal(f["seconds"], 1),
        ]
        for method, f in found.items()
    ]
    header = ["Method", "topics", "NPMI", "C$_V$", "diversity", "outliers", "ARI seeds", "ARI order", "s"]
    caption = (
        rf"Topics of {data}: coherence and diversity of words by language, share without topic, agreement over seeds "
        "and over orders of the rows, seconds."
    )
    ours = next(iter(found.values()))
    macros = {
        macro_name(label, "segments"): integer(ours["n_segments"]),
        macro_name(label, "topics"): str(ours["n_topics"]),
        macro_name(label, "shared"): str(ours["shared_topics"]),
        macro_name(label, "npmi"): decimal(ours["npmi"], 2),
    }
    return Part(macros, {label: table(label.replace("_", "-"), caption, header, rows)}, {label})


def structure(sources: Sources) -> Part:
    """Give how much of what nobody told the topics they recover."""
    found = sources.result("topics_structure.json")
    if not found:
        return Part()
    rows = [
        [
            escape(method),
            str(f["n_topics"]),
            percent(f["outlier_share"], 0),
            *(decimal(f[k][m]) for k in ("sector", "family") for m in ("nmi", "ami")),
        ]
        for method, f in found.items()
    ]
    header = ["Method", "topics", "outliers", "sector NMI", "AMI", "family NMI", "AMI"]
    caption = "Structure that topics recover: sectors of narratives and families of failure modes of sentences."
    return Part({}, {"topics_structure": table("topics-structure", caption, header, rows)}, {"topics_structure"})


def stability(sources: Sources) -> Part:
    """Give agreement over subsamples."""
    found = sources.result("topics_stability.json")
    if not found:
        return Part()
    rows = [[escape(method), str(f["draws"]), percent(f["share"], 0), decimal(f["ari"])] for method, f in found.items()]
    header = ["Method", "draws", "share", "ARI"]
    caption = "Topics fitted on random parts of the narratives: mean adjusted Rand index over pairs of parts."
    return Part({}, {"topics_stability": table("topics-stability", caption, header, rows)}, {"topics_stability"})


def scale(sources: Sources) -> Part:
    """Give time and memory by size."""
    found: list[dict[str, Any]] | None = sources.result("topics_scale.json")
    if not found:
        return Part()
    rows = [[_number(f.get(k)) for k in _SCALE] for f in found]
    caption = "Topic discovery by number of documents: seconds of reading, clustering and labels, peak memory in MB."
    header = list(_SCALE.values())
    return Part({}, {"topics_scale": table("topics-scale", caption, header, rows)}, {"topics_scale"})


def _number(value: float | None) -> str:
    """Write a count or a decimal."""
    if value is None:
        return "--"
    return integer(value) if float(value).is_integer() else decimal(value, 1)
