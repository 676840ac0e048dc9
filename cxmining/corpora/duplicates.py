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
    index: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    for j, text in enumerate(texts):
        own = grams(text)
        shared: Counter[int] = Counter()
        for gram in own:
            shared.update(index[gram])
        for i, common in sorted(shared.items()):
            similarity = common / (sizes[i] + len(own) - common)
            if similarity > threshold:
                yield i, j, similarity
        for gram in own:
            index[gram].append(j)
        sizes.append(len(own))
