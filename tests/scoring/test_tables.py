import csv
import json

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from cxmining.errors import UsageError
from cxmining.scoring.tables import check_suffix, safe_cell, write_table

TAG = {"label": "long_wait", "score": 0.91, "evidence": [{"start": 0, "end": 5, "quote": "Čekao"}], "model": "m"}
ROWS = [
    {
        "id": "1",
        "text": "Čekao",
        "columns": {"n": 3, "at": "x"},
        "language": "hr",
        "labels": ["long_wait"],
        "tags": [TAG],
    },
    {
        "id": "=2",
        "text": '=HYPERLINK("x")',
        "columns": {"n": 2.5, "labels": "own"},
        "language": "other",
        "labels": [],
        "tags": [],
    },
    {
        "id": "3",
        "text": "a\nb",
        "columns": {"n": None, "-k": {"deep": [1]}},
        "language": "ja",
        "labels": [],
        "tags": [],
    },
]
COLUMNS = ["n", "at", "labels", "-k"]
LABELS = ["long_wait", "contempt"]


@pytest.fixture
def written(tmp_path):
    spool = tmp_path / "spool"
    rows = [{**r, "source_file": "f.csv", "source_row": i} for i, r in enumerate(ROWS, 1)]
    spool.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")

    def write(name):
        write_table(spool, tmp_path / name, COLUMNS, LABELS)
        assert not list(tmp_path.glob("*.part"))
        return tmp_path / name

    return write


def test_csv_has_filter_columns_and_no_formula(written):
    with written("o.csv").open(encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    assert list(rows[0]) == [
        *(
            "id",
            "text",
            "n",
            "at",
            "input_labels",
            "'-k",
            "source_file",
            "source_row",
            "language",
            "labels",
            "n_labels",
            "top_label",
            "top_score",
        ),
        *("evidence", "label:long_wait", "label:contempt"),
    ]
    assert rows[0]["evidence"] == "long_wait: Čekao"
    assert (rows[0]["label:long_wait"], rows[0]["label:contempt"], rows[0]["n"]) == ("1", "0", "3")
    assert rows[1]["text"] == '\'=HYPERLINK("x")'
    assert rows[1]["id"] == "'=2"
    assert rows[2]["text"] == "a\nb"
    assert json.loads(rows[2]["'-k"]) == {"deep": [1]}


def test_jsonl_keeps_what_was_there(written):
    rows = [json.loads(line) for line in written("o.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows[0] == {
        "id": "1",
        "text": "Čekao",
        "n": 3,
        "at": "x",
        "source_file": "f.csv",
        "source_row": 1,
        "language": "hr",
        "labels": ["long_wait"],
        "tags": [TAG],
    }
    assert rows[1]["input_labels"] == "own"
    assert rows[2]["-k"] == {"deep": [1]}


def test_parquet_is_typed_and_nested(written):
    table = pq.read_table(written("o.parquet"))
    assert table.column("n").to_pylist() == [3.0, 2.5, None]
    assert table.column("labels").to_pylist() == [["long_wait"], [], []]
    assert table.column("tags").to_pylist()[0][0]["evidence"][0]["quote"] == "Čekao"


def test_xlsx_cells_are_typed(written):
    sheet = load_workbook(written("o.xlsx")).active
    assert [c.value for c in sheet[2]][:4] == ["1", "Čekao", 3, "x"]
    assert sheet["B3"].data_type == "s"
    assert sheet["B3"].value == '=HYPERLINK("x")'


def spool_of(tmp_path, *columns):
    spool = tmp_path / "spool"
    row = {"id": "1", "text": "t", "source_file": "f", "source_row": 1, "language": "hr", "labels": [], "tags": []}
    spool.write_text("".join(json.dumps({**row, "columns": c}) + "\n" for c in columns), encoding="utf-8")
    return spool


def test_no_two_columns_get_one_name(tmp_path):
    columns = {"labels": "a", "input_labels": "b", "evidence": "c", "label:contempt": "d"}
    spool = spool_of(tmp_path, columns)
    write_table(spool, tmp_path / "o.jsonl", list(columns), LABELS)
    row = json.loads((tmp_path / "o.jsonl").read_text())
    assert row["input_labels"] == "b"
    assert {"a", "b", "c", "d"} <= set(map(str, row.values()))
    write_table(spool, tmp_path / "o.csv", list(columns), LABELS)
    header = (tmp_path / "o.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    assert len(header) == len(set(header))


def test_parquet_keeps_big_whole_numbers_exact(tmp_path):
    spool = spool_of(tmp_path, {"n": 2**60 + 1}, {"n": 0.5}, {"n": True})
    write_table(spool, tmp_path / "o.parquet", ["n"], LABELS)
    assert pq.read_table(tmp_path / "o.parquet").column("n").to_pylist() == [str(2**60 + 1), "0.5", "true"]


def test_a_failing_writer_leaves_nothing_behind(tmp_path, monkeypatch):
    spool = spool_of(tmp_path, {"n": 1})
    monkeypatch.setattr("cxmining.scoring.tables._write_csv", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_table(spool, tmp_path / "o.csv", ["n"], LABELS)
    assert [p.name for p in tmp_path.iterdir()] == ["spool"]


def test_a_folder_is_no_output(tmp_path):
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        check_suffix(tmp_path / "d.csv")


def test_tsv_and_unknown_suffix(written, tmp_path):
    assert written("o.tsv").read_text(encoding="utf-8-sig").startswith("id\ttext\tn\t")
    with pytest.raises(UsageError, match=r"\.docx.*\.csv"):
        check_suffix(tmp_path / "o.docx")


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("=1+1", "'=1+1"), ("@x", "'@x"), ("+385 1 234", "'+385 1 234"), ("-", "'-"), ("\tx", "'\tx"), ("\rx", "'\rx"),
        ("\nx", "'\nx"), ("＝x", "'＝x"), ("－5点", "'－5点"), ("-5", "-5"), ("+3.2", "+3.2"), ("-1,5", "-1,5"),
        ("- nije radilo", "'- nije radilo"), (-5, -5), (None, None), ("", ""), ("x=1", "x=1"), ("-1_0", "'-1_0"),
    ],
)  # fmt: skip
def test_safe_cell(value, safe):
    assert safe_cell(value) == safe
