"""Evidence counts of many texts at once, ready for the bootstrap."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from cxmining.evaluation.evidence import Interval, character_counts, span_counts, token_counts
from cxmining.evaluation.multilabel import BoolArray, FloatArray

MEASURES = ("span", "span_half", "character", "token")
"""Equal spans; spans that share half of their union; characters; tokens."""

_TOKEN = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u9fff]|[^\W\u3005\u3040-\u30ff\u3400-\u9fff]+")

Spans = Sequence[Mapping[int, Sequence[Interval]]]
"""For each text the raw evidence of its labels, by label index."""


def plain_tokens(text: str) -> list[Interval]:
    """Cut a raw text into runs of letters and digits; in Japanese script every character is a token.

    No dictionary is needed, so the figures can be compared over versions and systems.
    """
    return [match.span() for match in _TOKEN.finditer(text)]


def evidence_rows(texts: Sequence[str], gold: Spans, predicted: Spans, scored: BoolArray) -> tuple[FloatArray, int]:
    """Count evidence by text, over the cells that are to be scored.

    Parameters
    ----------
    texts : sequence of str
        Raw texts that the offsets point into.
    gold, predicted : sequence of mapping
        Evidence by text and label.
    scored : ndarray of bool, shape (n_rows, n_labels)
        Cells to score: usually those whose label is true, known and predicted. Cells without gold evidence are left
        out, because nobody said where their words stand.

    Returns
    -------
    counts : ndarray of shape (n_rows, 4, 3)
        By measure: true positives, false positives, false negatives.
    n_cells : int
        Cells scored.
    """
    counts = np.zeros((len(texts), len(MEASURES), 3))
    n_cells = 0
    for i, row in enumerate(gold):
        cells = [k for k in row if scored[i, k]]
        if not cells:
            continue
        tokens, found = plain_tokens(texts[i]), []
        for k in cells:
            a, b = row[k], predicted[i].get(k, ())
            found.append(
                (span_counts(a, b), span_counts(a, b, 0.5), character_counts(a, b), token_counts(a, b, tokens))
            )
        counts[i] = np.sum(found, axis=0)
        n_cells += len(cells)
    return counts, n_cells
