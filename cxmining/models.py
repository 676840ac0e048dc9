"""Finds model folders by name or path and builds the classifier that a folder's format names."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from cxmining.classifiers import rules
from cxmining.classifiers.base import Classifier
from cxmining.classifiers.cascade import FORMAT as CASCADE
from cxmining.classifiers.cascade import CascadeTagger, Passing
from cxmining.classifiers.definitions import FORMAT as DEFINITIONS
from cxmining.classifiers.definitions import DefinitionTagger
from cxmining.classifiers.fast.serve import FORMAT as FAST
from cxmining.classifiers.fast.serve import FastTagger
from cxmining.classifiers.linear_head import FORMAT as LINEAR_HEAD
from cxmining.classifiers.linear_head import LinearHead
from cxmining.classifiers.operating import HeldOut
from cxmining.classifiers.rules import Rules
from cxmining.classifiers.stacked import FORMAT as STACKED
from cxmining.classifiers.stacked import StackedTagger
from cxmining.classifiers.state import read_settings
from cxmining.classifiers.tfidf import FORMAT as TFIDF
from cxmining.classifiers.tfidf import TfidfTagger
from cxmining.classifiers.transfer import Source
from cxmining.classifiers.transformer.serve import FORMAT as TRANSFORMER
from cxmining.classifiers.transformer.serve import TransformerTagger
from cxmining.encoders import EmbeddedEncoder
from cxmining.errors import ModelError
from cxmining.paths import shipped

AUTO = "cascade"
"""Model that ``auto`` stands for."""

ENCODER = "encoder"

SOURCE = "distilled"
"""Shipped tagger that models of other codebooks learn beside: nearly the best, and a fifth of the encoder's time."""


@lru_cache(maxsize=2)
def shipped_encoder(threads: int = 0) -> EmbeddedEncoder:
    """Open the embedded encoder once a process and thread count."""
    return EmbeddedEncoder(shipped("models") / ENCODER, threads)


_BESIDE = {"card.toml", "held_out.safetensors"}
"""Files of a model folder that its scores do not follow from."""


@lru_cache(maxsize=2)
def shipped_source(threads: int = 0) -> Source:
    """Open the tagger that models of other codebooks learn beside, once a process and thread count."""
    folder = shipped("models") / SOURCE
    tagger = TransformerTagger.load(folder, shipped_encoder(threads))
    # A transformer's scores follow from its files, and from the rules in its calibration.
    digest = hashlib.sha256()
    for part in (folder, Path(rules.__file__).parent):
        for path in sorted(part.iterdir()):
            if path.suffix in {".onnx", ".safetensors", ".json", ".toml"} and path.name not in _BESIDE:
                digest.update(path.read_bytes())
    return Source(tagger, digest.hexdigest()[:16])


def tier_folder(tier: str | Path, cascade: Path) -> Path:
    """Find a tier of a cascade, which refers to it by name: a folder beside the cascade, or a shipped model.

    Parameters
    ----------
    tier : str or Path
        Name, of a folder beside the cascade before a shipped model; or a path to either.
    cascade : Path
        Folder of the cascade; it need not exist.

    Raises
    ------
    ModelError
        If there is none, it stands elsewhere, a folder beside the cascade hides it, or it is a cascade itself or of no
        known format.
    """
    here = cascade.resolve()
    beside = here.parent / Path(tier).name
    hidden = (beside / "model.json").is_file()
    folder = (beside if hidden and str(tier) == beside.name else model_folder(tier)).resolve()
    kind = read_settings(folder)["format"]
    if kind == CASCADE or kind not in _FORMATS:
        raise ModelError(f"{folder}/model.json: a model of the format {kind!r} is no tier of a cascade")
    if folder.parent not in {here.parent, shipped("models").resolve()}:
        raise ModelError(f"{tier}: a tier is a shipped model or stands beside the cascade {cascade}; move one of them")
    if hidden and folder != beside.resolve():
        raise ModelError(f"{tier}: {beside} has the same name, and a cascade finds its tiers by name; rename it")
    return folder


def tier_folders(cascade: Path) -> list[Path]:
    """Find the folders of a cascade's tiers: beside it, or shipped.

    Raises
    ------
    ModelError
        If its settings do not name two tiers or more, or a tier is itself a cascade or of no known format.
    """
    names = read_settings(cascade).get("tiers")
    if not isinstance(names, list) or len(names) < 2:
        raise ModelError(f"{cascade}/model.json: 'tiers' must name two model folders or more")
    folders = []
    for name in names:
        if not isinstance(name, str) or not name or Path(name).name != name:
            raise ModelError(f"{cascade}/model.json: a tier must be the name of a folder beside this one, got {name!r}")
        folders.append(tier_folder(name, cascade))
    return folders


def _cascade(folder: Path, threads: int) -> Classifier:
    """Load a cascade and its tiers."""
    settings = read_settings(folder)
    tiers = []
    for found in tier_folders(folder):
        tiers.append(_FORMATS[read_settings(found)["format"]](found, threads))
        if list(tiers[-1].classes_) != settings["classes"]:
            raise ModelError(f"{found}: its labels are not those of the cascade {folder}; train the cascade again")
    margins, kept = (_numbers(folder, settings, key, len(tiers) - 1) for key in ("margins", "kept"))
    if max(kept) > 1:
        raise ModelError(f"{folder}/model.json: 'kept' must be shares from 0 to 1")
    name = settings.get("name")
    if not isinstance(name, str) or not name:
        raise ModelError(f"{folder}/model.json: 'name' must be a word")
    passings = [Passing(*both) for both in zip(margins, kept, strict=True)]
    return CascadeTagger(tiers, passings, settings["tiers"], Rules.load(settings["classes"]), name)


def _numbers(folder: Path, settings: dict[str, Any], key: str, n: int) -> list[float]:
    """Read so many finite numbers from 0 up."""
    told = settings.get(key)
    found = [float(x) for x in told if type(x) in (int, float)] if isinstance(told, list) else []
    if len(found) != n or not all(math.isfinite(x) and x >= 0 for x in found):
        raise ModelError(f"{folder}/model.json: {key!r} must be {n} finite numbers from 0 up")
    return found


_FORMATS: dict[str, Callable[[Path, int], Classifier]] = {
    CASCADE: _cascade,
    LINEAR_HEAD: lambda folder, threads: LinearHead.load(folder, shipped_encoder(threads)),
    STACKED: lambda folder, threads: StackedTagger.load(
        folder, shipped_encoder(threads), lambda: shipped_source(threads)
    ),
    TRANSFORMER: lambda folder, threads: TransformerTagger.load(folder, shipped_encoder(threads)),
    DEFINITIONS: lambda folder, threads: DefinitionTagger.load(folder, shipped_encoder(threads)),
    FAST: lambda folder, _: FastTagger.load(folder),
    TFIDF: lambda folder, _: TfidfTagger.load(folder),
}


WITHOUT_ENCODER = {FAST, TFIDF}
"""Formats whose models read texts without the embedded encoder."""


def model_names() -> list[str]:
    """List the shipped classifiers by name."""
    return sorted(path.parent.name for path in shipped("models").glob("*/model.json"))


def model_folder(model: str | Path) -> Path:
    """Find the folder of a model.

    Parameters
    ----------
    model : str or Path
        ``auto``, the name of a shipped model, or a path.

    Raises
    ------
    ModelError
        If neither a shipped model nor a folder has that name; the message lists the shipped ones.
    """
    named = shipped("models") / (AUTO if model == "auto" else str(model))
    if (named / "model.json").is_file():
        return named
    if Path(model).is_dir():
        return Path(model)
    raise ModelError(f"no model {str(model)!r}: give a folder or one of auto, {', '.join(model_names())}")


def held_out(model: str | Path, n_labels: int) -> HeldOut:
    """Read the held-out scores that a model folder keeps for choosing thresholds.

    Raises
    ------
    ModelError
        If there are none, or they are damaged.
    """
    return HeldOut.load(model_folder(model), n_labels)


def load_classifier(model: str | Path, threads: int = 0) -> tuple[Classifier, Path | None]:
    """Load a classifier.

    Parameters
    ----------
    model : str or Path
        As in :func:`model_folder`.
    threads : int, default 0
        Threads of the encoder; 0 takes the cores there are.

    Returns
    -------
    classifier : Classifier
        Ready to score.
    codebook : Path or None
        The folder's own codebook, if it was trained on one.

    Raises
    ------
    ModelError
        If the folder is missing, damaged or of a format that this version does not know.
    """
    folder = model_folder(model)
    kind = read_settings(folder)["format"]
    own = folder / "codebook.toml"
    if kind not in _FORMATS:
        raise ModelError(f"{folder}/model.json: unknown format {kind!r}; this version reads {', '.join(_FORMATS)}")
    return _FORMATS[kind](folder, threads), own if own.is_file() else None
