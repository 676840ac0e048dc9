"""A learning that is cut off goes on as if it had not been."""

import json
import random

import pytest

torch = pytest.importorskip("torch", reason="learning needs the extra [transformers]; CI installs it")

from safetensors.torch import load_file, save_file  # noqa: E402

from cxmining.classifiers.transformer.loop import Checkpoint, Loop  # noqa: E402
from cxmining.errors import ModelError, UsageError  # noqa: E402

pytestmark = pytest.mark.torch


class Noisy(torch.nn.Module):
    """A network with chance in it."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 1)
        self.dropout = torch.nn.Dropout(0.5)

    def forward(self, x):
        return self.linear(self.dropout(x))


def begin(epochs=4):
    torch.manual_seed(0)
    network = Noisy()
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.05)
    return Loop(network, optimiser, epochs, 0.1, random.Random(0))


def learn(loop, until, checkpoint=None, figures=(0.1, 0.9, 0.2, 0.3)):
    x = torch.linspace(-1, 1, 48).reshape(12, 4)
    losses = []
    while loop.epoch < until:
        order = list(range(12))
        loop.rng.shuffle(order)
        batches = [x[order[i : i + 3]] for i in range(0, 12, 3)]
        losses.append(loop.run(batches, lambda b: (loop.network(b).sum(1) - b.sum(1)).pow(2).mean()))
        loop.keep(figures[loop.epoch - 1])
        if checkpoint:
            checkpoint.save(loop)
    return losses


def test_resumed_learning_equals_an_unbroken_one(tmp_path):
    whole = begin()
    losses = learn(whole, 4)
    learn(begin(), 2, Checkpoint(tmp_path, "k"))
    torch.manual_seed(99)
    second = begin()
    second.rng.seed(5)
    assert Checkpoint(tmp_path, "k").load(second)
    assert second.epoch == 2 and second.best == 0.9
    assert learn(second, 4) == losses[2:]
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name])
    whole.take_best()
    second.take_best()
    assert torch.equal(whole.network.linear.weight, second.network.linear.weight)


def test_best_weights_are_those_of_the_best_epoch():
    loop = begin()
    learn(loop, 2)
    best = loop.network.linear.weight.clone()
    learn(loop, 4)
    assert not torch.equal(loop.network.linear.weight, best)
    assert loop.stale == 2
    loop.take_best()
    assert torch.equal(loop.network.linear.weight, best)


def test_another_learning_is_refused_and_a_finished_one_leaves_nothing(tmp_path):
    assert not Checkpoint(tmp_path, "k").load(begin())
    learn(begin(), 3, Checkpoint(tmp_path, "k"))
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(UsageError, match="other data or options"):
        Checkpoint(tmp_path, "other").load(begin())
    Checkpoint(tmp_path, "").remove()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["note", "deep", "count", "arrays", "no arrays", "no optimiser", "list"])
def test_a_damaged_checkpoint_says_what_to_do(tmp_path, damage):
    learn(begin(), 1, Checkpoint(tmp_path, "k"))
    note, arrays = tmp_path / "checkpoint.json", tmp_path / "checkpoint-1.safetensors"
    if damage == "note":
        note.write_text("{", encoding="utf-8")
    elif damage == "deep":
        note.write_text("[" * 100_000, encoding="utf-8")
    elif damage == "count":
        told = json.loads(note.read_text())
        told["state"]["epoch"] = "x"
        note.write_text(json.dumps(told), encoding="utf-8")
    elif damage == "no optimiser":
        kept = {k: v for k, v in load_file(arrays).items() if not k.startswith("optimiser.")}
        save_file(kept, arrays)
    elif damage == "list":
        note.write_text("[]", encoding="utf-8")
    elif damage == "arrays":
        arrays.write_bytes(arrays.read_bytes()[:-9])
    else:
        arrays.unlink()
    with pytest.raises((ModelError, UsageError), match="--fresh"):
        Checkpoint(tmp_path, "k").load(begin())


def test_a_death_while_writing_leaves_the_last_state_whole(tmp_path):
    learn(begin(), 1, Checkpoint(tmp_path, "k"))
    (tmp_path / "checkpoint-2.safetensors").write_bytes(b"half")
    loop = begin()
    assert Checkpoint(tmp_path, "k").load(loop) and loop.epoch == 1
    learn(loop, 3, Checkpoint(tmp_path, "k"))
    assert {p.name for p in tmp_path.iterdir()} == {"checkpoint.json", "checkpoint-3.safetensors"}
    assert json.loads((tmp_path / "checkpoint.json").read_text())["state"]["epoch"] == 3
