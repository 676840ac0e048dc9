"""Failure modes with evidence from customer feedback in Croatian, Russian and Japanese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxmining.corpora import load_corpus
    from cxmining.loaders import read
    from cxmining.pipeline import Tagged, Tagger
    from cxmining.taxonomy import load_taxonomy

__version__ = "0.1.0"
__all__ = ["Tagged", "Tagger", "load_corpus", "load_taxonomy", "read"]

_HOMES = {
    "Tagged": "cxmining.pipeline",
    "Tagger": "cxmining.pipeline",
    "load_corpus": "cxmining.corpora",
    "load_taxonomy": "cxmining.taxonomy",
    "read": "cxmining.loaders",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that ``import cxmining`` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cxmining' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
