import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_stub import tag_batch, tags_of

from cxmining.batch import TAGS_TYPE
from cxmining.records import Block, Origin, Record
from cxmining.scoring.cache import MAX_TEXT, ResultCache
from cxmining.scoring.chunks import Chunk
from cxmining.scoring.deduplicate import plan


def chunk(*texts, **fields):
    records = [Record(f"r{i}", text, Origin("f", i + 1), **fields) for i, text in enumerate(texts)]
    return Chunk(records, [None] * len(records), [], sum(map(len, texts)))


def through(cache, made):
    """Plan, ask, and let the cache learn; give the number of texts asked and the labels of the rows."""
    found = plan(made, cache, {})
    answer = None if found.question is None else tag_batch(found.question)
    results = found.answered(answer, {})
    for key, result in found.kept(results):
        cache.put(key, result)
    return 0 if answer is None else answer.num_rows, results


def test_each_text_is_asked_once_and_remembered_from_its_second_coming():
    cache = ResultCache()
    asked, results = through(cache, chunk("ok", "hvala", "ok", "ok"))
    assert asked == 2
    assert results.num_rows == 4
    assert through(cache, chunk("ok", "novo"))[0] == 2
    assert through(cache, chunk("ok", "ok"))[0] == 0
    assert cache.n_hits == 1


def test_what_else_a_result_depends_on_keeps_texts_apart():
    cache = ResultCache()
    made = chunk("da", "da", "da", "da")
    made.hints[1] = "hr"
    made.records[2] = Record("x", "da", Origin("f", 3), language="ru")
    made.records[3] = Record("y", "da", Origin("f", 4), blocks=(Block(0, 2, "turn", "Agent"),))
    assert plan(made, cache, {}).question.num_rows == 4


def test_results_of_chunks_in_flight_are_borrowed():
    cache = ResultCache()
    first = plan(chunk("Čekao", "ok"), cache, {})
    recent = {key: (0, row) for key, row in first.fresh.items()}
    second = plan(chunk("ok", "ok", "novo"), cache, recent)
    assert second.question.column("text").to_pylist() == ["novo"]
    earlier = {0: first.answered(tag_batch(first.question), {})}
    results = second.answered(tag_batch(second.question), earlier)
    expected = [[t.label for t in tags_of(text)] for text in ("ok", "ok", "novo")]
    assert results.column("labels").to_pylist() == expected
    assert [key[0] for key, _ in second.kept(results)] == ["ok"]


def test_long_texts_are_not_kept():
    cache = ResultCache()
    assert [through(cache, chunk("x" * (MAX_TEXT + 1)))[0] for _ in range(3)] == [1, 1, 1]


def test_the_cache_is_bounded():
    cache = ResultCache(max_characters=1000)
    for i in range(200):
        for _ in range(2):
            through(cache, chunk(f"text {i}"))
    assert sum(len(k[0]) + 64 for k in cache._results) <= 1000 // 3
    assert sum(len(k[0]) + 64 for k in cache._seen) <= 1000
    assert through(cache, chunk("text 199"))[0] == 0
    assert through(cache, chunk("text 0"))[0] == 1


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(["", "ok", "hvala", "Čekao", "a", "b", "c"]), min_size=1), max_size=8))
def test_results_are_those_of_every_row_asked_for_itself(batches):
    cache = ResultCache()
    for texts in batches:
        _, results = through(cache, chunk(*texts))
        assert results.column("tags").type == TAGS_TYPE
        assert results.column("labels").to_pylist() == [[t.label for t in tags_of(text)] for text in texts]
        assert [[t["score"] for t in row] for row in results.column("tags").to_pylist()] == [
            [t.score for t in tags_of(text)] for text in texts
        ]
        assert results.column("language").type == pa.string()
