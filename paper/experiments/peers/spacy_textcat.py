"""spaCy: a blank pipeline a language with ``textcat_multilabel``, by default n-grams and a small network together."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from peers.base import Split, Task

BATCH, DROPOUT, PATIENCE = 32, 0.2, 4


class SpacyTextcat:
    """Blank ``hr``, ``ru`` and ``ja``; the epoch with the best average precision on the development texts is kept.

    Each language may train for a third of the stated seconds.
    """

    packages = ("spacy", "thinc", "sudachipy", "sudachidict-core")

    def fit(self, task: Task) -> dict[str, Any]:
        """Learn a pipeline of each language."""
        languages = sorted(set(task.train.languages))
        epochs = {}
        for language in languages:
            epochs[language] = self._fit(task, language, task.seconds / len(languages))
        return {"batch": BATCH, "dropout": DROPOUT, "patience": PATIENCE, "epochs": epochs, "seconds": task.seconds}

    def _fit(self, task: Task, language: str, seconds: float) -> int:
        """Learn one pipeline; give the epochs that it had."""
        import spacy
        from sklearn.metrics import average_precision_score
        from spacy.training import Example
        from spacy.util import fix_random_seed

        fix_random_seed(0)
        texts, labels = _of(task.train, language)
        dev_texts, truth = _of(task.dev, language)
        occurs = truth.any(axis=0)
        nlp = spacy.blank(language)
        part = nlp.add_pipe("textcat_multilabel")
        for k in range(labels.shape[1]):
            part.add_label(str(k))
        examples = [
            Example.from_dict(nlp.make_doc(text), {"cats": {str(k): float(v) for k, v in enumerate(row)}})
            for text, row in zip(texts, labels, strict=True)
        ]
        optimizer = nlp.initialize(lambda: examples[:200])
        order = random.Random(0)
        begin, epoch, best, since = time.perf_counter(), 0, -1.0, 0
        while since < PATIENCE and time.perf_counter() - begin < seconds:
            order.shuffle(examples)
            for first in range(0, len(examples), BATCH):
                nlp.update(examples[first : first + BATCH], sgd=optimizer, drop=DROPOUT)
            epoch += 1
            scores = _scores(nlp, dev_texts, labels.shape[1])
            score = float(average_precision_score(truth[:, occurs], scores[:, occurs], average="macro"))
            since = 0 if score > best else since + 1
            if score > best:
                best = score
                nlp.to_disk(task.folder / language)
        return epoch

    def load(self, folder: Path) -> None:
        """Read the pipelines."""
        import spacy

        self._pipelines = {path.name: spacy.load(path) for path in sorted(folder.iterdir()) if path.is_dir()}

    def predict_proba(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Score texts with the pipelines of their languages."""
        n_labels = len(next(iter(self._pipelines.values())).get_pipe("textcat_multilabel").labels)
        scores = np.zeros((len(texts), n_labels), np.float32)
        for language, nlp in self._pipelines.items():
            rows = [i for i, code in enumerate(languages) if code == language]
            if rows:
                scores[rows] = _scores(nlp, [texts[i] for i in rows], n_labels)
        return scores


def _of(split: Split, language: str) -> tuple[list[str], np.ndarray]:
    """Give texts and labels of one language."""
    rows = [i for i, code in enumerate(split.languages) if code == language]
    return [split.texts[i] for i in rows], split.labels[rows]


def _scores(nlp: Any, texts: list[str], n_labels: int) -> np.ndarray:
    """Score texts with one pipeline."""
    return np.array([[doc.cats[str(k)] for k in range(n_labels)] for doc in nlp.pipe(texts)], np.float32)
