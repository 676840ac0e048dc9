import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from cxmining.errors import InputError
from cxmining.labelled import read_labelled

LABELS = ("long_wait", "contempt", "praise")


def load(path, **options):
    return read_labelled(Path(path), LABELS, "own 1.0.0", **options)


def write(path, rows):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return path


ROWS = [
    {"id": "a", "text": "Čekao sam dugo.", "labels": ["long_wait"], "maybe": ["contempt"], "channel": "survey"},
    {"id": "b", "text": "Спасибо, всё хорошо.", "labels": ["praise"], "maybe": [], "channel": "call"},
    {"id": "c", "text": "待たされました。", "labels": [], "maybe": [], "channel": "call"},
]
GIVEN = [[1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_corpus_lines(tmp_path):
    rows = [r | {"evidence": [{"label": x, "start": 0, "end": 3} for x in r["labels"]]} for r in ROWS]
    found = load(write(tmp_path / "g.jsonl", rows))
    assert found.ids == ["a", "b", "c"]
    assert found.given.astype(int).tolist() == GIVEN
    assert found.known.astype(int).tolist() == [[1, 0, 1], [1, 1, 1], [1, 1, 1]]
    assert found.evidence == [{0: [(0, 3)]}, {2: [(0, 3)]}, {}]
    assert found.texts[2] == "待たされました。"
    assert [c["channel"] for c in found.cells] == ["survey", "call", "call"]


def flat(rows):
    return pd.DataFrame([r | {k: "; ".join(r[k]) for k in ("labels", "maybe")} for r in rows])


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx", "parquet"])
def test_every_table_format(tmp_path, suffix):
    path = tmp_path / f"g.{suffix}"
    frame = flat(ROWS)
    match suffix:
        case "xlsx":
            frame.to_excel(path, index=False)
        case "parquet":
            frame.to_parquet(path)
        case _:
            frame.to_csv(path, index=False, sep="\t" if suffix == "tsv" else ",")
    found = load(path)
    assert found.ids == ["a", "b", "c"]
    assert found.given.astype(int).tolist() == GIVEN
    assert found.known[0].tolist() == [True, False, True]
    assert found.texts[0] == "Čekao sam dugo."


def test_nested_parquet(tmp_path):
    path = tmp_path / "g.parquet"
    pd.DataFrame(ROWS).to_parquet(path)
    assert load(path).given.astype(int).tolist() == GIVEN


def test_a_column_a_label_as_a_spreadsheet_has_it(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["id", "text", "label:long_wait", "label:contempt", "label:praise"],
        ["a", "Čekao sam cijeli dan.", 1, "?", None],
        ["b", "Sve pohvale djelatnici.", 0, "no", "x"],
    ):
        book.active.append(row)
    book.save(tmp_path / "g.xlsx")
    found = load(tmp_path / "g.xlsx")
    assert found.given.astype(int).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert found.known.astype(int).tolist() == [[1, 0, 1], [1, 1, 1]]


def test_ids_and_labels_alone(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("id,labels\nx1,long_wait;praise\nx2,\n", encoding="utf-8")
    found = load(path)
    assert (found.ids, found.texts) == (["x1", "x2"], ["", ""])
    assert found.given.astype(int).tolist() == [[1, 0, 1], [0, 0, 0]]
    path.write_text("ref,labels\nx1,long_wait;praise\nx2,\n", encoding="utf-8")
    assert load(path, id_column="ref").ids == ["x1", "x2"]
    path = write(tmp_path / "g.jsonl", [r | {"ref": ref} for r, ref in zip(ROWS, (7, 8, " "), strict=True)])
    with pytest.raises(InputError, match="row 3: the id is empty"):
        load(path, id_column="ref")


def test_scores_from_tags_objects_and_columns(tmp_path):
    tags = [{"label": "praise", "score": 0.7, "evidence": [{"start": 0, "end": 2, "quote": "Ok"}], "model": "m"}]
    row = {"id": "a", "text": "Ok je bilo danas.", "labels": ["praise"]}
    tagged = load(write(tmp_path / "p.jsonl", [row | {"tags": tags}]))
    np.testing.assert_array_equal(tagged.scores, [[np.nan, np.nan, 0.7]])
    assert tagged.evidence == [{2: [(0, 2)]}]
    full = load(write(tmp_path / "q.jsonl", [row | {"scores": dict(zip(LABELS, (0.1, 0.2, 0.9), strict=True))}]))
    assert full.scores.tolist() == [[0.1, 0.2, 0.9]]
    assert full.evidence is None
    columns = load(write(tmp_path / "r.jsonl", [row | {"score:long_wait": 0.25}]))
    assert columns.scores[0, 0] == 0.25


def test_folder_of_a_corpus(tmp_path):
    write(tmp_path / "hr.jsonl", ROWS[:1])
    write(tmp_path / "ru.jsonl", ROWS[1:2])
    (tmp_path / "README.md").write_text("About.")
    assert load(tmp_path).ids == ["a", "b"]


def test_apostrophes_that_guard_cells_are_no_part_of_ids(tmp_path):
    (tmp_path / "p.csv").write_text("id,text,labels\n'-17,Čekao sam cijeli dan.,long_wait\n'x,Ništa posebno.,\n")
    assert load(tmp_path / "p.csv").ids == ["-17", "'x"]


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([ROWS[0], ROWS[0]], ["row 2", "'a'", "row 1", "--id"]),
        ([ROWS[0] | {"labels": ["long_wiat"]}], ["row 1", "long_wiat", "did you mean 'long_wait'", "--codebook"]),
        ([ROWS[0] | {"maybe": ["xyz"]}], ["row 1", "'xyz'", "own 1.0.0"]),
        ([{"id": "a", "text": "Ništa posebno."}], ["row 1", "no column 'labels'", "beside id and text: none"]),
        ([ROWS[0] | {"labels": 7}], ["row 1", "int", "write a list"]),
        ([ROWS[0] | {"labels": "[broken"}], ["row 1", "no list of labels"]),
        ([ROWS[0] | {"scores": {"praise": 1.5}}], ["row 1", "1.5", "no probability"]),
        ([ROWS[0] | {"evidence": [{"label": "praise", "start": 5, "end": 5}]}], ["row 1", "5:5", "start before end"]),
    ],
)
def test_what_is_wrong_is_told_with_row_and_remedy(tmp_path, rows, parts):
    with pytest.raises(InputError) as caught:
        load(write(tmp_path / "g.jsonl", rows))
    for part in ("g.jsonl", *parts):
        assert part in str(caught.value)


def test_empty_and_broken_files(tmp_path):
    for name in ("e.jsonl", "e.csv"):
        (tmp_path / name).write_text("")
        with pytest.raises(InputError, match="holds no rows"):
            load(tmp_path / name)
    (tmp_path / "h.csv").write_text("id,text,labels\n")
    with pytest.raises(InputError, match="holds no rows"):
        load(tmp_path / "h.csv")
    (tmp_path / "b.jsonl").write_text(json.dumps(ROWS[0]) + "\n{broken\n")
    with pytest.raises(InputError, match=r"b\.jsonl, row 2.*every row must be readable"):
        load(tmp_path / "b.jsonl")
    (tmp_path / "l.jsonl").write_text(json.dumps({**ROWS[0], "id": 5} | {"label:praise": "perhaps", "labels": None}))
    assert load(tmp_path / "l.jsonl").ids == ["5"]
    (tmp_path / "m.csv").write_text("id,text,label:praise\n1,Čekao sam cijeli dan.,perhaps\n")
    with pytest.raises(InputError, match=r"row 1: column 'label:praise' holds 'perhaps'; write 1, 0 or \?"):
        load(tmp_path / "m.csv")
