"""scikit-learn's TF-IDF and logistic regression, one against the rest: defaults on words, and on character n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from peers.base import Task


class WordTfidf:
    """``TfidfVectorizer()`` and ``OneVsRestClassifier(LogisticRegression())`` as the manual shows them."""

    packages = ("scikit-learn", "skops")

    def __init__(self, vectorizer: dict[str, Any] | None = None, regression: dict[str, Any] | None = None) -> None:
        self.vectorizer = vectorizer or {}
        self.regression = regression or {}

    def fit(self, task: Task) -> dict[str, Any]:
        """Learn from all languages together."""
        import skops.io
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier
        from sklearn.pipeline import make_pipeline

        pipeline = make_pipeline(
            TfidfVectorizer(**self.vectorizer), OneVsRestClassifier(LogisticRegression(**self.regression))
        )
        pipeline.fit(task.train.texts, task.train.labels.astype(np.int8))
        skops.io.dump(pipeline, task.folder / "pipeline.skops")
        return {"TfidfVectorizer": self.vectorizer, "LogisticRegression": self.regression}

    def load(self, folder: Path) -> None:
        """Read the pipeline."""
        import skops.io

        path = folder / "pipeline.skops"
        self._pipeline = skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))

    def predict_proba(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Score texts; the language is not used."""
        return np.asarray(self._pipeline.predict_proba(texts), np.float32)


class CharacterTfidf(WordTfidf):
    """What a careful user tries next where a language has no spaces or many endings."""

    def __init__(self) -> None:
        super().__init__(
            {"analyzer": "char_wb", "ngram_range": (2, 5), "max_features": 200_000, "sublinear_tf": True},
            {"C": 10.0, "max_iter": 300, "solver": "liblinear"},
        )
