"""Remembers the results of texts that come again: exact, bounded, the same whatever the number of workers."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

Key = tuple[str, str | None, str | None]
"""Text, stated language, language of the file: all that a result without blocks depends on."""

Result = tuple[str, list[str], list[dict[str, Any]]]
"""Language, labels and tags of a row."""

MAX_TEXT = 400
"""Longer texts hardly ever come again."""

MAX_CHARACTERS = 4_000_000
"""Characters of texts that are known to have been seen; of those with results, which weigh more, a third is kept."""

_OVERHEAD = 64


class ResultCache:
    """Least recently used results; a text is admitted when it is seen for the second time.

    Parameters
    ----------
    max_characters : int, default MAX_CHARACTERS
        Bound on the characters of texts seen, each counted with a constant more; results get a third of it.

    References
    ----------
    Einziger, Friedman, Manes (2017). TinyLFU: a highly efficient cache admission policy. ACM TOS 13(4).
    """

    def __init__(self, max_characters: int = MAX_CHARACTERS) -> None:
        self.max_characters = max_characters
        self.n_hits = 0
        self._results: OrderedDict[Key, Result] = OrderedDict()
        self._seen: OrderedDict[Key, None] = OrderedDict()
        self._sizes = {"results": 0, "seen": 0}

    def get(self, key: Key) -> Result | None:
        """Give the result of a text, if it is kept."""
        found = self._results.get(key)
        if found is not None:
            self._results.move_to_end(key)
            self.n_hits += 1
        return found

    def is_wanted(self, key: Key) -> bool:
        """Note that a text was seen; tell whether it was seen before, so that its result is worth keeping."""
        if len(key[0]) > MAX_TEXT:
            return False
        if key in self._seen:
            self._seen.move_to_end(key)
            return True
        self._seen[key] = None
        self._sizes["seen"] += len(key[0]) + _OVERHEAD
        while self._sizes["seen"] > self.max_characters:
            old, _ = self._seen.popitem(last=False)
            self._sizes["seen"] -= len(old[0]) + _OVERHEAD
        return False

    def put(self, key: Key, result: Result) -> None:
        """Keep a result."""
        if key not in self._results:
            self._sizes["results"] += len(key[0]) + _OVERHEAD
        self._results[key] = result
        while self._sizes["results"] > self.max_characters // 3:
            old, _ = self._results.popitem(last=False)
            self._sizes["results"] -= len(old[0]) + _OVERHEAD
