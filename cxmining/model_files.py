"""Which files a model is made of, for hashes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cxmining.classifiers.state import read_settings
from cxmining.models import ENCODER, model_folder, model_names
from cxmining.paths import shipped


def model_files(model: str | Path) -> list[Path]:
    """List the files that a model's results follow from.

    Parameters
    ----------
    model : str or Path
        As in :func:`cxmining.models.load_classifier`.

    Returns
    -------
    list of Path
        Files of its folder, of shipped models that its settings name, and of the embedded encoder; cards are left out.

    Raises
    ------
    ModelError
        If there is no such model.
    """
    folders = [model_folder(model)]
    for folder in folders:
        named = set(_strings(read_settings(folder)))
        folders += [shipped("models") / name for name in model_names() if name in named and not _is_in(name, folders)]
    folders.append(shipped("models") / ENCODER)
    return [path for folder in folders for path in sorted(folder.iterdir()) if _counts(path)]


def _is_in(name: str, folders: list[Path]) -> bool:
    """Tell whether a shipped model is listed already."""
    return shipped("models") / name in folders


def _counts(path: Path) -> bool:
    """Tell whether results follow from a file."""
    return path.is_file() and path.suffix not in (".md", ".py") and path.name != "card.toml"


def _strings(value: object) -> Iterator[str]:
    """Yield every string in a nested value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
