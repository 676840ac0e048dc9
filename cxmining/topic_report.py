"""The report of a discovery: one dictionary that JSON and page are written from, and the folder that holds them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cxmining.discovery import Discovery
from cxmining.evaluation.topics import c_v_coherence, npmi_coherence, topic_diversity, topic_silhouette
from cxmining.explaining import Explained, Uncovered
from cxmining.records import Record
from cxmining.topics.describe import Topic
from cxmining.topics.model import document_weights
from cxmining.topics.modes import overlap
from cxmining.topics.periods import Period, period_of
from cxmining.topics.prevalence import prevalence
from cxmining.topics.trends import trends

FORMAT = "cxmining.topic_report/1"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What prevalence is counted by.

    Parameters
    ----------
    columns : tuple of str
        Columns of the input; ``language`` is always there.
    time : bool
        Whether to count by the records' time too, and test for trends.
    period : {'day', 'week', 'month', 'quarter', 'year'}
        Length of a period.
    smallest : int
        Suppress counts below this; 0 shows all.
    """

    columns: tuple[str, ...] = ()
    time: bool = True
    period: Period = "month"
    smallest: int = 0


def topic_report(
    found: Discovery,
    explained: Explained | None = None,
    left: Uncovered | None = None,
    breakdown: Breakdown = Breakdown(),
) -> dict[str, Any]:
    """Put everything that is known of the topics of a collection into one dictionary.

    Parameters
    ----------
    found : Discovery
        Topics.
    explained : Explained, optional
        Failure modes by segment.
    left : Uncovered, optional
        Complaints that no failure mode explains.
    breakdown : Breakdown
        Columns and periods to count by.

    Returns
    -------
    dict
        Plain values, ready for JSON; offsets are raw.
    """
    n = found.narratives
    topic_of, n_topics = found.assignment.topics, len(found.topics)
    modes = overlap(topic_of, explained.evidence, explained.labels, n_topics) if explained else None
    topics = []
    for topic in found.topics:
        entry = _topic(found, topic, found.assignment.weights)
        if modes is not None:
            entry["modes"] = modes.of_topic(topic.id)
        if left is not None:
            mine = left.complaint[topic_of == topic.id]
            entry["complaint"] = round(float(mine.mean()), 4) if len(mine) else 0.0
        topics.append(entry)
    report: dict[str, Any] = {
        "format": FORMAT,
        "n_documents": len(n.records),
        "n_segments": len(n.segments),
        "n_short": int((~n.usable).sum()),
        "outlier_share": round(found.outlier_share, 4),
        "languages": {str(c): int(k) for c, k in zip(*np.unique(n.languages, return_counts=True), strict=True)},
        "topics": topics,
        "hierarchy": [asdict(m) for m in found.model.merges] if found.model else [],
        "quality": topic_quality(found),
    }
    if modes is not None:
        report["modes"] = {"labels": list(modes.labels), "counts": modes.counts.tolist()}
    if left is not None:
        report["uncovered"] = {
            "n_complaints": left.n_complaints,
            "n_uncovered": left.n_uncovered,
            "candidates": [_topic(found, t, left.assignment.weights) for t in left.candidates if left.assignment],
        }
        for entry, mode in zip(report["uncovered"]["candidates"], left.closest, strict=False):
            entry["closest_mode"] = mode
    report["prevalence"], report["trends"] = _breakdowns(found, explained, breakdown)
    return report


def topic_quality(found: Discovery, seed: int = 0) -> dict[str, Any]:
    """Measure topics on their own texts: NPMI, C_v and diversity by language, silhouette.

    Parameters
    ----------
    found : Discovery
        Topics with words.
    seed : int, default 0
        Seed of the sample for the silhouette.

    Returns
    -------
    dict
        Means over topics; None where undefined.
    """
    n = found.narratives
    quality: dict[str, Any] = {}
    for code in sorted({c for t in found.topics for c in t.words}):
        words = [[w.lemma for w in t.words[code]] for t in found.topics if code in t.words]
        texts = document_words(found, code)
        npmi, c_v = npmi_coherence(words, texts), c_v_coherence(words, texts)
        quality[code] = {
            "npmi": _mean(npmi),
            "c_v": _mean(c_v),
            "diversity": round(topic_diversity(words), 4),
            "n_topics": len(words),
        }
    if found.model is not None:
        rows = np.flatnonzero(found.assignment.topics >= 0)
        points = found.model.space.project(n.segments)
        quality["silhouette"] = _round(topic_silhouette(points[rows], found.assignment.topics[rows], seed=seed))
    return quality


def document_words(found: Discovery, language: str) -> list[list[str]]:
    """Give the content words of each document of a language, in order."""
    n = found.narratives
    texts: dict[int, list[str]] = {}
    for i in np.flatnonzero(n.segments.languages == language).tolist():
        texts.setdefault(int(n.segments.documents[i]), []).extend(n.lexicon.words(i))
    return list(texts.values())


def _mean(values: np.ndarray) -> float | None:
    """Average what is defined."""
    kept = values[np.isfinite(values)]
    return round(float(kept.mean()), 4) if len(kept) else None


def _round(value: float) -> float | None:
    """Round a figure; None where it is not defined."""
    return round(value, 4) if np.isfinite(value) else None


def _topic(found: Discovery, topic: Topic, weights: np.ndarray) -> dict[str, Any]:
    """Give a topic as plain values, its quotes with their words."""
    n = found.narratives
    entry = asdict(topic)
    entry["label"] = topic.label
    entry["share"] = round(topic.n_segments / max(len(n.segments), 1), 4)
    entry["quotes"] = [
        {
            "id": n.records[int(n.segments.documents[i])].id,
            "start": int(n.starts[i]),
            "end": int(n.ends[i]),
            "quote": n.texts[i],
            "language": str(n.segments.languages[i]),
            "weight": round(float(weights[i]), 4),
        }
        for i in topic.quotes
    ]
    return entry


def _breakdowns(
    found: Discovery, explained: Explained | None, breakdown: Breakdown
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Count topics and failure modes by group and period, and test for trends."""
    n = found.narratives
    present = np.zeros((len(n.records), len(found.topics)), np.bool_)
    kept = found.assignment.topics >= 0
    present[n.segments.documents[kept], found.assignment.topics[kept]] = True
    sides: list[tuple[str, np.ndarray, Sequence[str]]] = [("topics", present, [str(t.id) for t in found.topics])]
    if explained is not None:
        sides.append(("modes", explained.documents, explained.labels))
    groups: dict[str, list[str | None]] = {"language": [str(c) for c in n.languages]}
    for column in breakdown.columns:
        groups[column] = [_cell(r, column) for r in n.records]
    periods = [period_of(r.time, breakdown.period) if r.time else None for r in n.records]
    dated = breakdown.time and any(periods)
    if dated:
        groups[f"time ({breakdown.period})"] = periods
    counted = {
        name: {
            side: [asdict(cell) for cell in prevalence(table, of, names, breakdown.smallest)]
            for side, table, names in sides
        }
        for name, of in groups.items()
    }
    moving = {side: [asdict(t) for t in trends(table, periods, names)] for side, table, names in sides} if dated else {}
    return counted, moving


def _cell(record: Record, column: str) -> str | None:
    """Give a column's value as a group; empty cells are no group."""
    value = record.columns.get(column)
    return None if value is None or not str(value).strip() else str(value)


def segment_rows(found: Discovery) -> Iterator[dict[str, Any]]:
    """Yield one row a segment, in the order of the input: id, start, end, topic (null for outliers), weight."""
    n = found.narratives
    order = np.lexsort((n.starts, n.rows[n.segments.documents]))
    for i in order.tolist():
        topic = int(found.assignment.topics[i])
        yield {
            "id": n.records[int(n.segments.documents[i])].id,
            "start": int(n.starts[i]),
            "end": int(n.ends[i]),
            "topic": None if topic < 0 else topic,
            "weight": round(float(found.assignment.weights[i]), 4),
        }


def document_rows(found: Discovery) -> Iterator[dict[str, Any]]:
    """Yield one row a document, in the order of the input: id, language, topics with weights that add up to 1."""
    n = found.narratives
    shares = document_weights(n.segments.documents, found.assignment.topics, found.assignment.weights)
    for d in np.argsort(n.rows, kind="stable").tolist():
        row = [{"topic": k, "weight": round(w, 4)} for k, w in shares.get(d, {}).items()]
        yield {"id": n.records[d].id, "language": str(n.languages[d]), "topics": row}


def write_json_lines(path: Path, rows: Iterator[Mapping[str, Any]]) -> None:
    """Write rows as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
