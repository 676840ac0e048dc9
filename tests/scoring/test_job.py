import json

import pyarrow as pa
import pytest

from cxmining.errors import InputError, UsageError
from cxmining.records import Origin, Rejected
from cxmining.scoring.job import Job
from cxmining.scoring.manifest import describe, differences, make_manifest
from cxmining.scoring.parts import SCHEMA, read_parts


def manifest(**changes):
    base = {"format": "cxmining.job/1", "inputs": {"a.csv": {"sha256": "1"}}, "model": {"m/model.json": "2"}}
    return {**base, "codebook": "3", "options": {"limit": None}, "versions": {"numpy": "2"}, **changes}


def rows(*ids):
    table = pa.Table.from_pylist([{"id": i, "text": i, "labels": [], "tags": []} for i in ids], SCHEMA)
    return table.combine_chunks().to_batches()[0]


def worked(folder, *ids):
    with Job(folder, manifest()) as job:
        job.add(rows(*ids), 1)
        job.reject(Rejected(Origin("a.csv", 1), "no"))
        job.state.n_read = len(ids) + 1
        job.checkpoint()


def test_what_came_after_the_checkpoint_is_cut_off(tmp_path):
    folder = tmp_path / "job"
    worked(folder, "a", "b")
    (folder / "part-000001.arrow").write_bytes(b"half")
    (folder / "part-000002.arrow.tmp").write_bytes(b"half")
    with (folder / "rejected.jsonl").open("a") as out:
        out.write('{"half')
    with Job(folder, manifest()) as job:
        assert job.resumed
        assert [b.column("id").to_pylist() for b in read_parts(job.parts)] == [["a", "b"]]
        assert len(job.quarantine.read_text().splitlines()) == 1
        job.add(rows("c"), 1)
        job.checkpoint()
        assert sorted(p.name for p in folder.glob("part-*")) == ["part-000000.arrow", "part-000001.arrow"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": {"a.csv": {"sha256": "9"}}}, "input a.csv has changed"),
        ({"inputs": {}}, "input a.csv is gone"),
        ({"inputs": {"a.csv": {"sha256": "1"}, "b.csv": {}}}, "input b.csv is new"),
        ({"model": {"m/model.json": "9"}}, r"model is another one \(m/model.json\)"),
        ({"codebook": "9"}, "the codebook has changed"),
        ({"options": {"limit": 5}}, "limit was None, now 5"),
        ({"versions": {"numpy": "3"}}, "version of numpy was '2', now '3'"),
        ({"format": "cxmining.job/0"}, "begun by a version"),
    ],
)
def test_another_job_is_refused_with_the_reason(tmp_path, changes, message):
    folder = tmp_path / "job"
    if "format" in changes:
        worked(folder, "a")
        (folder / "manifest.json").write_text(json.dumps(manifest(**changes)))
        changes = {}
    else:
        worked(folder, "a")
    with pytest.raises(UsageError, match=f"(?s){message}.*--fresh"):
        Job(folder, manifest(**changes))
    with Job(folder, manifest(**changes), fresh=True) as job:
        assert not job.resumed
        assert not list(folder.glob("part-*"))


def test_many_changes_are_cut_short():
    inputs = {f"{i}.txt": {"sha256": str(i)} for i in range(20)}
    found = differences(manifest(inputs=inputs), manifest(inputs={}))
    assert len(found) == 6
    assert found[-1] == "and 15 more changes"


def test_a_job_that_did_nothing_yet_may_change(tmp_path):
    Job(tmp_path / "job", manifest()).close()
    with Job(tmp_path / "job", manifest(codebook="9")) as job:
        assert json.loads((job.folder / "manifest.json").read_text())["codebook"] == "9"


def test_two_runs_do_not_share_a_job(tmp_path):
    with Job(tmp_path / "job", manifest()), pytest.raises(UsageError, match="another run"):
        Job(tmp_path / "job", manifest())


def test_only_jobs_are_taken_for_jobs(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    with pytest.raises(UsageError, match="no job's"):
        Job(tmp_path / "full", manifest(), fresh=True)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file"):
        Job(tmp_path / "file", manifest())


@pytest.mark.parametrize("name", ["part-000000.arrow", "rejected.jsonl", "checkpoint.json", "manifest.json"])
def test_damage_is_told(tmp_path, name):
    worked(tmp_path / "job", "a")
    path = tmp_path / "job" / name
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(InputError, match="--fresh"):
        Job(tmp_path / "job", manifest())


def test_damage_inside_a_part_is_told(tmp_path):
    worked(tmp_path / "job", "a" * 1000)
    path = tmp_path / "job" / "part-000000.arrow"
    data = bytearray(path.read_bytes())
    data[len(data) // 3 :] = b"\xff" * (len(data) - len(data) // 3)
    path.write_bytes(bytes(data))
    with Job(tmp_path / "job", manifest()) as job, pytest.raises(InputError, match="damaged"):
        list(read_parts(job.parts))


def test_manifest_of_files(tmp_path):
    (tmp_path / "a").write_text("x")
    found = make_manifest([tmp_path / "a", tmp_path / "none"], [], {"limit": 1}, "codebook")
    assert found["inputs"][str(tmp_path / "a")]["bytes"] == 1
    assert "unreadable" in found["inputs"][str(tmp_path / "none")]
    assert describe(tmp_path / "a") == found["inputs"][str(tmp_path / "a")]
    assert differences(found, json.loads(json.dumps(found))) == []
