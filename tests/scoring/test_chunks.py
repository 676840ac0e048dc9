from cxmining.records import Origin, Record, Rejected
from cxmining.scoring.chunks import CHUNK_CHARACTERS, CHUNK_ROWS, chunks, limited, sampled


def record(i, text="tekst", file="f.csv"):
    return Record(f"r{i}", text, Origin(file, i + 1))


def test_chunks_close_at_rows_or_characters():
    rows = [record(i) for i in range(CHUNK_ROWS + 3)]
    assert [len(c.records) for c in chunks(rows)] == [CHUNK_ROWS, 3]
    long = [record(i, "x" * (CHUNK_CHARACTERS // 2)) for i in range(5)]
    assert [len(c.records) for c in chunks(long)] == [2, 2, 1]


def test_rejected_rows_stay_with_their_neighbours():
    rows = [record(0), Rejected(Origin("f.csv", 2), "no"), record(2)]
    (chunk,) = chunks(rows)
    assert ([r.id for r in chunk.records], len(chunk.rejected)) == (["r0", "r2"], 1)
    flood = list(chunks(Rejected(Origin("f.csv", i), "no") for i in range(3000)))
    assert sum(len(c.rejected) for c in flood) == 3000
    assert len(flood) > 1


def test_hints_come_from_the_first_rows_of_each_file():
    asked = []

    def column_language(texts):
        asked.append(len(texts))
        return texts[0]

    rows = [record(i, "hr", "a") for i in range(450)] + [
        record(0, "ja", "b"),
        record(1, "ru", "b"),
        record(0, "x", "c"),
    ]
    found = [(r.origin.file, h) for c in chunks(rows, column_language) for r, h in zip(c.records, c.hints, strict=True)]
    assert found == [("a", "hr")] * 450 + [("b", "ja")] * 2 + [("c", None)]
    assert asked == [200, 2]


def test_limit_and_sample():
    rows = [record(i) for i in range(100)]
    assert [r.id for r in limited(rows, 3)] == ["r0", "r1", "r2"]
    drawn = [r.id for r in sampled(lambda: iter(rows), 10, seed=1)]
    assert len(drawn) == 10
    assert drawn == [r.id for r in sampled(lambda: iter(rows), 10, seed=1)]
    assert drawn != [r.id for r in sampled(lambda: iter(rows), 10, seed=2)]
    assert drawn == sorted(drawn, key=lambda i: int(i[1:]))
    assert len(list(sampled(lambda: iter(rows), 500))) == 100
