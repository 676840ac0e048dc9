"""What a system of the comparison offers, and the data that it gets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Split:
    """Texts with labels; ``labels`` and ``known`` are bool arrays of shape (n_texts, n_labels)."""

    texts: list[str]
    languages: list[str]
    scenarios: list[str]
    labels: np.ndarray
    known: np.ndarray

    @classmethod
    def read(cls, folder: Path, name: str) -> Split:
        """Read a split that ``data.write`` left in a folder."""
        import numpy as np

        data = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        arrays = np.load(folder / f"{name}.npz")
        return cls(data["texts"], data["languages"], data["scenarios"], arrays["labels"], arrays["known"])


@dataclass(frozen=True)
class Task:
    """What a system learns from: texts to learn, texts to tune on, where to write, and what may be kept between runs.

    ``seconds`` bounds the training of the systems that would not end by themselves in useful time.
    """

    train: Split
    dev: Split
    folder: Path
    cache: Path
    seconds: float


class System(Protocol):
    """A classifier behind the same three calls, so that all are measured alike.

    Attributes
    ----------
    packages : tuple of str
        Distributions whose versions the record states.
    """

    packages: tuple[str, ...]

    def fit(self, task: Task) -> dict[str, Any]:
        """Learn, write everything that serving needs into ``task.folder``, and give the parameters used."""
        ...

    def load(self, folder: Path) -> None:
        """Read what :meth:`fit` wrote."""
        ...

    def predict_proba(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Give probabilities of shape (n_texts, n_labels) for raw texts of stated languages."""
        ...
