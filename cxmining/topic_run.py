"""Runs a discovery from records to a folder: the steps behind ``cxmining topics``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from cxmining.discovery import Discovery, apply_topics, discover, discover_lexical
from cxmining.errors import InputError, UsageError
from cxmining.explaining import explain_narratives, find_uncovered
from cxmining.models import shipped_encoder
from cxmining.narratives import Narratives, read_narratives
from cxmining.pipeline import Tagger
from cxmining.records import SUPPORTED_LANGUAGES, Record
from cxmining.taxonomy import Taxonomy, load_taxonomy
from cxmining.topic_report import Breakdown, document_rows, segment_rows, topic_report, write_json_lines
from cxmining.topics.model import FitOptions
from cxmining.topics.page import topic_page
from cxmining.topics.state import load_topics, save_topics


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked of a collection.

    Parameters
    ----------
    language : str or None
        Language of every text; None identifies each.
    n_topics : int or None
        Topics wanted.
    method : {'embedding', 'nmf', 'lda'}
        How topics are found.
    outlier_share : float
        Share of sentences that may belong to no topic.
    assign_outliers : bool
        Give every sentence its nearest topic.
    model : str or None
        Model that tells failure modes; None leaves these and the uncovered out.
    seed : int
        Seed of ``nmf`` and ``lda``.
    """

    language: str | None = None
    n_topics: int | None = None
    method: Literal["embedding", "nmf", "lda"] = "embedding"
    outlier_share: float = 0.1
    assign_outliers: bool = False
    model: str | None = "auto"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Guidance:
    """What topics are guided by.

    Parameters
    ----------
    seeds : mapping of str to sequence of str
        Names and phrases of guided topics.
    codebook : bool
        Take the failure modes' definitions as seeds.
    fitted : Path or None
        Folder of an earlier run whose topics are used again.
    """

    seeds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    codebook: bool = False
    fitted: Path | None = None


def run_topics(
    records: Sequence[Record],
    out: Path,
    inquiry: Inquiry,
    guidance: Guidance,
    breakdown: Breakdown,
    on_progress: Callable[[str, int], None],
) -> dict[str, Any]:
    """Find topics and write ``topics.json``, ``segments.jsonl``, ``documents.jsonl``, ``index.html`` and the model.

    Parameters
    ----------
    records : sequence of Record
        Texts with their columns.
    out : Path
        Folder; made where it does not exist.
    inquiry, guidance, breakdown
        What is asked, what guides it, what is counted by.
    on_progress : callable
        Told the stage and the number of texts done.

    Returns
    -------
    dict
        The report, as written to ``topics.json``.

    Raises
    ------
    InputError
        If there is no text, too few words, or no column of the name to count by.
    UsageError
        If options do not go together.
    """
    _check(records, inquiry, guidance, breakdown)
    taxonomy = load_taxonomy()
    narratives = read_narratives(records, None, inquiry.language, lambda n: on_progress("reading sentences", n))
    found = _find(narratives, inquiry, guidance, taxonomy)
    explained, left = None, None
    if inquiry.model is not None:
        name = inquiry.model
        explained = explain_narratives(
            narratives,
            lambda: Tagger.load(name, language=inquiry.language),
            taxonomy,
            lambda n: on_progress("failure modes", n),
        )
        left = find_uncovered(narratives, explained, definitions=codebook_seeds(taxonomy))
    report = topic_report(found, explained, left, breakdown)
    out.mkdir(parents=True, exist_ok=True)
    write_json_lines(out / "segments.jsonl", segment_rows(found))
    write_json_lines(out / "documents.jsonl", document_rows(found))
    if found.model is not None:
        save_topics(found.model, out, shipped_encoder().fingerprint)
    text = json.dumps(report, ensure_ascii=False, indent=1)
    (out / "topics.json").write_text(text + "\n", encoding="utf-8")
    (out / "index.html").write_text(topic_page(report, _drawings(found, report)), encoding="utf-8")
    return report


def _check(records: Sequence[Record], inquiry: Inquiry, guidance: Guidance, breakdown: Breakdown) -> None:
    """Refuse what cannot work before any work."""
    if not records:
        raise InputError("no text could be read; the reasons stand in rejected rows, check the file and --text")
    if inquiry.language is not None and inquiry.language not in SUPPORTED_LANGUAGES:
        raise UsageError(f"language {inquiry.language!r} is not served; choose hr, ru, ja or auto")
    guided = bool(guidance.seeds) or guidance.codebook
    if inquiry.method != "embedding" and (guided or guidance.fitted):
        raise UsageError("--seeds and --fitted go with --method embedding only")
    if guided and guidance.fitted:
        raise UsageError("--seeds guide a new fit, --fitted uses an old one; choose one of them")
    columns = {name for record in records for name in record.columns}
    for name in breakdown.columns:
        if name not in columns:
            raise InputError(
                f"there is no column {name!r} to count by; there are {', '.join(sorted(columns)) or 'none'}"
            )


def _find(narratives: Narratives, inquiry: Inquiry, guidance: Guidance, taxonomy: Taxonomy) -> Discovery:
    """Find topics in the way that is asked for."""
    if inquiry.method != "embedding":
        return discover_lexical(narratives, inquiry.n_topics, inquiry.method, inquiry.seed)
    if guidance.fitted is not None:
        model = load_topics(guidance.fitted, shipped_encoder().fingerprint)
        if inquiry.n_topics is not None and inquiry.n_topics < model.n_topics:
            model, _ = model.cut(inquiry.n_topics)
        return apply_topics(model, narratives, inquiry.assign_outliers)
    seeds = codebook_seeds(taxonomy) if guidance.codebook else guidance.seeds
    options = FitOptions(inquiry.n_topics, inquiry.outlier_share)
    return discover(narratives, options, seeds or None, assign_outliers=inquiry.assign_outliers)


def codebook_seeds(taxonomy: Taxonomy) -> dict[str, list[str]]:
    """Give the failure modes' names and definitions in the languages served as seeds of guided topics."""
    return {
        label.id: [side[c] for c in SUPPORTED_LANGUAGES for side in (label.name, label.definition) if c in side]
        for label in taxonomy.labels
        if label.kind == "failure_mode"
    }


def _drawings(found: Discovery, report: Mapping[str, Any]) -> dict[str, str]:
    """Draw the figures; none without the extra ``figures``."""
    from cxmining.evaluation.figures import to_svg
    from cxmining.topics import figures

    try:
        drawn = {
            "Sizes": figures.topic_sizes(report["topics"]),
            "Words": figures.word_bars(report["topics"]),
        }
        if found.model is not None:
            drawn["Map"] = figures.topic_map(report["topics"], np.asarray(found.model.centroids))
        names = {str(t["id"]): f"{t['id']} {t['label']}" for t in report["topics"]}
        for column, sides in report["prevalence"].items():
            if column.startswith("time ("):
                drawn |= {f"{side} over time": figures.prevalence_lines(cells, names) for side, cells in sides.items()}
        if "modes" in report:
            counts = report["modes"]["counts"]
            drawn["Failure modes"] = figures.mode_heatmap(report["topics"], report["modes"]["labels"], counts)
        return {heading: to_svg(figure) for heading, figure in drawn.items()}
    except UsageError:
        return {}
