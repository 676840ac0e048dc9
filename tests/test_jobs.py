import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "scoring"))

from scoring_stub import StubChoice

from cxmining.errors import InputError, UsageError
from cxmining.jobs import Listeners, preview, run_job
from cxmining.loaders import ReadOptions
from cxmining.requests import Request, Rows, TaggerChoice
from cxmining.scoring.publish import Target


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.csv"
    lines = "".join(f'{i};"Čekao sam\n{i % 40} dana"\n' for i in range(2000))
    path.write_text("id;komentar\n" + lines, encoding="cp1250")
    return path


def request_of(source, out="out.jsonl", **fields):
    fields.setdefault("tagger", StubChoice())
    return Request((source,), Target(source.parent / out), **fields)


def test_a_second_run_does_nothing_and_says_so(source):
    request = request_of(source)
    first = run_job(request, workers=1)
    assert (first.status, first.state.n_tagged) == ("done", 2000)
    before = request.target.path.stat().st_mtime_ns
    again = run_job(request, workers=2)
    assert (again.status, again.state.n_tagged) == ("unchanged", 2000)
    assert request.target.path.stat().st_mtime_ns == before
    assert sorted(p.name for p in request.folder.iterdir()) == ["checkpoint.json", "lock", "manifest.json"]


def test_an_output_that_was_removed_is_made_again_and_one_that_was_changed_is_kept(source):
    request = request_of(source)
    run_job(request, workers=1)
    made = request.target.path.read_bytes()
    request.target.path.unlink()
    assert run_job(request, workers=1).status == "done"
    assert request.target.path.read_bytes() == made
    request.target.path.write_text("mine")
    with pytest.raises(UsageError, match="was changed after it was written"):
        run_job(request, workers=1)
    assert run_job(request, workers=1, fresh=True).status == "done"
    assert request.target.path.read_bytes() == made


def test_another_output_of_a_finished_job_is_refused(source):
    run_job(request_of(source), workers=1)
    other = request_of(source, "other.jsonl", job=source.parent / "out.jsonl.job")
    with pytest.raises(UsageError, match=r"finished and wrote .*out\.jsonl; start over"):
        run_job(other, workers=1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"options": ReadOptions(text="komentar")}, "--text was None, now 'komentar'"),
        ({"rows": Rows(limit=5)}, "--limit was None, now 5"),
        ({"tagger": StubChoice(threshold=0.6)}, "--threshold was None, now '0.6'"),
        ({"tagger": StubChoice(model="linear-head")}, "the model is another one"),
    ],
)
def test_changed_options_are_refused(source, fields, message):
    run_job(request_of(source), workers=1)
    with pytest.raises(UsageError, match=f"(?s){message}.*--fresh"):
        run_job(request_of(source, **fields), workers=1)


def test_a_changed_input_is_refused(source):
    run_job(request_of(source), workers=1)
    with source.open("a", encoding="cp1250") as out:
        out.write('x;"još"\n')
    with pytest.raises(UsageError, match=r"(?s)in\.csv has changed.*--fresh"):
        run_job(request_of(source), workers=1)
    assert run_job(request_of(source), workers=1, fresh=True).state.n_tagged == 2001


def test_a_file_that_grows_while_it_is_read_is_told(source):
    def grow(progress):
        with source.open("a", encoding="cp1250") as out:
            out.write('x;"još"\n')

    request = request_of(source)
    with pytest.raises(InputError, match="changed while it was read; nothing was written"):
        run_job(request, workers=1, listeners=Listeners(progress=grow))
    assert not request.target.path.exists()


def test_a_file_that_was_only_touched_is_the_same(source):
    def touch(progress):
        os.utime(source)

    assert run_job(request_of(source), workers=1, listeners=Listeners(progress=touch)).status == "done"


def test_a_run_that_fails_at_once_leaves_nothing(source):
    request = request_of(source, options=ReadOptions(text="nema"))
    with pytest.raises(InputError, match="nema"):
        run_job(request)
    assert [p.name for p in source.parent.iterdir()] == ["in.csv"]


def test_limit_sample_and_preview(source):
    assert run_job(request_of(source, rows=Rows(limit=7)), workers=1).state.n_read == 7
    sampled = request_of(source, "s.jsonl", rows=Rows(sample=9, seed=3))
    heard = []
    assert run_job(sampled, workers=1, listeners=Listeners(source=heard.append)).state.n_read == 9
    assert len(heard) == 1
    ids = [int(json.loads(line)["id"]) for line in sampled.target.path.read_text(encoding="utf-8").splitlines()]
    assert ids == sorted(ids)
    assert max(ids) > 100
    state, rows = preview(request_of(source, "p.jsonl", tagger=TaggerChoice("linear-head"), rows=Rows(limit=3)))
    assert (state.n_read, rows.num_rows) == (3, 3)
    assert not (source.parent / "p.jsonl.job").exists()
    with pytest.raises(UsageError, match="do not go together"):
        run_job(request_of(source, rows=Rows(limit=1, sample=1)))
    with pytest.raises(UsageError, match="at least 1"):
        run_job(request_of(source, rows=Rows(limit=0)))


def test_a_worksheet_that_cannot_hold_the_rows_is_refused_before_tagging(source, monkeypatch):
    monkeypatch.setattr("cxmining.requests.XLSX_ROWS", 100)
    monkeypatch.setattr("cxmining.scoring.writers.xlsx.XLSX_ROWS", 100)
    tagged = []
    with pytest.raises(UsageError, match=r"2,000 rows do not fit a worksheet.*\.parquet"):
        run_job(request_of(source, "o.xlsx"), workers=1, listeners=Listeners(progress=tagged.append))
    assert tagged == []
    assert run_job(request_of(source, "o.xlsx", rows=Rows(limit=90)), workers=1).status == "done"


def test_jobs_stay_out_of_the_folder_that_is_read(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("Čekao sam.")
    with pytest.raises(UsageError, match="the job lies in the folder"):
        run_job(Request((folder,), Target(tmp_path / "o.csv"), job=folder / "job"))
    with pytest.raises(UsageError, match="the output lies in the folder"):
        run_job(Request((folder,), Target(folder / "o.csv")))
    with pytest.raises(UsageError, match="replace its own input"):
        run_job(Request((tmp_path / "a.csv",), Target(tmp_path / "a.csv")))


def test_options_are_checked_before_a_job_is_made(source):
    with pytest.raises(UsageError, match="make it first"):
        run_job(request_of(source, job=source.parent / "none" / "job"))
    with pytest.raises(UsageError, match="between 0 and 1"):
        run_job(request_of(source, tagger=TaggerChoice(threshold=7)))
    assert not request_of(source).folder.exists()
