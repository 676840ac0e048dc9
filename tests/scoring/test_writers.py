import csv
import json

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from cxmining.errors import UsageError
from cxmining.scoring.job import Job
from cxmining.scoring.kinds import note
from cxmining.scoring.parts import SCHEMA
from cxmining.scoring.publish import Target, default_output, publish
from cxmining.scoring.writers import layout as layouts
from cxmining.scoring.writers import parquet, xlsx
from cxmining.scoring.writers.delimited import safe_cell

SPAN = {"start": 0, "end": 5, "quote": "Čekao", "speaker": "Korisnik", "time": "00:00:05", "turn": 2}
TAG = {"label": "long_wait", "score": 0.91, "evidence": [SPAN], "model": "m"}
ROWS = [
    ("1", "Čekao", {"n": 3, "at": "x", "when": "2026-01-02"}, "hr", [TAG]),
    ("=2", '=HYPERLINK("x")', {"n": 2.5, "labels": "own"}, "other", []),
    ("3", "a\nb", {"n": None, "-k": {"deep": [1]}}, "ja", []),
]
LABELS = ["long_wait", "contempt"]
MANIFEST = {"format": "cxmining.job/1", "inputs": {}, "model": {}, "codebook": "", "options": {}, "versions": {}}


def stored(rows):
    made = [
        {
            "id": id_,
            "text": text,
            "source_file": "f.csv",
            "source_row": i,
            "columns": json.dumps(columns),
            "language": language,
            "labels": [t["label"] for t in tags],
            "tags": tags,
        }
        for i, (id_, text, columns, language, tags) in enumerate(rows, 1)
    ]
    return pa.Table.from_pylist(made, SCHEMA).combine_chunks().to_batches()[0]


@pytest.fixture
def write(tmp_path):
    def _write(name, rows=ROWS, labels=LABELS, **options):
        target = Target(tmp_path / name, **options)
        with Job(tmp_path / f"{name}.job", MANIFEST, fresh=True) as job:
            for i in range(0, len(rows), 2):
                job.add(stored(rows[i : i + 2]), 1)
            for _, _, columns, _, _ in rows:
                note(job.state.kinds, columns)
            job.state.n_tagged = len(rows)
            job.checkpoint()
            n_cut = publish(job, target, labels)
        assert not [p for p in tmp_path.iterdir() if ".part" in p.name or ".old" in p.name]
        _write.n_cut = n_cut
        return target.path

    return _write


HEADER = [
    "id", "text", "n", "at", "when", "input_labels", "-k", "source_file", "source_row", "language", "labels",
    "n_labels", "top_label", "top_score", "evidence", "label:long_wait", "label:contempt",
]  # fmt: skip


def test_csv_has_filter_columns_and_no_formula(write):
    with write("o.csv").open(encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    assert list(rows[0]) == [name if name != "-k" else "'-k" for name in HEADER]
    assert rows[0]["evidence"] == "long_wait: Čekao [turn 2, Korisnik, 00:00:05]"
    assert (rows[0]["label:long_wait"], rows[0]["label:contempt"], rows[0]["n"]) == ("1", "0", "3")
    assert rows[1]["text"] == '\'=HYPERLINK("x")'
    assert rows[1]["id"] == "'=2"
    assert rows[2]["text"] == "a\nb"
    assert json.loads(rows[2]["'-k"]) == {"deep": [1]}
    assert write("o.tsv").read_text(encoding="utf-8-sig").startswith("id\ttext\tn\t")


def test_hostile_label_names_stay_text(write):
    text = write("o.csv", ROWS[1:], ["=cmd"]).read_text(encoding="utf-8-sig")
    assert "label:=cmd" in text.splitlines()[0]


def test_jsonl_keeps_what_was_there(write):
    rows = [json.loads(line) for line in write("o.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows[0] == {
        "id": "1",
        "text": "Čekao",
        "n": 3,
        "at": "x",
        "when": "2026-01-02",
        "source_file": "f.csv",
        "source_row": 1,
        "language": "hr",
        "labels": ["long_wait"],
        "tags": [TAG],
    }
    assert rows[1]["input_labels"] == "own"
    assert rows[2]["-k"] == {"deep": [1]}


def test_parquet_is_typed_and_nested(write):
    table = pq.read_table(write("o.parquet"))
    assert table.column("n").to_pylist() == [3.0, 2.5, None]
    assert table.column("labels").to_pylist() == [["long_wait"], [], []]
    assert table.column("tags").to_pylist()[0][0]["evidence"] == [SPAN]
    assert table.schema.field("source_row").type == pa.int64()
    assert pq.ParquetFile(write("o.parquet")).metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize("name", ["o.jsonl", "o.parquet"])
def test_wide_variants(write, name):
    path = write(name, wide=True)
    rows = (
        pq.read_table(path).to_pylist()
        if name.endswith("parquet")
        else [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    )
    assert list(rows[0]) == HEADER
    assert [r["label:long_wait"] for r in rows] == [1, 0, 0]
    assert rows[0]["top_score"] == 0.91
    assert rows[1]["top_score"] is None


def test_xlsx_cells_are_typed_and_bytes_are_the_same_again(write, monkeypatch):
    path = write("o.xlsx")
    sheet = load_workbook(path).active
    assert [c.value for c in sheet[2]][:4] == ["1", "Čekao", 3, "x"]
    assert sheet["B3"].data_type == "s"
    assert sheet["B3"].value == '=HYPERLINK("x")'
    first = path.read_bytes()
    monkeypatch.setattr("time.localtime", lambda *_: (2031, 5, 6, 7, 8, 10, 0, 1, 0))
    assert write("o.xlsx").read_bytes() == first


def test_worksheet_limits(write, monkeypatch):
    write("o.xlsx", [("1", "x" * 40_000, {}, "hr", [])])
    assert write.n_cut == 1
    monkeypatch.setattr(xlsx, "XLSX_ROWS", 2)
    with pytest.raises(UsageError, match=r"3 rows do not fit a worksheet, which holds 2; write \.csv"):
        write("p.xlsx")


def test_partitioned_directory(write):
    folder = write("out", partition_by=("language",))
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.parquet")) == [
        f"language={code}/part-00000.parquet" for code in ("hr", "ja", "other")
    ]
    table = ds.dataset(folder, partitioning="hive").to_table()
    assert sorted(table.column("id").to_pylist()) == ["1", "3", "=2"]
    assert dict(zip(*(table.column(n).to_pylist() for n in ("id", "language")), strict=True))["1"] == "hr"
    again = write("out", partition_by=("language", "n"))
    assert (again / "language=hr" / "n=3.0" / "part-00000.parquet").is_file()
    assert (again / "language=ja" / f"n={parquet.NULL_PARTITION}" / "part-00000.parquet").is_file()
    assert not (again / "language=hr" / "part-00000.parquet").exists()


def test_partitions_are_checked(write, monkeypatch):
    with pytest.raises(UsageError, match="no column 'city' to partition by; the columns are id, text, n"):
        write("a", partition_by=("city",))
    monkeypatch.setattr(parquet, "MAX_PARTITIONS", 2)
    with pytest.raises(UsageError, match="more than 2 values of id"):
        write("b", partition_by=("id",))


@pytest.mark.parametrize("value", ["a/b", "..", "=", "x y", "č", "a%2Fb"])
def test_partition_values_stay_inside(write, value, tmp_path):
    folder = write("out", [("1", "x", {"c": value}, "hr", [])], partition_by=("c",))
    (file,) = folder.rglob("*.parquet")
    assert file.parent.parent == folder
    assert ds.dataset(folder, partitioning="hive").to_table().column("c").to_pylist() == [value]


def test_blocks_do_not_depend_on_parts(write, monkeypatch):
    monkeypatch.setattr(layouts, "BLOCK_ROWS", 4)
    rows = [(str(i), "x", {"n": i}, "hr", []) for i in range(11)]
    assert pq.ParquetFile(write("o.parquet", rows)).metadata.num_row_groups == 3


def test_no_two_columns_get_one_name(write):
    columns = {"labels": "a", "input_labels": "b", "evidence": "c", "label:contempt": "d"}
    rows = [("1", "t", columns, "hr", [])]
    row = json.loads(write("o.jsonl", rows).read_text())
    assert row["input_labels"] == "b"
    assert {"a", "b", "c", "d"} <= set(map(str, row.values()))
    header = write("o.csv", rows).read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    assert len(header) == len(set(header))


def test_an_empty_job_has_an_output(write):
    assert pq.read_table(write("o.parquet", [])).num_rows == 0
    assert write("o.csv", []).read_text(encoding="utf-8-sig").startswith("id,text")


def test_a_failing_writer_leaves_the_old_output(write, monkeypatch):
    path = write("o.csv")
    old = path.read_bytes()
    monkeypatch.setattr("cxmining.scoring.publish.write_delimited", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write("o.csv")
    assert path.read_bytes() == old
    assert not list(path.parent.glob(".o.csv*"))


def test_targets_are_checked(tmp_path):
    (tmp_path / "d.csv").mkdir()
    for target, message in [
        (Target(tmp_path / "d.csv"), "is a folder"),
        (Target(tmp_path / "o.docx"), r"\.docx.*\.csv"),
        (Target(tmp_path / "none" / "o.csv"), "folder does not exist"),
        (Target(tmp_path / "o.csv", wide=False), "nested tags need"),
        (Target(tmp_path / "f", partition_by=("x",)), "is a directory"),
    ]:
        (tmp_path / "f").write_text("x")
        with pytest.raises(UsageError, match=message):
            target.check()


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("=1+1", "'=1+1"), ("@x", "'@x"), ("+385 1 234", "'+385 1 234"), ("-", "'-"), ("\tx", "'\tx"), ("\rx", "'\rx"),
        ("\nx", "'\nx"), ("＝x", "'＝x"), ("－5点", "'－5点"), ("-5", "-5"), ("+3.2", "+3.2"), ("-1,5", "-1,5"),
        ("＋1+1", "'＋1+1"), ("＠x", "'＠x"), ("- nije radilo", "'- nije radilo"), (-5, -5), (None, None), ("", ""),
        ("x=1", "x=1"), ("-1_0", "'-1_0"),
    ],
)  # fmt: skip
def test_safe_cell(value, safe):
    assert safe_cell(value) == safe


@pytest.mark.parametrize(
    ("source", "target"),
    [("a/survey.csv", "a/survey.tagged.csv"), ("x.xlsx", "x.tagged.xlsx"), ("c.vtt", "c.tagged.csv")],
)
def test_default_output(source, target, tmp_path):
    from pathlib import Path

    assert default_output(Path(source)) == Path(target)
    assert default_output(Path(source), directory=True) == Path(target).with_suffix("")
