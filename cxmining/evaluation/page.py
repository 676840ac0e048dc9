"""Writes a report as one HTML page that needs nothing else: no script, no link; every word from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from cxmining.evaluation.cells import (
    COMPARISON_HEADER,
    comparison_rows,
    label_rows,
    number,
    overall_rows,
    stratum_rows,
)
from cxmining.evaluation.figures import confusion_heatmap, label_bars, reliability_plot, stratum_bars, to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def evaluation_page(report: Mapping[str, Any]) -> str:
    """Write the page of an evaluation.

    Parameters
    ----------
    report : mapping
        From :func:`cxmining.evaluating.evaluate_files`.

    Returns
    -------
    str
        Self-contained HTML.

    Raises
    ------
    UsageError
        If the extra ``figures`` is not installed.
    """
    parts = [_paragraph(_summary(report))]
    parts += [_paragraph(note, "note") for note in report.get("notes", ())]
    parts += [_heading("Overall"), table(["figure", "value", "interval"], overall_rows(report))]
    for column, strata in report["by"].items():
        parts.append(_heading(f"By {column}"))
        parts.append(table([column, "texts", "micro F1", "interval", "macro F1", "interval"], stratum_rows(strata)))
        parts.append(_drawing(stratum_bars(strata, column), f"macro F1 by {column}"))
    parts += [_heading("Labels"), _drawing(label_bars(report["labels"]), "F1 by label")]
    parts.append(table(["label", "true", "given", "open", "precision", "recall", "F1", "interval"], label_rows(report)))
    parts += _confusion(report["confusion"])
    parts += _probabilities(report.get("probabilities"))
    for entry in report.get("comparison", ()):
        parts += [
            _heading(f"{entry['against']} against {entry['name']}"),
            table(COMPARISON_HEADER, comparison_rows(entry)),
        ]
    title = f"Evaluation of {report['pred']}"
    template = Template((files("cxmining.evaluation") / "page.html").read_text(encoding="utf-8"))
    return template.substitute(title=escape(title), body="\n".join(parts))


def _summary(report: Mapping[str, Any]) -> str:
    """Say in a sentence what was scored and how."""
    how = report["bootstrap"]
    unit = f"groups of {how['cluster']}" if how["cluster"] else "texts"
    spread = f"{100 * how['level']:.0f} % intervals from {how['n_samples']:,} bootstrap samples of whole {unit}"
    return (
        f"{report['n_rows']:,} texts in {report['n_clusters']:,} {unit} of {report['gold']}, codebook "
        f"{report['codebook']}; {report['n_open']:,} labels left open are scored neither way; {spread} "
        f"(seed {how['seed']})."
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table, every cell escaped."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>'


def _confusion(confusion: Mapping[str, Any]) -> list[str]:
    """Write the confusions."""
    if not confusion["pairs"]:
        return []
    rows = [[p["true"] or "(nothing true)", p["predicted"] or "(nothing)", f"{p['n']:.1f}"] for p in confusion["pairs"]]
    drawing = _drawing(confusion_heatmap(confusion["labels"], confusion["matrix"]), "confusion of labels")
    words = "A missed label is shared out evenly over the extra labels of its text."
    return [_heading("What stands in for what"), _paragraph(words), drawing, table(["true", "given", "texts"], rows)]


def _probabilities(found: Mapping[str, Any] | None) -> list[str]:
    """Write the worth of the probabilities."""
    if not found:
        return []
    which = "all cells" if found["cells"] == "all" else "the tags that were given"
    rows = [[name, number(v)] for name, v in found.items() if isinstance(v, float)]
    drawing = _drawing(reliability_plot(found["reliability"], found["cells"]), "reliability")
    heading = _heading("Probabilities")
    return [heading, _paragraph(f"Over {which} ({found['n']:,})."), table(["figure", "value"], rows), drawing]


def _heading(text: str) -> str:
    """Write a heading."""
    return f"<h2>{escape(text)}</h2>"


def _paragraph(text: str, kind: str = "") -> str:
    """Write a paragraph."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def _drawing(figure: Figure, words: str) -> str:
    """Write a figure inline, with words for those who cannot see it."""
    return to_svg(figure).replace("<svg ", f'<svg role="img" aria-label="{escape(words)}" ', 1)
