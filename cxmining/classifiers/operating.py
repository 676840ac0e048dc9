"""Operating points: thresholds for a stated precision, recall or share of missed labels, from held-out scores.

A model folder keeps the scores of rows that the model did not learn from (``held_out.safetensors``), so that a user can
choose another operating point than the best F1 without training anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from cxmining.classifiers.base import BoolArray, FloatArray
from cxmining.classifiers.thresholds import control_misses, tune_precision, tune_recall
from cxmining.errors import ModelError, UsageError

FILE = "held_out.safetensors"

Goal = Literal["precision", "recall", "misses"]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of rows that a model's weights did not learn from; its calibration may have.

    Parameters
    ----------
    scores, labels, known : ndarray of shape (n, n_labels)
        Calibrated probabilities, truth, and which cells count.
    """

    scores: FloatArray
    labels: BoolArray
    known: BoolArray

    def save(self, folder: Path) -> None:
        """Write ``held_out.safetensors`` into a model folder."""
        from safetensors.numpy import save_file

        arrays = {"scores": self.scores.astype(np.float32), "labels": self.labels, "known": self.known}
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, folder / FILE)
        (folder / FILE).chmod(0o644)

    @classmethod
    def load(cls, folder: Path, n_labels: int) -> HeldOut:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ModelError
            If the file is missing or damaged or does not fit the model.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        path = folder / FILE
        try:
            arrays = load_file(path)
            found = cls(
                arrays["scores"].astype(np.float32), arrays["labels"].astype(bool), arrays["known"].astype(bool)
            )
        except FileNotFoundError:
            raise ModelError(
                f"{path}: missing; the model keeps no held-out scores to choose thresholds from; use --threshold"
            ) from None
        except (OSError, SafetensorError, KeyError) as error:
            raise ModelError(f"{path}: damaged ({error}); train the model again") from error
        shapes = {found.scores.shape, found.labels.shape, found.known.shape}
        if len(shapes) != 1 or found.scores.ndim != 2 or found.scores.shape[1] != n_labels:
            raise ModelError(f"{path}: shapes {shapes} do not fit a model of {n_labels} labels")
        if not ((found.scores >= 0) & (found.scores <= 1)).all():
            raise ModelError(f"{path}: scores lie outside 0 to 1; train the model again")
        return found


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What thresholds are to reach on the held-out rows.

    Parameters
    ----------
    goal : {'precision', 'recall', 'misses'}
        ``precision``, ``recall``: about the target for every label; the precision of a label with few held-out
        decisions leans on that of all labels. ``misses``: of a text's labels at most the target share is missed on
        average over texts that have labels (conformal risk control; the bound in expectation is exact for scores that
        owe nothing to the held-out rows, and approximate here, where calibration was fitted on them).
    target : float
        Between 0 and 1.

    Raises
    ------
    UsageError
        If the target is out of range.
    """

    goal: Goal
    target: float

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise UsageError(f"the target for {self.goal} must lie between 0 and 1, got {self.target}")

    def __str__(self) -> str:
        """Name goal and target."""
        return f"{self.goal} {self.target!r}"

    def thresholds(self, held_out: HeldOut) -> FloatArray:
        """Choose thresholds of shape (n_labels,)."""
        data = (held_out.scores, held_out.labels, held_out.known)
        if self.goal == "precision":
            return tune_precision(*data, self.target)
        if self.goal == "recall":
            return tune_recall(*data, self.target)
        return np.full(held_out.scores.shape[1], control_misses(*data, self.target), np.float32)


Threshold = float | OperatingPoint
"""One threshold for all labels, or what the thresholds are to reach."""
