"""Figures of the paper; they need the extra ``figures``. PDF for the text, PNG to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from build_corpora import LANGUAGES, NAMES
from build_sources import Sources
from build_systems import BASE, DEFAULT, KINDS

from cxmining.evaluation.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {"hr": "#2a6f97", "ru": "#c44536", "ja": "#e0a030"}
_INK, _GREY = "#1d3557", "#8d99ae"
_ENOUGH = 10


def labels_figure(sources: Sources) -> Figure | None:
    """Draw F1 by label on test rows, parallel scenarios and real comments."""
    results = sources.result("main_results.json")
    if results is None:
        return None
    import matplotlib.pyplot as plt

    found = results[DEFAULT]
    test = found["test"]["f1_by_label"]
    order = sorted(test, key=test.__getitem__)
    height = np.arange(len(order))
    figure, axes = plt.subplots(figsize=(6.3, 6.0), layout="constrained")
    base = results.get(BASE, {}).get("test", {}).get("f1_by_label")
    if base:
        axes.scatter([base[k] for k in order], height, marker="|", s=70, color=_GREY, label=f"{BASE}, test", zorder=2)
    axes.scatter([test[k] for k in order], height, s=34, color=_INK, label=f"{DEFAULT}, test", zorder=3)
    if "real" in found:
        card = sources.card("corpora/real_eval/card.toml")
        real = found["real"]["f1_by_label"]
        seen = [i for i, k in enumerate(order) if sum(card["labels"][c].get(k, 0) for c in LANGUAGES) >= _ENOUGH]
        where = [real[order[i]] for i in seen]
        label = f"{DEFAULT}, real ({_ENOUGH} texts or more)"
        axes.scatter(where, seen, s=34, marker="D", facecolors="none", edgecolors=COLOURS["ru"], label=label, zorder=3)
    axes.set_yticks(height, order, fontsize=8)
    axes.set_xlim(-0.015, 1)
    axes.set_xlabel("F1")
    axes.grid(axis="x", visible=False)
    axes.legend(fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.42, 1.07), frameon=False)
    return figure


def challenge_figure(sources: Sources) -> Figure | None:
    """Draw pass rates of the challenge suite by kind and language."""
    results = sources.result("main_results.json")
    if results is None:
        return None
    import matplotlib.pyplot as plt

    rates = results[DEFAULT]["challenge"]
    figure, axes = plt.subplots(figsize=(6.3, 2.6), layout="constrained")
    for i, code in enumerate(LANGUAGES):
        values = [rates[f"{kind} {code}"] for kind in KINDS]
        axes.bar(np.arange(len(KINDS)) + (i - 1) * 0.26, values, 0.24, color=COLOURS[code], label=NAMES[code])
    axes.set_xticks(np.arange(len(KINDS)), list(KINDS), fontsize=8)
    axes.set_ylim(0, 1)
    axes.set_ylabel("pass rate", fontsize=9)
    axes.grid(axis="x", visible=False)
    axes.legend(fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.2), frameon=False)
    return figure


FIGURES: dict[str, Callable[[Sources], Any]] = {"labels": labels_figure, "challenge": challenge_figure}


def draw(sources: Sources, folder: Path) -> list[Path]:
    """Write every figure whose results are there, the same bytes for the same figures."""
    written = []
    with style():
        import matplotlib as mpl

        mpl.use("Agg")
        import matplotlib.pyplot as plt

        mpl.rcParams["pdf.fonttype"] = 42
        for name, make in FIGURES.items():
            figure = make(sources)
            if figure is None:
                continue
            for suffix, metadata in (("pdf", {"CreationDate": None}), ("png", {"Software": None})):
                path = folder / f"{name}.{suffix}"
                figure.savefig(path, dpi=160, metadata=metadata)
                written.append(path)
            plt.close(figure)
    return written
