"""Figures of a report; they need the extra ``figures``, and draw Latin, Cyrillic and Japanese.

Each function takes plain data of a report and gives a matplotlib figure; nothing is shown or kept in a global state.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmining.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cxmining.evaluation.learning_curve import LearningCurve

_BLUE, _GREY = "#2a6f97", "#8d99ae"
_HINT = "figures need matplotlib, seaborn and a Japanese font: pip install 'cxmining[figures]'"


@contextmanager
def style() -> Iterator[None]:
    """Set fonts for the three scripts and quiet axes, for the time of a ``with`` block.

    Raises
    ------
    UsageError
        If the extra ``figures`` is not installed.
    """
    try:
        import matplotlib as mpl
        import seaborn as sns
        from matplotlib import font_manager

        with mpl.rc_context():  # the import itself changes settings
            from matplotlib_fontja import get_font_path
    except ImportError as error:
        raise UsageError(_HINT) from error
    if not any(font.name == "IPAexGothic" for font in font_manager.fontManager.ttflist):
        for path in font_manager.findSystemFonts([get_font_path()]):
            font_manager.fontManager.addfont(path)
    settings = {
        **sns.axes_style("whitegrid"),
        # DejaVu has Latin and Cyrillic with every diacritic; what it lacks comes from the Japanese font.
        "font.family": ["DejaVu Sans", "IPAexGothic"],
        "axes.unicode_minus": False,
        # A dollar sign in a name of the user's is no formula.
        "text.parse_math": False,
        "svg.hashsalt": "cxmining",
        "svg.fonttype": "path",
    }
    with mpl.rc_context(settings):
        yield


def label_bars(labels: Mapping[str, Mapping[str, Any]], title: str = "F1 by label") -> Figure:
    """Draw F1 with its interval for every label that occurs.

    Parameters
    ----------
    labels : mapping of str to mapping
        ``f1``, ``support`` and ``interval`` by name, as in a report.
    title : str
        Title.

    Returns
    -------
    Figure
        Best label on top.
    """
    kept = [(name, row) for name, row in labels.items() if row["f1"] == row["f1"]]
    kept.sort(key=lambda item: (item[1]["f1"], item[0]))
    names = [f"{name} ({row['support']:,})" for name, row in kept]
    values = np.array([row["f1"] for _, row in kept])
    ends = np.array([row.get("interval", [row["f1"]] * 2) for _, row in kept]).reshape(-1, 2)
    return _bars(names, values, ends, (title, "F1 with 95 % interval (texts that bear the label)"))


def stratum_bars(strata: Mapping[str, Mapping[str, Any]], column: str, metric: str = "macro_f1") -> Figure:
    """Draw a metric with its interval for every value of a column.

    Parameters
    ----------
    strata : mapping of str to mapping
        Figures by value of the column.
    column, metric : str
        Their names.

    Returns
    -------
    Figure
        In the order given.
    """
    names = [f"{value} ({row['n_rows']:,})" for value, row in strata.items()][::-1]
    values = np.array([row[metric] for row in strata.values()])[::-1]
    rows = list(strata.values())
    ends = np.array([row.get("intervals", {}).get(metric, [row[metric]] * 2) for row in rows])[::-1]
    return _bars(names, values, ends, (f"{metric} by {column}", f"{metric} with 95 % interval (texts)"))


def _bars(names: Sequence[str], values: np.ndarray, ends: np.ndarray, words: tuple[str, str]) -> Figure:
    """Draw horizontal bars with intervals; words are title and axis."""
    with style():
        from matplotlib.figure import Figure

        n_lines = max((name.count("\n") for name in names), default=0)
        height = 1.1 + (0.3 + 0.16 * n_lines) * max(1, len(names))
        figure = Figure(figsize=(8, height), layout="constrained")
        axes = figure.subplots()
        axes.barh(range(len(names)), values, color=_BLUE, height=0.7)
        for i, (low, high) in enumerate(ends):
            axes.plot([low, high], [i, i], color="black", linewidth=1.4)
        axes.set_yticks(range(len(names)), names, fontsize=9)
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.6, max(0.6, len(names) - 0.4))
        axes.set_title(words[0])
        axes.set_xlabel(words[1])
        axes.grid(visible=False, axis="y")
        figure.draw_without_rendering()
        return figure


def confusion_heatmap(labels: Sequence[str], matrix: Sequence[Sequence[float]], n: int = 14) -> Figure:
    """Draw which labels stand in for which, for the labels that are confused most.

    Parameters
    ----------
    labels : sequence of str
        Label ids.
    matrix : sequence of sequences, shape (n_labels + 1, n_labels + 1)
        From :func:`~cxmining.evaluation.confusion.confusion_matrix`.
    n : int, default 14
        Labels shown at most.

    Returns
    -------
    Figure
        Rows are true labels, columns what was given in their place; the diagonal is left white.
    """
    counts = np.array(matrix, np.float64)
    np.fill_diagonal(counts, 0.0)
    weight = counts.sum(axis=0) + counts.sum(axis=1)
    k = len(labels)
    shown = sorted(np.argsort(-weight[:k], kind="stable")[:n].tolist())
    part = counts[np.ix_([*shown, k], [*shown, k])]
    names = [labels[i] for i in shown]
    with style():
        import seaborn as sns
        from matplotlib.figure import Figure

        side = 3.2 + 0.45 * len(part)
        figure = Figure(figsize=(side + 1, side), layout="constrained")
        axes = figure.subplots()
        text = np.array([[f"{v:.0f}" if v >= 2 else f"{v:.1g}" if v else "" for v in row] for row in part])
        sns.heatmap(
            part, mask=part == 0, cmap="Blues", annot=text, fmt="", ax=axes, linewidths=0.3, annot_kws={"size": 8}
        )
        axes.set_xticks(np.arange(len(part)) + 0.5, [*names, "(nothing)"], rotation=60, ha="right", fontsize=8)
        axes.set_yticks(np.arange(len(part)) + 0.5, [*names, "(nothing true)"], rotation=0, fontsize=8)
        axes.grid(visible=False)
        axes.set_title("Missed labels and what was given in their place")
        axes.set_xlabel("given in its place")
        axes.set_ylabel("true label")
        figure.draw_without_rendering()
        return figure


def reliability_plot(curve: Mapping[str, Sequence[float]], cells: str = "all") -> Figure:
    """Draw share of true cells against stated probability.

    Parameters
    ----------
    curve : mapping
        ``score``, ``share``, ``low``, ``high``, ``n`` by bin.
    cells : {'all', 'given'}
        Whether all cells are drawn or only the tags that were given.

    Returns
    -------
    Figure
        On the diagonal probabilities mean what they say.
    """
    x, y = np.array(curve["score"]), np.array(curve["share"])
    with style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5, 4.6), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", linewidth=1)
        axes.vlines(x, curve["low"], curve["high"], color=_BLUE, linewidth=1.4)
        axes.plot(x, y, color=_BLUE, marker="o", markersize=4, linewidth=1)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_xlabel("stated probability")
        axes.set_ylabel("share that is true, with 95 % interval")
        axes.set_title("Reliability of all cells" if cells == "all" else "Reliability of the tags that were given")
        figure.draw_without_rendering()
        return figure


def prevalence_bars(names: Sequence[str], counted: Sequence[float], adjusted: Sequence[float], ends: Any) -> Figure:
    """Draw counted shares beside corrected ones with intervals.

    Parameters
    ----------
    names : sequence of str
        Names of labels, in any script.
    counted, adjusted : sequence of float
        Shares in [0, 1].
    ends : array_like of shape (2, n_labels)
        Interval of the corrected shares.

    Returns
    -------
    Figure
        First label on top.
    """
    low, high = np.asarray(ends, np.float64)
    with style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 1.4 + 0.42 * max(1, len(names))), layout="constrained")
        axes = figure.subplots()
        place = np.arange(len(names))[::-1]
        axes.plot(counted, place + 0.12, "D", color=_GREY, markersize=5, label="counted")
        axes.hlines(place - 0.12, low, high, color=_BLUE, linewidth=2)
        axes.plot(adjusted, place - 0.12, "o", color=_BLUE, markersize=6, label="corrected, 95 % interval")
        axes.set_yticks(place, names)
        axes.set_xlim(left=0)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.xaxis.set_major_formatter(lambda v, _: f"{100 * v:.0f} %")
        axes.set_xlabel("share of texts")
        figure.legend(loc="outside upper right", ncols=2, frameon=False)
        figure.draw_without_rendering()
        return figure


def learning_curve_plot(
    sizes: Sequence[int], scores: Sequence[float], ends: Any, curve: LearningCurve, times: float = 4.0
) -> Figure:
    """Draw measured scores by training rows, and the fitted curve carried on.

    Parameters
    ----------
    sizes : sequence of int
        Training rows.
    scores : sequence of float
        Scores in [0, 1].
    ends : array_like of shape (n, 2)
        Their intervals.
    curve : LearningCurve
        What was fitted to them.
    times : float, default 4
        How far the curve is carried on, in multiples of the largest size.

    Returns
    -------
    Figure
        Rows on a logarithmic axis.
    """
    with style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        grid = np.geomspace(min(sizes), times * max(sizes), 60)
        axes.plot(grid, [curve.at(n) for n in grid], color=_GREY, linestyle="--", label="power law, carried on")
        axes.vlines(sizes, *np.asarray(ends, np.float64).T, color=_BLUE, linewidth=2)
        axes.plot(sizes, scores, "o", color=_BLUE, label="measured, 95 % interval")
        ticks = [*sizes, round(times * max(sizes))]
        axes.set(xscale="log", ylim=(0, 1), xlabel="labelled texts learned from", ylabel="score")
        axes.set_xticks(ticks, [f"{n:,}" for n in ticks])
        axes.minorticks_off()
        axes.legend(loc="lower right")
        return figure


def to_svg(figure: Figure) -> str:
    """Write a figure as an SVG element without prologue; the same figure gives the same text."""
    buffer = io.StringIO()
    with style():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL).strip()
