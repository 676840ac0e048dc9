"""Topic models on disk: arrays as safetensors, settings as JSON, both checked before a model is built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cxmining.errors import ModelError
from cxmining.topics.model import TopicModel
from cxmining.topics.space import Space
from cxmining.topics.tree import Merge

FORMAT = "cxmining.topics/1"
SETTINGS = "topic_model.json"
ARRAYS = "topic_model.safetensors"


def save_topics(model: TopicModel, folder: Path, encoder_fingerprint: str) -> None:
    """Write a model.

    Parameters
    ----------
    model : TopicModel
        Fitted model.
    folder : Path
        Made where it does not exist; gets ``topic_model.json`` and ``topic_model.safetensors``.
    encoder_fingerprint : str
        Fingerprint of the encoder that made the vectors.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        "means": model.space.means,
        "axes": model.space.axes,
        "centroids": model.centroids,
        "sizes": model.sizes,
        "merges": np.array([(m.left, m.right) for m in model.merges], np.int64).reshape(-1, 2),
        "heights": np.array([m.height for m in model.merges], np.float64),
    }
    save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, folder / ARRAYS)
    # safetensors makes private files; a shared folder must be readable by all.
    (folder / ARRAYS).chmod(0o644)
    settings = {
        "format": FORMAT,
        "encoder_fingerprint": encoder_fingerprint,
        "languages": list(model.space.languages),
        "threshold": model.threshold,
        "seeds": list(model.seeds),
    }
    (folder / SETTINGS).write_text(json.dumps(settings, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load_topics(folder: Path, encoder_fingerprint: str) -> TopicModel:
    """Read a model.

    Parameters
    ----------
    folder : Path
        Folder written by :func:`save_topics`.
    encoder_fingerprint : str
        Fingerprint of the encoder at hand.

    Returns
    -------
    TopicModel
        As it was saved.

    Raises
    ------
    ModelError
        If a file is missing, damaged or of another format, or was made with another encoder.
    """
    settings = _settings(folder / SETTINGS)
    if settings.get("encoder_fingerprint") != encoder_fingerprint:
        raise ModelError(f"{folder}: made with another encoder; fit the topics again")
    arrays = _arrays(folder / ARRAYS)
    try:
        space = Space(tuple(map(str, settings["languages"])), arrays["means"], arrays["axes"])
        merges = tuple(
            Merge(int(a), int(b), float(h)) for (a, b), h in zip(arrays["merges"], arrays["heights"], strict=True)
        )
        model = TopicModel(
            space,
            arrays["centroids"],
            arrays["sizes"],
            float(settings["threshold"]),
            merges,
            tuple(map(str, settings["seeds"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder}: the topic model is damaged ({error!r}); fit the topics again") from error
    _check(model, folder)
    return model


def _settings(path: Path) -> dict[str, Any]:
    """Read the settings."""
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path.parent}: no topic model here; name a folder that `cxmining topics` wrote") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: cannot be read ({error})") from error
    if not isinstance(settings, dict) or settings.get("format") != FORMAT:
        raise ModelError(f"{path}: not a topic model of the format {FORMAT!r}")
    return settings


def _arrays(path: Path) -> dict[str, Any]:
    """Read the arrays."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: missing or damaged ({error}); fit the topics again") from error


def _check(model: TopicModel, folder: Path) -> None:
    """Check that shapes fit and values are finite."""
    n, d = model.centroids.shape if model.centroids.ndim == 2 else (0, 0)
    sound = (
        n > 0
        and model.space.axes.ndim == 2
        and model.space.axes.shape[1] == d
        and model.space.means.shape == (len(model.space.languages), model.space.axes.shape[0])
        and model.sizes.shape == (n,)
        and len(model.merges) == n - 1
        and len(model.seeds) <= n
        and all(np.isfinite(a).all() for a in (model.space.means, model.space.axes, model.centroids))
        and all(0 <= m.left < n + i and 0 <= m.right < n + i for i, m in enumerate(model.merges))
    )
    if not sound:
        raise ModelError(f"{folder}: the arrays of the topic model do not fit together; fit the topics again")
