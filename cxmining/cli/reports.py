"""How reports are printed: tables for people, JSON for machines."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from cxmining.cli.console import output
from cxmining.evaluation.cells import (
    COMPARISON_HEADER,
    comparison_rows,
    label_rows,
    number,
    overall_rows,
    span,
    stratum_rows,
)

_DIGITS = 6


def print_json(report: dict[str, Any]) -> None:
    """Print a report as JSON on standard output; undefined figures are null."""
    sys.stdout.write(json.dumps(_plain(report), ensure_ascii=False, indent=1) + "\n")


def _plain(value: Any) -> Any:
    """Round floats, and write what is undefined as None."""
    if isinstance(value, float):
        return round(value, _DIGITS) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def show_evaluation(report: dict[str, Any]) -> None:
    """Print the tables of an evaluation."""
    _table(f"{report['pred']}: {report['n_rows']:,} texts", ["figure", "value", "95 %"], overall_rows(report))
    for column, strata in report["by"].items():
        header = [column, "texts", "micro F1", "95 %", "macro F1", "95 %"]
        _table(f"by {column}", header, stratum_rows(strata))
    header = ["label", "true", "given", "open", "P", "R", "F1", "95 %"]
    _table("labels", header, label_rows(report))
    pairs = report["confusion"]["pairs"]
    if pairs:
        shown = ", ".join(f"{p['true'] or '(nothing)'} → {p['predicted'] or '(nothing)'} {p['n']:.1f}" for p in pairs)
        output.print(f"true → given in its place: {shown}", markup=False, highlight=False)
    for entry in report.get("comparison", ()):
        _table(f"{entry['against']} against {entry['name']}", COMPARISON_HEADER, comparison_rows(entry))


def show_agreement(report: dict[str, Any]) -> None:
    """Print the tables of an agreement report."""
    rows = [["all", *_agreement_cells(report)]]
    for strata in report["by"].values():
        rows += [[value, *_agreement_cells(part)] for value, part in strata.items()]
    header = ["texts", "n", "MASI", "95 %", "Jaccard", "nominal", "equal", "micro F1", "macro F1"]
    _table("Krippendorff's alpha by distance, equal sets, and F1 of annotators against each other", header, rows)
    if len(report["pairs"]) > 1:
        pairs = [[" / ".join(p["annotators"]), f"{p['n_texts']:,}", *(number(p[k]) for k in _PAIR)]
                 for p in report["pairs"]]  # fmt: skip
        _table("pairs", ["annotators", "texts", "alpha (MASI)", "micro F1", "macro F1", "equal sets"], pairs)
    labels = [[name, " / ".join(map(str, row["support"])), *(number(row[k]) for k in _LABEL)]
              for name, row in report["labels"].items() if any(row["support"])]  # fmt: skip
    _table("labels", ["label", "given by each", "alpha", "Cohen's kappa", "Fleiss' kappa"], labels)
    found = report["disagreements"]
    if found:
        shown = ", ".join(f"{d['labels'][0] or '(nothing)'} / {d['labels'][1] or '(nothing)'} {d['n']}" for d in found)
        output.print(f"hardest pairs: {shown}", markup=False, highlight=False)


_PAIR = ("alpha_masi", "micro_f1", "macro_f1", "exact")
_LABEL = ("alpha", "cohen_kappa", "fleiss_kappa")


def _agreement_cells(report: dict[str, Any]) -> list[str]:
    """Give the cells of one row of the agreement table."""
    alpha, ceiling = report["alpha"], report["ceiling"]
    return [
        f"{report['n_texts']:,}", number(alpha["masi"]), span(report.get("intervals", {}).get("masi")),
        number(alpha["jaccard"]), number(alpha["nominal"]), number(report["exact"]),
        number(ceiling["micro_f1"]), number(ceiling["macro_f1"]),
    ]  # fmt: skip


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; names from files are never read as markup."""
    made = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    for i, name in enumerate(header):
        made.add_column(Text(name), justify="left" if i == 0 else "right", no_wrap=True)
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    output.print(made)
