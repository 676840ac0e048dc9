"""fastText, supervised with one-vs-all loss, words and their character n-grams.

References
----------
Joulin et al. (2017). Bag of Tricks for Efficient Text Classification. EACL.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from peers.base import Split, Task

PARAMETERS = {"dim": 100, "wordNgrams": 2, "minn": 2, "maxn": 5, "minCount": 1, "bucket": 500_000, "lr": 0.5}
EPOCHS = (25, 50, 100)


class FastText:
    """One model over all languages; Japanese is split into words by SudachiPy, as fastText wants spaces.

    The number of epochs is chosen by average precision on the development texts. One thread, so that runs repeat.
    """

    packages = ("fasttext-numpy2-wheel", "sudachipy", "sudachidict-small")

    def fit(self, task: Task) -> dict[str, Any]:
        """Learn with each number of epochs and keep the best."""
        import fasttext
        from sklearn.metrics import average_precision_score

        source = task.folder / "train.txt"
        lines = self._lines(task.train.texts, task.train.languages)
        names = [" ".join(f"__label__{k}" for k in np.flatnonzero(row)) for row in _with_none(task.train)]
        source.write_text("".join(f"{a} {b}\n" for a, b in zip(names, lines, strict=True)), encoding="utf-8")
        self._n_labels = task.train.labels.shape[1]
        tried: dict[int, float] = {}
        truth = task.dev.labels[:, task.dev.labels.any(axis=0)]
        for epochs in EPOCHS:
            self._model = fasttext.train_supervised(
                str(source), loss="ova", epoch=epochs, thread=1, seed=0, verbose=0, **PARAMETERS
            )
            scores = self.predict_proba(task.dev.texts, task.dev.languages)[:, task.dev.labels.any(axis=0)]
            tried[epochs] = float(average_precision_score(truth, scores, average="macro"))
            if tried[epochs] == max(tried.values()):
                self._model.save_model(str(task.folder / "model.bin"))
        (task.folder / "n_labels").write_text(str(self._n_labels))
        best = max(tried, key=lambda e: tried[e])
        return {"loss": "ova", "epoch": best, "epochs_tried": list(tried), **PARAMETERS}

    def load(self, folder: Path) -> None:
        """Read the model."""
        import fasttext

        self._model = fasttext.load_model(str(folder / "model.bin"))
        self._n_labels = int((folder / "n_labels").read_text())

    def predict_proba(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Score texts."""
        scores = np.zeros((len(texts), self._n_labels + 1), np.float32)
        names, values = self._model.predict(self._lines(texts, languages), k=-1)
        for i, (row, probabilities) in enumerate(zip(names, values, strict=True)):
            scores[i, [int(name.removeprefix("__label__")) for name in row]] = probabilities
        return scores[:, :-1]

    def _lines(self, texts: Sequence[str], languages: Sequence[str]) -> list[str]:
        """Put each text on one line of words."""
        if "ja" in languages and not hasattr(self, "_japanese"):
            from sudachipy import Dictionary

            self._japanese = Dictionary(dict="small").create()
        found = []
        for text, language in zip(texts, languages, strict=True):
            words = [m.surface() for m in self._japanese.tokenize(text)] if language == "ja" else [text]
            found.append(" ".join(" ".join(words).lower().split()))
        return found


def _with_none(split: Split) -> np.ndarray:
    """Add a column for texts without a label, which fastText would skip."""
    return np.column_stack([split.labels, ~split.labels.any(axis=1)])
