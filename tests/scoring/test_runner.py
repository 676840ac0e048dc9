import datetime
import json
from pathlib import Path

import pyarrow as pa
import pytest

from cxmining.batch import output_batch
from cxmining.errors import UsageError
from cxmining.records import Origin, Record, Rejected
from cxmining.scoring.files import Target, tag_stream
from cxmining.scoring.runner import BATCH_ROWS, default_output


def no_tags(batch):
    return output_batch(batch, ["hr"] * batch.num_rows, [()] * batch.num_rows)


def items(n, reject_every=10):
    for i in range(n):
        origin = Origin("f.csv", i + 1)
        if i % reject_every == 3:
            yield Rejected(origin, "two fields too many", "a;b\ud800")
        else:
            yield Record(f"r{i}", f"tekst {i}", origin, columns={"when": datetime.date(2026, 1, 2), "x": float("nan")})


def test_read_is_tagged_plus_rejected(tmp_path):
    seen = []
    summary = tag_stream(items(1000), no_tags, Target(tmp_path / "o.jsonl", []), lambda s: seen.append(s.n_read))
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()]
    rejected = [json.loads(line) for line in (tmp_path / "o.jsonl.rejected.jsonl").read_text().splitlines()]
    assert (summary.n_read, summary.n_tagged, summary.n_rejected) == (1000, 900, 100)
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
    assert len(seen) == 900 // BATCH_ROWS + 2


def test_a_failing_run_leaves_nothing_and_keeps_the_old_output(tmp_path):
    target = tmp_path / "o.csv"
    target.write_text("old")

    def broken(batch: pa.RecordBatch) -> pa.RecordBatch:
        raise UsageError("no")

    with pytest.raises(UsageError):
        tag_stream(items(5), broken, Target(target, []))
    assert [p.name for p in tmp_path.iterdir()] == ["o.csv"]
    assert target.read_text() == "old"


def test_a_clean_run_removes_an_old_quarantine(tmp_path):
    target = Target(tmp_path / "o.jsonl", [])
    tag_stream(items(20), no_tags, target)
    assert target.quarantine.exists()
    tag_stream(items(3), no_tags, target)
    assert not target.quarantine.exists()


def test_missing_folder(tmp_path):
    with pytest.raises(UsageError, match="folder does not exist"):
        tag_stream(items(1), no_tags, Target(tmp_path / "none" / "o.csv", []))


@pytest.mark.parametrize(
    ("source", "target"),
    [("a/survey.csv", "a/survey.tagged.csv"), ("x.xlsx", "x.tagged.xlsx"), ("c.vtt", "c.tagged.csv")],
)
def test_default_output(source, target):
    assert default_output(Path(source)) == Path(target)
