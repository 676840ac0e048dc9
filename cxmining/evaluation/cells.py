"""The cells of tables that show a report: text, for the terminal and for pages alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

OVERALL = (
    "micro_f1", "macro_f1", "weighted_f1", "micro_precision", "micro_recall", "example_f1", "subset_accuracy",
    "hamming_loss", "family_micro_f1", "family_macro_f1", "hierarchical_f1", "evidence_span_f1",
    "evidence_span_half_f1", "evidence_character_f1", "evidence_token_f1",
)  # fmt: skip
"""Figures that tables show, where the report has them."""

COMPARISON_HEADER = ("figure", "first", "other", "gap", "95 %", "p", "p (Holm)", "n for 0.02")
"""Columns of :func:`comparison_rows`."""


def number(value: float | None) -> str:
    """Write a figure with three digits, a dash for what is undefined."""
    return "–" if value is None or value != value else f"{value:.3f}"  # noqa: PLR0124 -- NaN


def span(ends: Sequence[float] | None) -> str:
    """Write an interval."""
    return "" if ends is None or ends[0] != ends[0] else f"{ends[0]:.3f}–{ends[1]:.3f}"


def overall_rows(report: Mapping[str, Any]) -> list[list[str]]:
    """Give the rows of the table of overall figures."""
    ends = report.get("intervals", {})
    return [[name, number(report[name]), span(ends.get(name))] for name in OVERALL if name in report]


def stratum_rows(strata: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """Give the rows of a table by the values of a column."""
    rows = []
    for value, row in strata.items():
        ends = row.get("intervals", {})
        cells = [c for name in ("micro_f1", "macro_f1") for c in (number(row[name]), span(ends.get(name)))]
        rows.append([value, f"{row['n_rows']:,}", *cells])
    return rows


def label_rows(report: Mapping[str, Any]) -> list[list[str]]:
    """Give the rows of the table of labels."""
    return [
        [name, *(f"{row[c]:,}" for c in ("support", "predicted", "n_open")),
         *(number(row[c]) for c in ("precision", "recall", "f1")), span(row.get("interval"))]
        for name, row in report["labels"].items()
    ]  # fmt: skip


def comparison_rows(entry: Mapping[str, Any]) -> list[list[str]]:
    """Give the rows of the table that compares two systems."""
    return [
        [metric, *(number(entry[metric][c]) for c in ("first", "other", "difference")), span(entry[metric]["interval"]),
         *(f"{entry[metric][c]:.4f}" for c in ("p_randomisation", "p_holm")),
         f"{entry[metric]['clusters_for_0.02']:,}"]
        for metric in ("micro_f1", "macro_f1")
    ]  # fmt: skip
