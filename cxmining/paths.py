"""Where shipped files lie: inside an installed wheel, or in the checkout that the package runs from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def shipped(kind: str) -> Path:
    """Give the folder of shipped ``models`` or ``corpora``.

    Parameters
    ----------
    kind : {'models', 'corpora'}
        What is looked for.

    Returns
    -------
    Path
        ``cxmining/_shipped/<kind>`` of an installed wheel, else ``<kind>`` beside the package in a checkout.
    """
    package = Path(str(files("cxmining")))
    installed = package / "_shipped" / kind
    return installed if installed.is_dir() else package.parent / kind
