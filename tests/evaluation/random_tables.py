"""Random and degenerate tables, shared by the tests of this folder."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

quick = settings(max_examples=60, deadline=None)
"""A busy machine must not fail a test."""

DENSITIES = (0.0, 0.1, 0.5, 0.9, 1.0)


@st.composite
def tables(draw, n_tables=2, min_rows=1, min_labels=1):
    """Bool tables of one shape; densities 0 and 1 make them empty and full."""
    n = draw(st.integers(min_rows, 30))
    k = draw(st.integers(min_labels, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return tuple(rng.random((n, k)) < draw(st.sampled_from(DENSITIES)) for _ in range(n_tables))


@st.composite
def scored(draw, min_labels=1):
    """Truth, scores with many ties, and known cells."""
    truth, known = draw(tables(min_labels=min_labels))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    levels = draw(st.sampled_from([1, 2, 5, 1000]))
    return truth, rng.integers(0, levels + 1, truth.shape) / levels, known
