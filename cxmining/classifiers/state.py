"""Learned state on disk: arrays as safetensors, settings as JSON, each checked before anything is built from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmining.errors import ModelError

_COMPACT = (np.dtype(np.float16), np.dtype(np.int32))
"""Kept as they are; everything else is written in single precision, and everything is read in single precision."""


class Arrays(dict[str, NDArray[np.float32]]):
    """Arrays of a model file with the file's name for error messages."""

    def __init__(self, path: Path, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        super().__init__(arrays)
        self.path = path

    def __missing__(self, key: str) -> NDArray[np.float32]:
        raise ModelError(f"{self.path}: the array {key!r} is missing; the file is damaged or of another version")

    def part(self, prefix: str) -> Arrays:
        """Give the arrays whose names begin with a prefix and a full stop, named by the rest."""
        start = f"{prefix}."
        return Arrays(self.path, {k.removeprefix(start): v for k, v in self.items() if k.startswith(start)})

    def require(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Check shapes and finiteness.

        Raises
        ------
        ModelError
            If an array is missing, has another shape or holds values that are not finite.
        """
        for key, shape in shapes.items():
            if self[key].shape != shape:
                raise ModelError(f"{self.path}: {key!r} has shape {self[key].shape}, expected {shape}")
        for key, value in self.items():
            if not np.isfinite(value).all():
                raise ModelError(f"{self.path}: {key!r} holds values that are not finite")


def write_state(
    folder: Path, format_: str, settings: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]
) -> None:
    """Write ``model.json`` and ``head.safetensors``."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    # Scores that another model left here would choose this one's thresholds; its words are its training texts'.
    for name in ("held_out.safetensors", "vocabulary.json"):
        (folder / name).unlink(missing_ok=True)
    kept = {k: v if v.dtype in _COMPACT else v.astype(np.float32) for k, v in arrays.items()}
    save_file({k: np.ascontiguousarray(v) for k, v in kept.items()}, folder / "head.safetensors")
    # safetensors makes private files; a shared installation must be readable by all.
    (folder / "head.safetensors").chmod(0o644)
    text = json.dumps({"format": format_, **settings}, ensure_ascii=False, indent=1)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")


def read_settings(folder: Path) -> dict[str, Any]:
    """Read ``model.json``.

    Raises
    ------
    ModelError
        If the folder or the file is missing or is no JSON object with a format and classes.
    """
    path = folder / "model.json"
    try:
        settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"{folder}: no model here (model.json is missing); name a folder made by `cxmining train`"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: cannot be read ({error})") from error
    classes = settings.get("classes") if isinstance(settings, dict) else None
    if not isinstance(classes, list) or not classes or not all(isinstance(c, str) for c in classes):
        raise ModelError(f"{path}: 'classes' must be a list of label ids")
    if not isinstance(settings.get("format"), str):
        raise ModelError(f"{path}: 'format' is missing")
    return settings


def read_state(folder: Path, format_: str, fingerprint: str | None = None) -> tuple[dict[str, Any], Arrays]:
    """Read what :func:`write_state` wrote.

    Raises
    ------
    ModelError
        If a file is missing or damaged, the format differs or the model was made for another encoder.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    settings = read_settings(folder)
    if settings["format"] != format_:
        raise ModelError(f"{folder}/model.json: format {settings['format']!r}, expected {format_!r}")
    if fingerprint is not None and settings.get("encoder_fingerprint") != fingerprint:
        raise ModelError(f"{folder}: made for another encoder ({settings.get('encoder_fingerprint')}); train it again")
    path = folder / "head.safetensors"
    try:
        arrays = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: missing or damaged ({error})") from error
    return settings, Arrays(path, {k: np.asarray(v, np.float32) for k, v in arrays.items()})
