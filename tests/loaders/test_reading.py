import os
import tracemalloc

import pytest

from cxmining.errors import InputError
from cxmining.loaders import ReadOptions, Source, read
from cxmining.records import Record, Rejected


def test_a_folder_is_walked_in_order_and_bad_files_do_not_stop_it(tmp_path):
    (tmp_path / "b").mkdir()
    for name, content in {
        "a.csv": "id,text\n1,prvi\n",
        "b/c.txt": "drugi",
        "b/d.parquet": "nije",
        "b/e.csv": "a,b\n1,2\n",
        "b/f.xyz": "?",
        "g.jsonl": '"treći"\n',
        ".skriven.txt": "ne",
        "a.tagged.csv": "id,text\n1,ne\n",
    }.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "b" / "krug").symlink_to(tmp_path)
    (tmp_path / "b" / "nigdje.txt").symlink_to(tmp_path / "nema")
    rows = list(read([tmp_path]))
    assert [(r.id, r.text) for r in rows if isinstance(r, Record)] == [
        ("1", "prvi"),
        ("b/c.txt:1", "drugi"),
        ("g.jsonl:1", "treći"),
    ]
    rejected = {r.origin.file.rsplit("/", 1)[-1]: r.reason for r in rows if isinstance(r, Rejected)}
    assert set(rejected) == {"d.parquet", "e.csv", "f.xyz", "nigdje.txt"}
    assert "no column looks like text; the columns are 'a', 'b'; say --text NAME" in rejected["e.csv"]
    assert "the format is not known" in rejected["f.xyz"]


def test_missing_paths_raise_at_once(tmp_path):
    with pytest.raises(InputError, match=r"nema\.csv: there is no such file or folder"):
        read([tmp_path / "nema.csv"])


def test_unknown_format_named_directly(tmp_path):
    path = tmp_path / "a.doc"
    path.write_text("x")
    with pytest.raises(InputError, match=r"a\.doc: the format is not known; convert it to one of these: .*csv"):
        list(read([path]))


def test_no_regular_file(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        list(read([tmp_path / "a.csv"]))


def test_sources_come_before_rows_and_reading_is_lazy(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("id,text\n1,tekst\n2,tekst\n")
    events: list[str] = []
    for row in read([str(tmp_path / "a.csv"), tmp_path / "b.csv"], on_source=lambda s: events.append(s.file[-5:])):
        events.append(row.id)
    assert events == ["a.csv", "1", "2", "b.csv", "1", "2"]


def test_options_and_sources_are_frozen():
    with pytest.raises(AttributeError):
        ReadOptions().text = "a"
    with pytest.raises(AttributeError):
        Source("a", "csv").file = "b"


@pytest.mark.parametrize(
    ("name", "line"), [("a.csv", "{i},Čekam paket već {i} dana\n"), ("a.jsonl", '{{"id": {i}, "text": "Čekam {i}"}}\n')]
)
def test_memory_stays_constant(tmp_path, name, line):
    path = tmp_path / name
    with path.open("w", encoding="utf-8") as stream:
        if name.endswith("csv"):
            stream.write("id,text\n")
        stream.writelines(line.format(i=i) for i in range(100_000))
    list(read([path]))  # tables are loaded once
    tracemalloc.start()
    n_rows = sum(isinstance(row, Record) for row in read([path]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n_rows == 100_000
    assert peak < 8 * 2**20
