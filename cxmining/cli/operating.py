"""The options of ``tag`` and ``explain`` that say where the line is drawn."""

from __future__ import annotations

from typing import Annotated

import typer

from cxmining.classifiers.operating import Goal, OperatingPoint, Threshold
from cxmining.errors import UsageError

ThresholdOption = Annotated[float | None, typer.Option(help="One threshold for all labels, between 0 and 1.")]
MinPrecision = Annotated[float | None, typer.Option(help="Tag what reaches this precision on held-out rows, as 0.9.")]
MinRecall = Annotated[float | None, typer.Option(help="Tag until this recall is reached on held-out rows, as 0.8.")]
MaxMissed = Annotated[
    float | None,
    typer.Option(help="Share of a text's labels that may be missed on average (conformal risk control), as 0.1."),
]


def chosen(
    threshold: float | None, min_precision: float | None, min_recall: float | None, max_missed: float | None
) -> Threshold | None:
    """Give the one option that was used; None where none was.

    Raises
    ------
    UsageError
        If several were.
    """
    goals: dict[Goal, float | None] = {"precision": min_precision, "recall": min_recall, "misses": max_missed}
    points: list[Threshold] = [OperatingPoint(goal, target) for goal, target in goals.items() if target is not None]
    if threshold is not None:
        points.append(threshold)
    if len(points) > 1:
        raise UsageError("give one of --threshold, --min-precision, --min-recall and --max-missed")
    return points[0] if points else None
