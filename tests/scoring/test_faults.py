"""What befalls long jobs: kills, a full disk, files in a bad state. Fast variants; the long ones are experiments."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

HERE = Path(__file__).parent
RUN = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
from pathlib import Path
from scoring_stub import StubChoice
from cxmining.jobs import run_job
from cxmining.requests import Request
from cxmining.scoring import runner
from cxmining.scoring.publish import Target

if __name__ == "__main__":
    runner.CHECKPOINT_S = 0.2
    source, out, workers, pause = sys.argv[1:]
    tagger = StubChoice(pause_s=float(pause))
    outcome = run_job(Request((Path(source),), Target(Path(out)), tagger=tagger), workers=int(workers))
    print(outcome.status, outcome.state.n_read, outcome.state.n_tagged, outcome.state.n_rejected)
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "run.py"
    path.write_text(RUN)
    return path


def started(script, source, out, workers=1, pause=0.0):
    args = [sys.executable, script, source, out, workers, pause]
    return subprocess.Popen(list(map(str, args)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(*args, **options):
    process = started(*args, **options)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.split()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("id,text,n\n")
        for i in range(6000):
            out.write(f"{i},tekst {i % 2500},{i}\n" if i % 50 else f"{i},previše,polja,{i}\n")
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_killed_again_and_again_ends_with_the_same_bytes(tmp_path, script, source, workers):
    (tmp_path / "whole").mkdir()
    assert finished(script, source, tmp_path / "whole" / "o.parquet")[0] == "done"
    out = tmp_path / "o.parquet"
    rng = random.Random(workers)
    progress = []
    for _ in range(3):
        # So slow that three runs together cannot reach the end.
        process = started(script, source, out, workers, 0.8)
        time.sleep(rng.uniform(0.8, 1.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not out.exists()
        checkpoint = tmp_path / "o.parquet.job" / "checkpoint.json"
        progress.append(json.loads(checkpoint.read_text())["n_read"] if checkpoint.exists() else 0)
    assert progress == sorted(progress)
    assert finished(script, source, out, workers, 0.8) == ["done", "6000", "5880", "120"]
    assert out.read_bytes() == (tmp_path / "whole" / "o.parquet").read_bytes()
    rejected = [p.with_name("o.parquet.rejected.jsonl").read_bytes() for p in (out, tmp_path / "whole" / "o.parquet")]
    assert rejected[0] == rejected[1]


def test_workers_leave_with_a_killed_parent(tmp_path, script, source):
    process = started(script, source, tmp_path / "o.jsonl", 2, 0.3)
    deadline = time.monotonic() + 60
    children = []
    while len(children) < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    while any(_is_running(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(_is_running(pid) for pid in children)


def _is_running(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def test_a_dying_worker_is_told_and_the_job_goes_on(tmp_path, source):
    from scoring_stub import StubChoice

    from cxmining.errors import CxminingError
    from cxmining.jobs import run_job
    from cxmining.requests import Request
    from cxmining.scoring.publish import Target

    target = Target(tmp_path / "o.jsonl")
    with pytest.raises(CxminingError, match="fewer --workers"):
        run_job(Request((source,), target, tagger=StubChoice(kill_at=3)), workers=2)
    # What the tagger is is an option of the test alone; the manifest knows it not, nor does it know --workers.
    state = json.loads((tmp_path / "o.jsonl.job" / "manifest.json").read_text())
    state["options"] = {k: "-1" if k == "--kill-at" else v for k, v in state["options"].items()}
    (tmp_path / "o.jsonl.job" / "manifest.json").write_text(json.dumps(state))
    assert run_job(Request((source,), target, tagger=StubChoice()), workers=1).state.n_read == 6000


def test_a_full_disk_is_told_and_the_job_goes_on(tmp_path, script, source, monkeypatch):
    """Every write beyond a bound fails as on a full disk, whichever it is."""
    from scoring_stub import StubChoice

    from cxmining.jobs import run_job
    from cxmining.requests import Request
    from cxmining.scoring import parts, runner
    from cxmining.scoring.publish import Target

    monkeypatch.setattr(runner, "CHECKPOINT_S", 0.0)
    monkeypatch.setattr("os.fsync", lambda _: None)
    (tmp_path / "whole").mkdir()
    whole = run_job(Request((source,), Target(tmp_path / "whole" / "o.parquet"), tagger=StubChoice()), workers=1)
    write, n = parts.write_part, iter(range(10**6))

    def full(path, batches):
        if next(n) == 5:
            path.with_name(path.name + ".tmp").write_bytes(b"half a part")
            raise OSError(28, "No space left on device", str(path))
        write(path, batches)

    monkeypatch.setattr("cxmining.scoring.job.write_part", full)
    request = Request((source,), Target(tmp_path / "o.parquet"), tagger=StubChoice())
    with pytest.raises(OSError, match="No space"):
        run_job(request, workers=1)
    assert not request.target.path.exists()
    again = run_job(request, workers=1)
    assert again.progress.n_before > 0
    assert again.state.n_read == whole.state.n_read
    assert request.target.path.read_bytes() == (tmp_path / "whole" / "o.parquet").read_bytes()


def job(tmp_path, *sources, **options):
    from scoring_stub import StubChoice

    from cxmining.jobs import run_job
    from cxmining.loaders import ReadOptions
    from cxmining.requests import Request
    from cxmining.scoring.publish import Target

    target = Target(tmp_path / "o.jsonl")
    outcome = run_job(Request(tuple(sources), target, ReadOptions(**options), StubChoice()), workers=1)
    rows = [json.loads(line) for line in target.path.read_text(encoding="utf-8").splitlines()]
    path = target.quarantine
    rejected = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    assert outcome.state.n_read == len(rows) + len(rejected)
    return rows, rejected


def test_ids_that_repeat_or_hold_line_ends_stay_as_they_are(tmp_path):
    source = tmp_path / "in.csv"
    source.write_text('id,text\n1,a\n1,b\n"x\ny",c\n,d\n', encoding="utf-8")
    rows, rejected = job(tmp_path, source, id="id")
    assert [(r["id"], r["text"]) for r in rows] == [("1", "a"), ("1", "b"), ("x\ny", "c"), ("in.csv:4", "d")]
    assert rejected == []


def test_a_folder_with_loops_dead_links_and_many_files(tmp_path):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    for i in range(300):
        (folder / f"{i:03}.txt").write_text(f"tekst {i}")
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    (folder / "dead.txt").symlink_to(folder / "none.txt")
    (folder / "120a.csv").write_bytes(b"PK\x03\x04" + bytes(100))
    rows, rejected = job(tmp_path, folder)
    assert [r["text"] for r in rows] == [f"tekst {i}" for i in range(300)]
    assert {Path(r["file"]).name for r in rejected} == {"dead.txt", "self", "120a.csv"}


def test_a_text_of_many_characters(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"id": 1, "text": "dugo " * 2_000_000}) + "\n" + json.dumps({"id": 2, "text": "b"}))
    rows, _ = job(tmp_path, source)
    assert [len(r["text"]) for r in rows] == [10_000_000, 1]


def test_deep_json_is_rejected_alone(tmp_path):
    source = tmp_path / "in.jsonl"
    deep = '{"id": 2, "text": "b", "x": ' + "[" * 100_000 + "]" * 100_000 + "}"
    source.write_text('{"id": 1, "text": "a"}\n' + deep + '\n{"id": 3, "text": "c"}\n')
    rows, rejected = job(tmp_path, source)
    assert [r["id"] for r in rows] == [1, 3] or [r["id"] for r in rows] == ["1", "3"]
    assert "too deeply" in rejected[0]["reason"]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet", "xlsx", "tsv"])
def test_any_text_survives_every_writer(tmp_path, suffix):
    from scoring_stub import StubChoice

    from cxmining.jobs import run_job
    from cxmining.requests import Request
    from cxmining.scoring.publish import Target

    odd = ["\x00nul", "=1", "\u202eright", "a\u2028b", "\ufffe", "🙂" * 50, '"', "'", "\t", "\\", "", " ", "\x0b", "١٢"]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps({"id": t, "text": t, t or "e": t}) + "\n" for t in odd))
    target = Target(tmp_path / f"o.{suffix}")
    assert run_job(Request((source,), target, tagger=StubChoice()), workers=1).state.n_tagged == len(odd)
    if suffix == "parquet":
        assert pq.read_table(target.path).column("text").to_pylist() == odd
    assert target.path.stat().st_size > 100
