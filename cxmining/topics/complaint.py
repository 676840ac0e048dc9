"""How much a segment complains: one learned direction in the encoder's space, blind to what the complaint is about.

The direction ships as data; ``paper/experiments/complaint_direction.py`` learns it and measures it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from cxmining.errors import ModelError
from cxmining.topics.clusters import FloatArray

NAME = "complaint"


@dataclass(frozen=True)
class ComplaintDirection:
    """A logistic regression on centred segment vectors.

    Parameters
    ----------
    weights : ndarray of shape (dimension,)
        Direction.
    bias : float
        Intercept.
    """

    weights: FloatArray
    bias: float

    def score(self, vectors: FloatArray) -> FloatArray:
        """Give the probability that each segment complains.

        Parameters
        ----------
        vectors : ndarray of shape (n, dimension)
            Unit vectors centred with the encoder's own means.

        Returns
        -------
        ndarray of float32, shape (n,)
            In [0, 1]; 0 for a zero vector.
        """
        margin = vectors @ self.weights + self.bias
        return np.where(vectors.any(axis=1), 1.0 / (1.0 + np.exp(-margin)), 0.0).astype(np.float32)


def load_direction(encoder_fingerprint: str, folder: Path | None = None) -> ComplaintDirection:
    """Load the shipped direction, or one of your own.

    Parameters
    ----------
    encoder_fingerprint : str
        Fingerprint of the encoder at hand.
    folder : Path, optional
        Folder with ``complaint.json`` and ``complaint.safetensors``.

    Returns
    -------
    ComplaintDirection
        Ready to score.

    Raises
    ------
    ModelError
        If the files are missing or damaged, or belong to another encoder.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    with as_file(files("cxmining.topics") / "data") as shipped:
        home = folder or shipped
        try:
            card = json.loads((home / f"{NAME}.json").read_text(encoding="utf-8"))
            arrays = load_file(home / f"{NAME}.safetensors")
            direction = ComplaintDirection(arrays["weights"].astype(np.float32), float(arrays["bias"][0]))
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ModelError(f"{home}: the complaint direction is missing or damaged ({error})") from error
        if card.get("encoder_fingerprint") != encoder_fingerprint:
            raise ModelError(
                f"{home}: the complaint direction belongs to another encoder; "
                "make it anew with paper/experiments/complaint_direction.py"
            )
    return direction


def save_direction(direction: ComplaintDirection, folder: Path, card: dict[str, object]) -> None:
    """Write a direction with its card, which names ``encoder_fingerprint``."""
    from safetensors.numpy import save_file

    arrays = {"weights": direction.weights.astype(np.float32), "bias": np.array([direction.bias], np.float32)}
    path = folder / f"{NAME}.safetensors"
    save_file(arrays, path)
    path.chmod(0o644)
    text = json.dumps(card, ensure_ascii=False, indent=1)
    (folder / f"{NAME}.json").write_text(text + "\n", encoding="utf-8")
