"""Collections of a few segments, repeated or empty ones, must give topics or a clear refusal, never a crash."""

import numpy as np
import pytest

from cxmining.topics.model import FitOptions, TopicModel
from cxmining.topics.space import Segments


@pytest.mark.parametrize("n", [2, 3, 5, 9])
@pytest.mark.parametrize("kind", ["different", "equal", "with zeros"])
def test_any_number_of_segments(n, kind):
    vectors = np.random.default_rng(n).normal(size=(n, 8)).astype(np.float32)
    if kind == "equal":
        vectors[:] = vectors[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    if kind == "with zeros":
        vectors[0] = 0
    segments = Segments(vectors, np.array(["hr", "ja"] * n)[:n], np.arange(n))
    for wanted in (None, 1, 50):
        model = TopicModel.fit(segments, np.ones(n, np.bool_), {}, FitOptions(wanted))
        found = model.assign(segments, outliers=False)
        assert 1 <= model.n_topics <= max(n, 2)
        assert np.isfinite(model.centroids).all()
        assert found.topics.max() < model.n_topics
        assert len(model.merges) == model.n_topics - 1
        assert model.cut(1)[0].n_topics == 1
