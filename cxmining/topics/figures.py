"""Figures of topics; they need the extra ``figures``. Each takes the plain report and gives a matplotlib figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmining.evaluation.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {"hr": "#2a6f97", "ru": "#c44536", "ja": "#e0a030"}
"""Colour of each language; grey for others."""

_GREY = "#8d99ae"
_LABEL_LENGTH = 46

Topics = Sequence[Mapping[str, Any]]


def short_label(topic: Mapping[str, Any], length: int = _LABEL_LENGTH) -> str:
    """Give number and names of a topic, cut to a length."""
    label = f"{topic['id']} {topic['label']}"
    return label if len(label) <= length else label[: length - 1] + "…"


def topic_sizes(topics: Topics, n: int = 40) -> Figure:
    """Draw the largest topics as bars, one colour a language.

    Parameters
    ----------
    topics : sequence of mapping
        ``topics`` of a report.
    n : int, default 40
        Most bars.

    Returns
    -------
    Figure
        Segments by topic.
    """
    with style():
        from matplotlib.figure import Figure

        shown = sorted(topics, key=lambda t: (-t["n_segments"], t["id"]))[:n]
        figure = Figure(figsize=(9, 1.2 + 0.24 * len(shown)), layout="constrained")
        axes = figure.subplots()
        left = np.zeros(len(shown))
        for code in sorted({c for t in shown for c in t["languages"]}):
            values = np.array([t["languages"].get(code, 0) for t in shown], float)
            axes.barh(range(len(shown)), values, left=left, color=COLOURS.get(code, _GREY), label=code)
            left += values
        axes.set_yticks(range(len(shown)), [short_label(t) for t in shown], fontsize=8)
        axes.invert_yaxis()
        axes.set_xlabel("sentences")
        axes.grid(axis="y", visible=False)
        if shown:
            axes.legend(title="language", loc="lower right")
        return figure


def word_bars(topics: Topics, n: int = 12, n_words: int = 6) -> Figure:
    """Draw the words of the largest topics by class-based TF-IDF, in each topic's most frequent language.

    Parameters
    ----------
    topics : sequence of mapping
        ``topics`` of a report.
    n : int, default 12
        Most topics.
    n_words : int, default 6
        Words of each.

    Returns
    -------
    Figure
        A grid of bar charts.
    """
    with style():
        import seaborn as sns
        from matplotlib.figure import Figure

        shown = [t for t in sorted(topics, key=lambda t: (-t["n_segments"], t["id"])) if t["words"]][:n]
        columns = min(3, max(1, len(shown)))
        rows = max(1, -(-len(shown) // columns))
        figure = Figure(figsize=(10, 1.7 * rows + 0.4), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, topic in zip(grid.flat, shown, strict=False):
            code = next(iter(topic["words"]))
            words = sorted(topic["words"][code], key=lambda w: -w["score"])[:n_words]
            sns.barplot(x=[w["score"] for w in words], y=[w["surface"] for w in words], ax=axes,
                        color=COLOURS.get(code, _GREY))  # fmt: skip
            axes.set_title(short_label(topic, 34), fontsize=8, loc="left")
            axes.tick_params(labelsize=8)
            axes.set_xticks([])
        for axes in list(grid.flat)[len(shown) :]:
            axes.set_visible(False)
        return figure


def topic_map(topics: Topics, centroids: np.ndarray, n_labels: int = 30) -> Figure:
    """Draw topics as pies of their languages, near each other where their centres are.

    Parameters
    ----------
    topics : sequence of mapping
        ``topics`` of a report.
    centroids : ndarray of shape (n_topics, d)
        Their centres.
    n_labels : int, default 30
        Topics that are named; the largest.

    Returns
    -------
    Figure
        A map without units.
    """
    with style():
        from matplotlib.figure import Figure
        from matplotlib.patches import Patch, Wedge

        places = map_places(centroids)
        sizes = np.sqrt([t["n_segments"] for t in topics]) if topics else np.zeros(0)
        radii = 0.035 * sizes / max(float(sizes.max(initial=1.0)), 1.0)
        named = set(np.argsort(-sizes, kind="stable")[:n_labels].tolist())
        figure = Figure(figsize=(10, 8), layout="constrained")
        axes = figure.subplots()
        for i, topic in enumerate(topics):
            turn = 90.0
            for code, n in sorted(topic["languages"].items()):
                end = turn + 360.0 * n / max(topic["n_segments"], 1)
                wedge = Wedge(tuple(places[i]), radii[i], turn, end, color=COLOURS.get(code, _GREY), alpha=0.85, lw=0)
                axes.add_patch(wedge)
                turn = end
            if i in named:
                below = (places[i][0], places[i][1] - radii[i])
                axes.annotate(short_label(topic, 26), below, xytext=(0, -1), textcoords="offset points",
                              fontsize=6.5, ha="center", va="top")  # fmt: skip
        codes = sorted({c for t in topics for c in t["languages"]})
        axes.legend(handles=[Patch(color=COLOURS.get(c, _GREY), label=c) for c in codes], title="language")
        axes.set(xlim=(-0.06, 1.06), ylim=(-0.08, 1.06), xticks=[], yticks=[], aspect="equal")
        axes.grid(visible=False)
        return figure


def map_places(centroids: np.ndarray) -> np.ndarray:
    """Lay centres out in the plane: two main axes, ranks in place of values so that crowds spread out.

    Parameters
    ----------
    centroids : ndarray of shape (n, d)
        Unit vectors.

    Returns
    -------
    ndarray of shape (n, 2)
        In [0, 1].
    """
    n = len(centroids)
    if n < 3 or centroids.shape[1] < 2:
        return np.stack([np.linspace(0.2, 0.8, n), np.full(n, 0.5)], axis=1)
    centred = centroids - centroids.mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    plane = left[:, :2] * values[:2]
    plane *= np.sign(plane[np.abs(plane).argmax(axis=0), [0, 1]])
    ranks = np.argsort(np.argsort(plane, axis=0, kind="stable"), axis=0, kind="stable") / (n - 1)
    spread = plane - plane.min(axis=0)
    spread /= np.maximum(spread.max(axis=0), 1e-9)
    return np.asarray(0.65 * ranks + 0.35 * spread)


def prevalence_lines(cells: Sequence[Mapping[str, Any]], names: Mapping[str, str], n: int = 8) -> Figure:
    """Draw the prevalence of topics or modes over periods, with their intervals.

    Parameters
    ----------
    cells : sequence of mapping
        Cells of one column of a report's ``prevalence``.
    names : mapping of str to str
        Name to show for each topic or mode.
    n : int, default 8
        Most lines; those that change most.

    Returns
    -------
    Figure
        Shares with 95 % intervals; suppressed cells leave gaps.
    """
    with style():
        import seaborn as sns
        from matplotlib.figure import Figure

        periods = sorted({c["group"] for c in cells})
        by_name: dict[str, dict[str, Mapping[str, Any]]] = {}
        for cell in cells:
            by_name.setdefault(cell["name"], {})[cell["group"]] = cell
        order = sorted(by_name, key=lambda k: (-_range(by_name[k]), k))[:n]
        figure = Figure(figsize=(10, 4.5), layout="constrained")
        axes = figure.subplots()
        for colour, name in zip(sns.color_palette("colorblind", max(len(order), 1)), order, strict=False):
            row = [by_name[name].get(p) for p in periods]
            share, low, high = (np.array([_value(c, key) for c in row]) for key in ("share", "low", "high"))
            label = names.get(name, name)
            axes.plot(range(len(periods)), share, marker="o", ms=3, color=colour, label=label[:_LABEL_LENGTH])
            axes.fill_between(range(len(periods)), low, high, color=colour, alpha=0.12, lw=0)
        axes.set_xticks(range(len(periods)), periods, rotation=45, ha="right", fontsize=8)
        axes.set_ylabel("share of texts")
        axes.set_ylim(bottom=0)
        axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
        return figure


def mode_heatmap(topics: Topics, labels: Sequence[str], counts: Sequence[Sequence[int]], n: int = 40) -> Figure:
    """Draw which failure modes topics speak of.

    Parameters
    ----------
    topics : sequence of mapping
        ``topics`` of a report.
    labels : sequence of str
        Failure modes.
    counts : sequence of sequence of int, shape (n_topics, n_labels)
        Segments of a topic with evidence of a mode.
    n : int, default 40
        Most topics; those that speak of failure modes most.

    Returns
    -------
    Figure
        Share of each topic's segments.
    """
    with style():
        import seaborn as sns
        from matplotlib.figure import Figure

        table = np.asarray(counts, float).reshape(len(topics), len(labels))
        table /= np.maximum([[t["n_segments"]] for t in topics], 1) if topics else 1
        rows = np.sort(np.argsort(-table.sum(axis=1), kind="stable")[:n])
        figure = Figure(figsize=(11, 2.4 + 0.24 * len(rows)), layout="constrained")
        axes = figure.subplots()
        sns.heatmap(table[rows], ax=axes, cmap="rocket_r", vmin=0, xticklabels=list(labels),
                    yticklabels=[short_label(topics[i]) for i in rows],
                    cbar_kws={"label": "share of the topic's sentences"})  # fmt: skip
        axes.tick_params(labelsize=8)
        axes.tick_params(axis="x", rotation=60)
        for tick in axes.get_xticklabels():
            tick.set_horizontalalignment("right")
        return figure


def _value(cell: Mapping[str, Any] | None, key: str) -> float:
    """Read a figure of a cell; NaN where there is none."""
    value = cell[key] if cell is not None else None
    return float("nan") if value is None else float(value)


def _range(row: Mapping[str, Mapping[str, Any]]) -> float:
    """Give how far the shares of a name lie apart."""
    shares = [c["share"] for c in row.values() if c["share"] is not None]
    return max(shares) - min(shares) if shares else 0.0
