"""Which files a model is made of, for hashes."""

from __future__ import annotations

from pathlib import Path

from cxmining.classifiers.cascade import FORMAT as CASCADE
from cxmining.classifiers.stacked import FORMAT as STACKED
from cxmining.classifiers.state import read_settings
from cxmining.models import ENCODER, SOURCE, WITHOUT_ENCODER, model_folder, tier_folders
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
        Files of its folder, of the tiers of a cascade, of the tagger that a stacked one asks, and of the
        embedded encoder where one of them reads with it; cards are left out.

    Raises
    ------
    ModelError
        If there is no such model.
    """
    folders = [model_folder(model)]
    formats = {read_settings(folders[0])["format"]}
    if CASCADE in formats:
        folders += tier_folders(folders[0])
        formats = {read_settings(folder)["format"] for folder in folders[1:]}
    if STACKED in formats:
        folders.append(shipped("models") / SOURCE)
    if formats - WITHOUT_ENCODER:
        folders.append(shipped("models") / ENCODER)
    return [path for folder in folders for path in sorted(folder.iterdir()) if _counts(path)]


def _counts(path: Path) -> bool:
    """Tell whether results follow from a file."""
    return path.is_file() and path.suffix not in (".md", ".py") and path.name != "card.toml"
