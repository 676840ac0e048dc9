"""Draws macro-F1 against documents a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from peers.registry import PEERS, title
from peers.scoring import point


def draw(systems: dict[str, dict[str, Any]], target: Path) -> None:
    """Write ``target`` as .png and .pdf: every system with its interval, the package's frontier as steps."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    import seaborn as sns

    sns.set_theme(style="whitegrid", context="paper")
    own_colour, peer_colour = sns.color_palette("colorblind")[0], "0.35"
    figure, axes = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
    for name, record in systems.items():
        speed, score = point(record)
        low, high = record["test"]["all"]["interval"]["macro"]
        colour = peer_colour if name in PEERS else own_colour
        marker = "s" if name in PEERS else "o"
        errors = [[max(0.0, score - low)], [max(0.0, high - score)]]
        axes.errorbar(speed, score, yerr=errors, fmt=marker, color=colour, capsize=2, markersize=5, linewidth=1)
        right = speed > _middle(systems)
        axes.annotate(
            title(name),
            (speed, score),
            xytext=(-6 if right else 6, 5),
            textcoords="offset points",
            ha="right" if right else "left",
            color=colour,
            fontsize=8,
        )
    corners = _frontier([point(r) for n, r in systems.items() if n not in PEERS])
    if corners:
        axes.step(*zip(*corners, strict=True), where="pre", color=own_colour, linewidth=1, linestyle="--", zorder=0)
    axes.set(xscale="log", xlabel="documents a second (test texts, log scale)", ylabel="macro-F1 on the test split")
    axes.set_ylim(bottom=0)
    for suffix in (".png", ".pdf"):
        figure.savefig(target.with_suffix(suffix), dpi=200, metadata={"CreationDate": None} if suffix == ".pdf" else {})
    plt.close(figure)


def _middle(systems: dict[str, dict[str, Any]]) -> float:
    """Give the geometric middle of the speeds; names right of it stand left of their points."""
    speeds = [point(record)[0] for record in systems.values()]
    return float((min(speeds) * max(speeds)) ** 0.5)


def _frontier(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Give the points that no other beats in both, by speed."""
    kept = [p for p in points if not any(q[0] >= p[0] and q[1] >= p[1] and q != p for q in points)]
    return sorted(set(kept))
