"""What a job is made of: inputs, model, options and versions, by hash; and what has changed since it began."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

FORMAT = "cxmining.job/2"

_CHUNK = 1 << 20
_LIBRARIES = ("cxmining", "numpy", "onnxruntime", "pyarrow", "tokenizers")
_SHOWN = 5

Manifest = dict[str, Any]


def make_manifest(
    inputs: Iterable[Path], model: Iterable[Path], options: Mapping[str, object], codebook: str
) -> Manifest:
    """Describe a job.

    Parameters
    ----------
    inputs : iterable of Path
        Every file that is read.
    model : iterable of Path
        Every file of the model.
    options : mapping of str to object
        Options that results depend on; JSON values.
    codebook : str
        The codebook as text.

    Returns
    -------
    dict
        Sections ``inputs``, ``model``, ``codebook``, ``options``, ``versions``, ready for JSON.
    """
    return {
        "format": FORMAT,
        "inputs": {str(path): describe(path) for path in inputs},
        "model": {f"{path.parent.name}/{path.name}": digest(path) for path in model},
        "codebook": hashlib.sha256(codebook.encode()).hexdigest(),
        "options": dict(options),
        "versions": {name: version(name) for name in _LIBRARIES} | {"python": platform.python_version()},
    }


def describe(path: Path) -> dict[str, object]:
    """Give size and SHA-256 of an input; a file that cannot be read is described by that."""
    try:
        return {"bytes": path.stat().st_size, "sha256": digest(path)}
    except OSError as error:
        return {"unreadable": error.strerror or str(error)}


def digest(path: Path) -> str:
    """Give the SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK):
            found.update(block)
    return found.hexdigest()


def differences(then: Manifest, now: Manifest) -> list[str]:
    """Say what has changed.

    Parameters
    ----------
    then, now : dict
        Manifests of one job, when it began and today.

    Returns
    -------
    list of str
        A line for each change, at most a handful; empty where nothing has.
    """
    if then.get("format") != now["format"]:
        return [f"the job was begun by a version of cxmining that wrote {then.get('format')!r}"]
    found = [f"input {name} {how}" for name, how in _changes(then["inputs"], now["inputs"])]
    if then["model"] != now["model"]:
        names = ", ".join(name for name, _ in _changes(then["model"], now["model"]))
        found.append(f"the model is another one ({names})")
    if then["codebook"] != now["codebook"]:
        found.append("the codebook has changed")
    for section, what in (("options", ""), ("versions", "version of ")):
        for name in sorted(then[section].keys() | now[section].keys()):
            was, is_ = then[section].get(name), now[section].get(name)
            if was != is_:
                found.append(f"{what}{name} was {was!r}, now {is_!r}")
    more = len(found) - _SHOWN
    return found if more <= 0 else [*found[:_SHOWN], f"and {more} more changes"]


def _changes(then: Mapping[str, object], now: Mapping[str, object]) -> list[tuple[str, str]]:
    """Name what differs between two tables of files."""
    found = [(name, "is gone") for name in then if name not in now]
    found += [(name, "is new") for name in now if name not in then]
    return found + [(name, "has changed") for name in then if name in now and then[name] != now[name]]
