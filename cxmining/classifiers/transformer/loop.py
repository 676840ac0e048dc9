"""Steps of learning with warm-up and linear decay, and their state, which can be kept on disk between epochs.

References
----------
Loshchilov and Hutter (2019). Decoupled Weight Decay Regularization. ICLR.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from cxmining.errors import ModelError, UsageError

Batch = TypeVar("Batch")
FLOOR = 0.02
"""Share of the peak rate that the decay ends at."""


class Loop:
    """Network, optimiser and progress of one learning.

    Parameters
    ----------
    network : nn.Module
        What learns.
    optimiser : torch.optim.Optimizer
        With the peak rates of its groups.
    n_epochs : int
        Epochs in all; the schedule ends with the last.
    warm_up : float
        Share of all steps in which the rate rises.
    rng : random.Random
        Source of the epochs' chance.

    Attributes
    ----------
    epoch : int
        Epochs done.
    best : float
        Best figure that :meth:`keep` was told; -inf before.
    stale : int
        Epochs since then.
    """

    def __init__(
        self,
        network: nn.Module,
        optimiser: torch.optim.Optimizer,
        n_epochs: int,
        warm_up: float,
        rng: random.Random,
    ) -> None:
        self.network = network
        self.optimiser = optimiser
        self.n_epochs = n_epochs
        self.warm_up = warm_up
        self.rng = rng
        self.epoch = self.stale = 0
        self.best = float("-inf")
        self._peaks = [group["lr"] for group in optimiser.param_groups]
        self._done = self._total = 0
        self._best: dict[str, Tensor] = {}

    def run(self, batches: Sequence[Batch], loss_of: Callable[[Batch], Tensor]) -> float:
        """Take one epoch's steps and give the mean loss; the network is left in evaluation mode."""
        self._total = self._total or len(batches) * self.n_epochs
        self.network.train()
        losses = []
        for batch in batches:
            rising = (self._done + 1) / (self.warm_up * self._total)
            factor = min(1.0, rising) * max(FLOOR, 1 - self._done / (self._total * (1 + FLOOR)))
            for group, peak in zip(self.optimiser.param_groups, self._peaks, strict=True):
                group["lr"] = peak * factor
            loss = loss_of(batch)
            self.optimiser.zero_grad(set_to_none=False)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimiser.step()
            losses.append(float(loss.detach()))
            self._done += 1
        self.network.eval()
        self.epoch += 1
        return float(np.mean(losses))

    def keep(self, figure: float) -> None:
        """Remember the weights if the figure is the best so far."""
        self.stale += 1
        if figure > self.best:
            self.best, self.stale = figure, 0
            self._best = {name: value.clone() for name, value in self.network.state_dict().items()}

    def take_best(self) -> None:
        """Put the best weights into the network, if any were kept."""
        if self._best:
            self.network.load_state_dict(self._best)

    def tensors(self) -> dict[str, Tensor]:
        """Give everything that :meth:`restore` needs and is an array."""
        found = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        found |= {f"best.{name}": value for name, value in self._best.items()}
        for at, state in self.optimiser.state_dict()["state"].items():
            found |= {f"optimiser.{at}.{name}": value for name, value in state.items()}
        found["chance"] = torch.get_rng_state()
        return {name: value.contiguous().clone() for name, value in found.items()}

    def state(self) -> dict[str, Any]:
        """Give the rest."""
        figures = {"epoch": self.epoch, "stale": self.stale, "done": self._done, "total": self._total}
        best = self.best if self._best else None
        return {**figures, "best": best, "chance": self.rng.getstate()}

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to where :meth:`tensors` and :meth:`state` were taken."""
        self.network.load_state_dict(_part(tensors, "network."))
        self._best = _part(tensors, "best.")
        slots: dict[int, dict[str, Tensor]] = {}
        for name, value in _part(tensors, "optimiser.").items():
            at, _, key = name.partition(".")
            slots.setdefault(int(at), {})[key] = value
        kept = self.optimiser.state_dict()
        told = [state[name] for name in ("epoch", "stale", "done", "total")]
        if not all(isinstance(value, int) for value in told) or not isinstance(state["best"], float | None):
            raise ValueError("a count is no number")
        if slots.keys() != {at for group in kept["param_groups"] for at in group["params"]}:
            raise ValueError("the optimiser's state is not whole")
        self.optimiser.load_state_dict({"state": slots, "param_groups": kept["param_groups"]})
        torch.set_rng_state(tensors["chance"])
        version, inner, gauss = state["chance"]
        self.rng.setstate((version, tuple(inner), gauss))
        self.epoch, self.stale = state["epoch"], state["stale"]
        self._done, self._total = state["done"], state["total"]
        self.best = float("-inf") if state["best"] is None else state["best"]


class Checkpoint:
    """Where a learning is kept between epochs.

    Parameters
    ----------
    folder : Path
        Folder for ``checkpoint.json`` and the arrays that it names.
    key : str
        What is learned from what, how; a checkpoint of another key is refused.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.key = key
        self._note = folder / "checkpoint.json"
        self._fresh_note = folder / "checkpoint.json.new"

    def save(self, loop: Loop) -> None:
        """Write the state; a death in the middle leaves the last one whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        arrays = f"checkpoint-{loop.epoch}.safetensors"
        save_file(loop.tensors(), self.folder / arrays)
        note = {"key": self.key, "arrays": arrays, "state": loop.state()}
        self._fresh_note.write_text(json.dumps(note), encoding="utf-8")
        self._fresh_note.replace(self._note)
        self._drop(path for path in self._arrays() if path.name != arrays)

    def refuse_other(self) -> None:
        """Refuse a checkpoint of another learning, before anything costly is done.

        Raises
        ------
        UsageError
            If one stands in the folder.
        ModelError
            If it is damaged.
        """
        if self._note.is_file() and self._read().get("key") != self.key:
            raise UsageError(
                f"{self._note}: an unfinished training of other data or options stands here; "
                "start over with --fresh, or write elsewhere with --out"
            )

    def load(self, loop: Loop) -> bool:
        """Bring the loop to the kept state; False where there is none.

        Raises
        ------
        UsageError
            If the checkpoint is of another learning.
        ModelError
            If it is damaged.
        """
        if not self._note.is_file():
            return False
        self.refuse_other()
        note = self._read()
        try:
            loop.restore(load_file(self.folder / Path(note["arrays"]).name), note["state"])
        except Exception as error:
            raise self._damaged(error) from error
        return True

    def _read(self) -> dict[str, Any]:
        """Read the note."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise self._damaged(error) from error
        return note if isinstance(note, dict) else {}

    def _damaged(self, error: Exception) -> ModelError:
        """Say that the checkpoint cannot be read."""
        return ModelError(f"{self._note}: the checkpoint is damaged ({error}); start over with --fresh")

    def remove(self) -> None:
        """Forget the state."""
        self._drop([self._note, self._fresh_note, *self._arrays()])

    def _arrays(self) -> list[Path]:
        """Find array files, also those that a death left behind."""
        found = [path for path in self.folder.glob("checkpoint-*.safetensors") if path.stem[11:].isdigit()]
        # safetensors writes under such a name first.
        return found + list(self.folder.glob(".tmp*"))

    @staticmethod
    def _drop(paths: Iterable[Path]) -> None:
        """Delete files."""
        for path in paths:
            path.unlink(missing_ok=True)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Give the tensors under a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
