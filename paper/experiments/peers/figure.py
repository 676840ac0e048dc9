"""Draws macro-F1 against documents a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from peers.registry import PEERS, title
from peers.scoring import point

OWN_MARKERS, PEER_MARKERS = "oD^vPp", "sX<>d*h"


def draw(systems: dict[str, dict[str, Any]], target: Path) -> None:
    """Write ``target`` as .png and .pdf: every system with its interval, the package's frontier as steps."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    import seaborn as sns

    sns.set_theme(style="whitegrid", context="paper")
    own_colour, peer_colour = sns.color_palette("colorblind")[0], "0.4"
    figure, axes = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
    markers = {False: iter(OWN_MARKERS), True: iter(PEER_MARKERS)}
    # Ours first, then the peers, each from best to worst, as the points stand from top to bottom.
    for name, record in sorted(systems.items(), key=lambda item: (item[0] in PEERS, -point(item[1])[1])):
        speed, score = point(record)
        low, high = record["test"]["all"]["interval"]["macro"]
        axes.errorbar(
            speed,
            score,
            yerr=[[max(0.0, score - low)], [max(0.0, high - score)]],
            fmt=next(markers[name in PEERS], "."),
            color=peer_colour if name in PEERS else own_colour,
            label=title(name),
            capsize=2,
            markersize=5,
            linewidth=1,
        )
    corners = _frontier([point(r) for n, r in systems.items() if n not in PEERS])
    if corners:
        axes.step(*zip(*corners, strict=True), where="pre", color=own_colour, linewidth=1, linestyle="--", zorder=0)
    axes.set(xscale="log", xlabel="documents a second (test texts, log scale)", ylabel="macro-F1 on the test split")
    axes.set_ylim(0, 1)
    figure.legend(loc="outside right upper", frameon=False)
    for suffix in (".png", ".pdf"):
        figure.savefig(target.with_suffix(suffix), dpi=200, metadata={"CreationDate": None} if suffix == ".pdf" else {})
    plt.close(figure)


def _frontier(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Give the points that no other beats in both, by speed."""
    kept = [p for p in points if not any(q[0] >= p[0] and q[1] >= p[1] and q != p for q in points)]
    return sorted(set(kept))
