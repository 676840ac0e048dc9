"""Experiments on training and use: whatever file of figures an experiment left is set as a table.

Every mapping that holds a figure by one of the names below is a row; its keys on the way down are the row's name. So
an experiment may nest its results as it likes (system, language held out, share of the data ...).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from build_latex import Part, decimal, escape, integer, table
from build_sources import Sources


@dataclass(frozen=True)
class Experiment:
    """A file of results, the table's caption, and what the rows are."""

    name: str
    caption: str
    rows: str


EXPERIMENTS = (
    Experiment("learning_curve", r"F$_1$ on test rows by the share of the training rows.", "Training"),
    Experiment("ablations", r"Parts of the systems left out one at a time, F$_1$ on test rows.", "Setting"),
    Experiment(
        "prevalence",
        "Mean absolute error of prevalence, counted and corrected.",
        "Estimator",
    ),
    Experiment("calibration", "Calibration of probabilities on test rows.", "System"),
    Experiment(
        "operating_points", "Operating points from held-out rows, measured on test rows over all labels.", "Target"
    ),
    Experiment("definitions", "Labels given by definitions alone, and after the first labelled texts.", "Setting"),
)
METRICS = {
    "n_training": "rows",
    "n_train": "rows",
    "micro_f1": r"micro F$_1$",
    "macro_f1": r"macro F$_1$",
    "lrap": "LRAP",
    "mean_average_precision": "mAP",
    "precision": "precision",
    "recall": "recall",
    "missed_share": "missed",
    "macro_f1_sd": "s.d.",
    "ece": "calibration error",
    "calibration_error": "calibration error",
    "brier": "Brier",
    "counted": "counted",
    "adjusted": "adjusted",
    "mean_absolute_error": "error",
    "coverage": "coverage",
    "documents_per_second": "texts/s",
    "docs_per_second": "texts/s",
    "rows_per_second": "texts/s",
    "rows_per_s": "texts/s",
    "load_s": "load s",
    "load_seconds": "load s",
    "peak_mb": "peak MB",
}
_SILENT = {"all", "test", "results", "systems", "settings", "languages"}
_SKIPPED = {"interval", "intervals", "machine", "parameters", "f1_by_label", "micro_f1_interval", "macro_f1_interval"}
_COUNTS = ("rows", "texts/s", "peak MB")
_MOST_ROWS = 36


def figure_rows(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, float]]]:
    """Walk nested results and give each mapping that holds figures, with the keys that lead to it."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                name = next((str(item[k]) for k in ("name", "system", "setting", "share", "round") if k in item), "")
                yield from figure_rows(item, (*path, name) if name else path)
        return
    if not isinstance(value, dict):
        return
    figures = {k: float(v) for k, v in value.items() if k in METRICS and isinstance(v, (int, float))}
    if figures:
        yield path, figures
    for key, inner in value.items():
        if key not in _SKIPPED:
            yield from figure_rows(inner, path if key in _SILENT else (*path, str(key)))


def joined(rows: list[tuple[tuple[str, ...], dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Unite what one name told in several mappings (scores here, speed there); the first figure of a kind stands."""
    found: dict[str, dict[str, float]] = {}
    for path, figures in rows:
        own = found.setdefault(", ".join(path).replace("_", " ") or "all", {})
        for metric, value in figures.items():
            own.setdefault(METRICS[metric], value)
    return found


def experiment(sources: Sources, told: Experiment) -> Part:
    """Set one experiment's table, nothing where it has not run."""
    result = sources.result(f"{told.name}.json")
    rows = joined(list(figure_rows(result))) if result else {}
    if not rows:
        return Part()
    columns = [c for c in dict.fromkeys(METRICS.values()) if any(c in r for r in rows.values())]
    kept = sorted(rows.items(), key=lambda item: item[0].count(","))[:_MOST_ROWS]
    order = {name: i for i, name in enumerate(rows)}
    body = [
        [escape(name), *(_cell(figures.get(c), c) for c in columns)]
        for name, figures in sorted(kept, key=lambda item: order[item[0]])
    ]
    label = told.name.replace("_", "-")
    caption = told.caption
    if len(rows) > len(kept):
        caption += " Finer rows are in the file of results."
    return Part({}, {told.name: table(label, caption, [told.rows, *columns], body)}, {told.name})


def experiments(sources: Sources) -> Part:
    """Set all that have run."""
    whole = Part()
    for told in EXPERIMENTS:
        part = experiment(sources, told)
        whole.tables |= part.tables
        whole.sections |= part.sections
    return whole


def _cell(value: float | None, column: str) -> str:
    """Write a figure as its column wants it."""
    if value is None:
        return "--"
    return integer(value) if column in _COUNTS else decimal(value)
