"""Reads what the paper rests on and remembers what was read, so that a table older than its input is noticed."""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = "paper/experiments/results"


def sha256(path: Path) -> str:
    """Give the hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Sources:
    """Files that the paper is made from, by path relative to the repository.

    Parameters
    ----------
    root : Path
        The repository.

    Attributes
    ----------
    read_ : dict of str to str
        Hash of every file that was read.
    absent_ : set of str
        Files that were asked for and are not there; their tables are left out.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.read_: dict[str, str] = {}
        self.absent_: set[str] = set()

    def text(self, name: str) -> str | None:
        """Give a file's text, None where there is no such file."""
        path = self.root / name
        if not path.exists():
            self.absent_.add(name)
            return None
        self.read_[name] = sha256(path)
        return path.read_text(encoding="utf-8")

    def has(self, name: str) -> bool:
        """Tell whether a file is there that is taken in as it is, such as a figure."""
        path = self.root / name
        if not path.exists():
            self.absent_.add(name)
            return False
        self.read_[name] = sha256(path)
        return True

    def result(self, name: str) -> Any:
        """Give a JSON file of results, None where the experiment has not run."""
        text = self.text(f"{RESULTS}/{name}")
        return None if text is None else json.loads(text)

    def rows(self, name: str) -> list[dict[str, str]]:
        """Give the rows of a CSV file of results, none where the experiment has not run."""
        text = self.text(f"{RESULTS}/{name}")
        return [] if text is None else list(csv.DictReader(text.splitlines()))

    def card(self, name: str) -> Any:
        """Give a TOML file, an empty dict where it is not there."""
        text = self.text(name)
        return {} if text is None else tomllib.loads(text)
