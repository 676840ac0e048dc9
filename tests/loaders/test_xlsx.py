import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from cxmining.errors import InputError
from cxmining.loaders import ReadOptions, read, xlsx


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def repack(path, **members):
    """Write a workbook's archive anew with other members."""
    with zipfile.ZipFile(path) as old:
        entries = {name: old.read(name) for name in old.namelist()}
    entries.update({name.replace("__", "/") + ".xml": data for name, data in members.items()})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in entries.items():
            new.writestr(name, data)


ROWS = [
    ["id", "Komentar", "ocjena", "datum", "razno"],
    [1, "Čekanje je predugo", 2, dt.datetime(2024, 1, 2, 3, 4), "x"],
    [2, None, None, None, 7],
    [None] * 5,
    [4, "Sve super", 4.5, dt.date(2024, 1, 3), None],
]


def test_types_blank_rows_and_mixed_columns(tmp_path):
    rows = list(read([workbook(tmp_path / "a.xlsx", A=ROWS)]))
    assert [(r.id, r.text, r.origin.row) for r in rows] == [
        ("1", "Čekanje je predugo", 1),
        ("2", "", 2),
        ("4", "Sve super", 4),
    ]
    assert rows[0].columns == {"ocjena": 2, "datum": dt.datetime(2024, 1, 2, 3, 4), "razno": "x"}
    assert rows[1].columns == {"ocjena": None, "datum": None, "razno": "7"}
    assert rows[2].columns["ocjena"] == 4.5


def test_all_sheets_with_text_or_the_one_named(tmp_path):
    path = workbook(tmp_path / "a.xlsx", A=[["text"], ["a"]], B=[["n", "m"], [1, 2]], C=[["text"], ["c"]], D=[])
    sources = []
    rows = list(read([path], on_source=sources.append))
    assert [(r.text, r.origin.sheet, r.id) for r in rows] == [("a", "A", "a.xlsx[A]:1"), ("c", "C", "a.xlsx[C]:1")]
    assert [s.note.split(",")[0] for s in sources] == ["sheet A", "left out", "sheet C"]
    assert [r.text for r in read([path], ReadOptions(sheet="C"))] == ["c"]
    with pytest.raises(InputError, match="there is no sheet 'X'; the sheets are 'A', 'B', 'C', 'D'"):
        list(read([path], ReadOptions(sheet="X")))
    with pytest.raises(InputError, match="sheet 'B': no column looks like text"):
        list(read([path], ReadOptions(sheet="B")))


def test_empty_workbook(tmp_path):
    assert [r.reason for r in read([workbook(tmp_path / "a.xlsx", A=[])])] == ["the file holds no rows"]
    assert [r.reason for r in read([workbook(tmp_path / "b.xlsx", A=[["text"]])])] == ["the file holds no rows"]


@pytest.mark.parametrize(
    ("limit", "value", "match"),
    [("MAX_ENTRIES", 3, "more than 3"), ("MAX_UNPACKED", 10, "unpacks to"), ("MAX_RATIO", 0, "zip bomb")],
)
def test_bounds(tmp_path, monkeypatch, limit, value, match):
    path = workbook(tmp_path / "a.xlsx", A=ROWS)
    monkeypatch.setattr(xlsx, limit, value)
    monkeypatch.setattr(xlsx, "_RATIO_FROM", 0)
    with pytest.raises(InputError, match=match):
        list(read([path]))


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = workbook(tmp_path / "a.xlsx", A=ROWS)
    repack(path, xl__worksheets__sheet1=b"<worksheet>" + b" " * 100_000_000)
    with pytest.raises(InputError, match="as a zip bomb does"):
        list(read([path]))


def test_a_directory_that_lies_about_sizes_is_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", A=ROWS)
    repack(path, xl__worksheets__sheet1=b"<worksheet>" + b" " * 50_000_000)
    data = bytearray(path.read_bytes())
    size = (50_000_000 + 11).to_bytes(4, "little")
    while size in data:
        at = data.index(size)
        data[at : at + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(InputError, match="no whole workbook"):
        list(read([path]))


def test_xml_entities_are_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", A=ROWS)
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    repack(path, xl__worksheets__sheet1=laughs)
    with pytest.raises(InputError, match="declares XML entities"):
        list(read([path]))


def test_damaged_archives(tmp_path):
    path = workbook(tmp_path / "a.xlsx", A=ROWS)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="no whole workbook"):
        list(read([path]))
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "a")
    path.write_bytes(other.getvalue())
    with pytest.raises(InputError, match="the workbook cannot be read"):
        list(read([path]))
