import json

import pytest

from cxmining.errors import InputError
from cxmining.loaders import jsonl


def test_objects_strings_and_types(load):
    lines = [
        {"id": 7, "text": "Loše", "n": 1.5, "tags": ["a"], "ok": True, "lang": "HR"},
        "само текст",
        {"id": 8, "text": None},
    ]
    got = load("a.jsonl", "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n")
    assert got.texts == ["Loše", "само текст", ""]
    assert [r.id for r in got.records] == ["7", "a.jsonl:2", "8"]
    assert got.records[0].columns == {"n": 1.5, "tags": ["a"], "ok": True, "lang": "HR"}
    assert got.records[0].language == "hr"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{bad", "no valid JSON at character 2"),
        ('{"id": 1, "text": "\\ud800"}', "lone surrogate"),
        ('{"id": 1, "text": "a", "x": {"y": ["\\udfff"]}}', "lone surrogate"),
        ("[" * 100_000, "nested too deeply"),
        ('{"text": "a", "x": ' + "[" * 70 + "]" * 70 + "}", "nested too deeply"),
        ('{"text": {"a": 1}}', "column 'text' holds a dict"),
        ('{"text": "a", "n": ' + "9" * 5000 + "}", "cannot be read"),
        ("17", "a int where an object or a text is expected"),
        ("[1]", "a list where"),
    ],
)
def test_a_bad_line_is_rejected_and_the_rest_is_read(load, line, reason):
    got = load("a.jsonl", f'{{"text": "prvi"}}\n{line}\n{{"text": "treći"}}\n')
    assert got.texts == ["prvi", "treći"]
    assert got.rejected[0].origin.row == 2
    assert reason in got.rejected[0].reason


def test_bytes_of_another_encoding_cost_one_line(load):
    good = '{"text": "Čekanje, šalter, žalba"}\n'.encode()
    got = load("a.jsonl", good * 30 + b'{"text": "\xc8ekanje"}\n' + good)
    assert (len(got.records), len(got.rejected)) == (31, 1)


@pytest.mark.parametrize("wrap", ["{}", '{{"reviews": {}}}', '{{\n"meta": {{"n": 2}}, "data": {}}}'])
def test_json_documents(load, wrap):
    rows = [{"id": "a", "レビュー": "遅すぎます"}, {"id": "b", "レビュー": "良いです"}]
    got = load("a.json", wrap.format(json.dumps(rows, ensure_ascii=False, indent=1)))
    assert got.texts == ["遅すぎます", "良いです"]
    assert got.sources[0].format == "json"


def test_a_cut_off_array_keeps_its_beginning(load):
    whole = json.dumps([{"text": f"komentar {i}"} for i in range(5)])
    got = load("a.json", whole[:-8])
    assert len(got.records) == 4
    assert got.rejected[0].origin.row == 5
    got = load("a.json", whole[:-1])
    assert len(got.records) == 5
    assert "cut off" in got.rejected[0].reason


def test_one_object_is_one_row(load):
    assert load("a.json", '{"text": "jedan", "n": 1}').texts == ["jedan"]
    assert load("b.json", '{\n"text": "jedan",\n "n": 1}').texts == ["jedan"]


def test_json_that_is_lines(load):
    assert load("a.json", '{"text": "a"}\n{"text": "b"}\n').texts == ["a", "b"]


def test_bounds_advise_lines(load, monkeypatch):
    monkeypatch.setattr(jsonl, "MAX_JSON", 10)
    with pytest.raises(InputError, match=r"a\.json: .*JSON Lines"):
        load("a.json", '[{"text": "previše"}]')


def test_several_tables_are_refused(load):
    with pytest.raises(InputError, match="several arrays may be the table"):
        load("a.json", '{"x": [{"t": "a"}], "y": [{"t": "b"}]}')


def test_empty_array_holds_no_rows(load):
    assert load("a.json", "[]").rejected[0].reason == "the file holds no rows"
    assert load("a.json", '{"data": []}').rejected[0].reason == "the file holds no rows"


def test_ten_megabytes(load):
    got = load("a.jsonl", json.dumps({"text": "a" * 10_000_000}) + "\n")
    assert len(got.texts[0]) == 10_000_000
