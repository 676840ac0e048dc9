"""Near-duplicates by character 5-grams, exact and quick through an inverted index.

References
----------
Broder (1997). On the Resemblance and Containment of Documents.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

GRAM = 5


def grams(text: str) -> frozenset[str]:
    """Give the set of character 5-grams of a text in lower case with single spaces."""
    flat = re.sub(r"\s+", " ", text.lower()).strip()
    return frozenset(flat[i : i + GRAM] for i in range(max(1, len(flat) - GRAM + 1)))


def near_duplicates(texts: Sequence[str], threshold: float = 0.5) -> Iterator[tuple[int, int, float]]:
    """Yield pairs of texts whose 5-gram sets have a Jaccard similarity above a threshold.

    Parameters
    ----------
    texts : sequence of str
        Texts of one language.
    threshold : float, default 0.5
        In [0, 1).

    Yields
    ------
    tuple of (int, int, float)
        Earlier index, later index, similarity.
    """
    index = _Index()
    for j, text in enumerate(texts):
        own = grams(text)
        yield from ((i, j, similarity) for i, similarity in index.like(own, threshold))
        index.add(own)


def near_duplicates_between(
    left: Sequence[str], right: Sequence[str], threshold: float = 0.5
) -> Iterator[tuple[int, int, float]]:
    """Yield pairs of a left and a right text whose 5-gram sets have a Jaccard similarity above a threshold.

    Parameters
    ----------
    left, right : sequence of str
        Texts of one language.
    threshold : float, default 0.5
        In [0, 1).

    Yields
    ------
    tuple of (int, int, float)
        Index in ``left``, index in ``right``, similarity.
    """
    index = _Index()
    for text in right:
        index.add(grams(text))
    for i, text in enumerate(left):
        yield from ((i, j, similarity) for j, similarity in index.like(grams(text), threshold))


class _Index:
    """Inverted index over sets of grams."""

    def __init__(self) -> None:
        self._rows: dict[str, list[int]] = defaultdict(list)
        self._sizes: list[int] = []

    def add(self, own: frozenset[str]) -> None:
        """Add the next set."""
        for gram in own:
            self._rows[gram].append(len(self._sizes))
        self._sizes.append(len(own))

    def like(self, own: frozenset[str], threshold: float) -> Iterator[tuple[int, float]]:
        """Yield the numbers of sets added before that are like this one, with the similarity."""
        shared: Counter[int] = Counter()
        for gram in own:
            shared.update(self._rows.get(gram, ()))
        for i, common in sorted(shared.items()):
            similarity = common / (self._sizes[i] + len(own) - common)
            if similarity > threshold:
                yield i, similarity
