import datetime
import json

import pytest
from scoring_stub import make, tag_batch

from cxmining.errors import CxminingError, UsageError
from cxmining.records import Origin, Record, Rejected
from cxmining.scoring import runner
from cxmining.scoring.job import Job
from cxmining.scoring.parts import read_parts
from cxmining.scoring.publish import Target, publish
from cxmining.scoring.runner import Tagging, run

MANIFEST = {"format": "cxmining.job/1", "inputs": {}, "model": {}, "codebook": "", "options": {}, "versions": {}}
TAGGING = Tagging(make)


def items(n, reject_every=10):
    for i in range(n):
        origin = Origin("f.csv", i + 1)
        if i % reject_every == 3:
            yield Rejected(origin, "two fields too many", "a;b\ud800")
        else:
            # Repeats near and far, so that the cache is at work when a run breaks off.
            text = f"novo {i}" if i % 7 == 0 else f"tekst {i % 700}" if i % 3 else "ok"
            yield Record(f"r{i}", text, origin, columns={"when": datetime.date(2026, 1, 2), "x": float("nan")})


def output(folder, stream, tagging=TAGGING, suffix=".jsonl"):
    """Run a job to its end and give the bytes written."""
    target = Target(folder / f"o{suffix}")
    with Job(folder / "job", MANIFEST) as job:
        progress = run(stream, tagging, job)
        publish(job, target, ["long_wait"])
    return progress, target


def test_read_is_tagged_plus_rejected(tmp_path):
    seen = []
    with Job(tmp_path / "job", MANIFEST) as job:
        state = run(items(1000), TAGGING, job, lambda p: seen.append(p.state.n_read)).state
        publish(job, Target(tmp_path / "o.jsonl"), [])
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()]
    rejected = [json.loads(line) for line in (tmp_path / "o.jsonl.rejected.jsonl").read_text().splitlines()]
    assert (state.n_read, state.n_tagged, state.n_rejected) == (1000, 900, 100)
    assert [r["id"] for r in rows] == [f"r{i}" for i in range(1000) if i % 10 != 3]
    assert rejected[0] == {
        "file": "f.csv",
        "row": 4,
        "sheet": None,
        "reason": "two fields too many",
        "raw": "a;b\ud800",
    }
    assert rows[0]["when"] == "2026-01-02"
    assert rows[0]["x"] is None
    assert seen[-1] == 1000
    assert state.labels == {
        label: sum(r["labels"].count(label) for r in rows) for label in {x for r in rows for x in r["labels"]}
    }
    assert state.languages == {"hr": 900}


class Flaky:
    """Fails once, after a number of batches, and records what it was asked."""

    def __init__(self, fail_at):
        self.fail_at = fail_at
        self.asked = []

    def __call__(self, threads):
        return self.tag

    def tag(self, batch):
        if len(self.asked) == self.fail_at:
            self.fail_at = -1
            raise CxminingError("the model gave up")
        self.asked.append(tuple(batch.column("text").to_pylist()))
        return tag_batch(batch)


@pytest.mark.parametrize("fail_at", [0, 1, 5, 30, 45])
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_broken_run_goes_on_to_the_same_bytes(tmp_path, fail_at, suffix, monkeypatch):
    monkeypatch.setattr(runner, "CHECKPOINT_S", 0.0)
    # What a power loss needs takes its time, and none is tried here.
    monkeypatch.setattr("os.fsync", lambda _: None)
    (tmp_path / "whole").mkdir()
    (tmp_path / "broken").mkdir()
    n = 60 * 256
    unbroken = Flaky(-1)
    progress, whole = output(tmp_path / "whole", items(n), Tagging(unbroken), suffix)
    assert progress.n_repeated > n / 3
    flaky = Flaky(fail_at)
    with pytest.raises(CxminingError, match="gave up"):
        output(tmp_path / "broken", items(n), Tagging(flaky), suffix)
    done = len(flaky.asked)
    progress, broken = output(tmp_path / "broken", items(n), Tagging(flaky), suffix)
    assert broken.path.read_bytes() == whole.path.read_bytes()
    assert broken.quarantine.read_bytes() == whole.quarantine.read_bytes()
    assert progress.state.n_read == n
    # What was done is not done again, and what is asked is what an unbroken run asks.
    assert flaky.asked[done:] == unbroken.asked[len(unbroken.asked) - len(flaky.asked[done:]) :]
    assert done == 0 or len(flaky.asked) <= len(unbroken.asked) + 26


def test_processes_give_what_a_thread_gives(tmp_path):
    outputs = []
    for workers in (1, 3):
        folder = tmp_path / str(workers)
        folder.mkdir()
        _, target = output(folder, items(3000), Tagging(make, workers), ".parquet")
        outputs.append((target.path.read_bytes(), target.quarantine.read_bytes()))
    assert outputs[0] == outputs[1]


def no_model(threads):
    raise UsageError("no such model")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_model_that_cannot_be_loaded_says_so(tmp_path, workers, capfd):
    with Job(tmp_path / "job", MANIFEST) as job, pytest.raises(UsageError, match="no such model"):
        run(items(3000), Tagging(no_model, workers), job)
    assert "Traceback" not in capfd.readouterr().err


def test_ctrl_c_keeps_the_work(tmp_path):
    import os
    import signal

    def stopping(threads):
        def tag(batch):
            if "tekst 100" in batch.column("text").to_pylist():
                os.kill(os.getpid(), signal.SIGINT)
            return tag_batch(batch)

        return tag

    with Job(tmp_path / "job", MANIFEST) as job, pytest.raises(KeyboardInterrupt):
        run(items(20_000), Tagging(stopping), job)
    with Job(tmp_path / "job", MANIFEST) as job:
        assert job.state.n_read == job.state.n_tagged + job.state.n_rejected
        assert sum(b.num_rows for b in read_parts(job.parts)) == job.state.n_tagged
        state = run(items(20_000), TAGGING, job).state
    assert state.n_read == 20_000


def test_an_input_that_is_read_otherwise_is_noticed(tmp_path):
    with Job(tmp_path / "job", MANIFEST) as job:
        run(items(1000), TAGGING, job)
    with Job(tmp_path / "job", MANIFEST) as job, pytest.raises(CxminingError, match="start over with --fresh"):
        run(items(300), TAGGING, job)
    with Job(tmp_path / "job", MANIFEST) as job, pytest.raises(CxminingError, match="otherwise"):
        run((Record("other", "x", Origin("f.csv", i)) for i in range(1, 1001)), TAGGING, job)


def stuck(threads):
    def tag(batch):
        import time

        time.sleep(600)

    return tag


def test_ctrl_c_does_not_wait_for_workers(tmp_path):
    import os
    import signal
    import threading

    def press():
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(2.0, press)

    def read():
        for n, item in enumerate(items(20_000)):
            if n == 2_000:
                timer.start()
                timer.join()
            yield item

    with Job(tmp_path / "job", MANIFEST) as job, pytest.raises(KeyboardInterrupt):
        run(read(), Tagging(stuck, 2), job)
