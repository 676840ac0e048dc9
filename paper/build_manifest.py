"""What a build rests on: hashes of inputs and outputs, seeds, hashes of data, versions; and whether it still stands."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from build_corpora import CORPORA
from build_sources import RESULTS, Sources, sha256

PACKAGES = (
    "cxmining",
    "numpy",
    "scikit-learn",
    "onnxruntime",
    "tokenizers",
    "torch",
    "transformers",
    "pyarrow",
    "pandas",
    "nltk",
    "sudachipy",
    "pymorphy3",
    "simplemma",
    "py3langid",
    "matplotlib",
    "seaborn",
)
MODELS = ("linear-head", "fast", "distilled", "cascade", "transformer", "thorough")


def manifest(sources: Sources, outputs: list[Path], folder: Path) -> dict[str, Any]:
    """Describe a build.

    Parameters
    ----------
    sources : Sources
        What was read.
    outputs : list of Path
        What was written.
    folder : Path
        Folder that outputs are named from.

    Returns
    -------
    dict
        ``inputs``, ``absent``, ``outputs``, ``scripts`` (behind the results), ``seeds``, ``data``, ``versions``.
    """
    seeds, data = _seeds(sources), _data(sources)
    return {
        "inputs": dict(sorted(sources.read_.items())),
        "absent": sorted(sources.absent_),
        "outputs": {p.relative_to(folder).as_posix(): sha256(p) for p in sorted(outputs)},
        "scripts": _scripts(sources),
        "seeds": seeds,
        "data": data,
        "versions": {"python": platform.python_version(), **_versions()},
    }


def write(found: dict[str, Any], path: Path) -> None:
    """Write a manifest."""
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def stale(path: Path, root: Path) -> list[str]:
    """List what no longer fits a manifest: inputs that changed or came, outputs that were edited or are missing.

    Parameters
    ----------
    path : Path
        ``manifest.json``.
    root : Path
        The repository.
    """
    told = json.loads(path.read_text(encoding="utf-8"))
    found = [f"{name} changed" for name, digest in told["inputs"].items() if not _same(root / name, digest)]
    found += [f"{name} is new" for name in told["absent"] if (root / name).exists()]
    folder = path.parents[1]
    return found + [
        f"{name} was edited" for name, digest in told["outputs"].items() if not _same(folder / name, digest)
    ]


def _same(path: Path, digest: str) -> bool:
    """Tell whether a file is there and has a hash."""
    return path.exists() and sha256(path) == digest


def _scripts(sources: Sources) -> dict[str, str]:
    """Give the hashes of the experiments that wrote the results, as they are now; their defaults hold their seeds."""
    found = {}
    for name in sources.read_:
        if name.startswith(RESULTS):
            stem = Path(name).stem.removesuffix("_real")
            script = sources.root / RESULTS.removesuffix("/results") / f"{stem}.py"
            if script.exists():
                found[script.relative_to(sources.root).as_posix()] = sha256(script)
    return dict(sorted(found.items()))


def _seeds(sources: Sources) -> dict[str, int]:
    """Collect the seeds that results and cards tell."""
    from inspect import signature

    from cxmining.evaluation.bootstrap import metric_interval

    parameters = signature(metric_interval).parameters
    seeds = {"bootstrap": parameters["seed"].default, "bootstrap_samples": parameters["n_samples"].default}
    for name in MODELS:
        card = sources.card(f"models/{name}/card.toml")
        if "seed" in card.get("parameters", {}):
            seeds[name] = card["parameters"]["seed"]
    for name in list(sources.read_):
        if name.endswith(".json"):
            told = json.loads((sources.root / name).read_text(encoding="utf-8"))
            if isinstance(told, dict) and isinstance(told.get("seed"), int):
                seeds[Path(name).stem] = told["seed"]
    return seeds


def _data(sources: Sources) -> dict[str, Any]:
    """Collect the hashes of corpora and of what the models learned from."""
    data: dict[str, Any] = {}
    for name in CORPORA:
        card = sources.card(f"corpora/{name}/card.toml")
        data[name] = {"version": card["version"], **card["files"], **card.get("splits", {})}
    for name in MODELS:
        card = sources.card(f"models/{name}/card.toml")
        if "training_data" in card:
            data[f"training data of {name}"] = card["training_data"]["sha256"]
    return data


def _versions() -> dict[str, str]:
    """Give the versions of packages that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
