from typing import ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cxmining import Tagger, load_taxonomy
from cxmining.classifiers.base import Scores
from cxmining.errors import UsageError
from cxmining.pieces import PIECE_CHARACTERS


class Keyword:
    """Gives 'wait' to whatever says it, with the word as evidence; enough to see what the pipeline does."""

    name = "keyword"
    classes_ = ("wait", "rude")
    thresholds_ = np.array([0.5, 0.5], np.float32)
    words: ClassVar = {0: ("čekao", "ждал", "待"), 1: ("grub", "груб", "無礼")}

    def score(self, passages):
        hits = [[self._find(p.document.text, k) for k in (0, 1)] for p in passages]
        values = np.array([[0.9 if h else 0.1 for h in row] for row in hits], np.float32).reshape(len(passages), 2)
        return Scores(values, lambda i, k: [hits[i][k]])

    def _find(self, text, k):
        for word in self.words[k]:
            at = text.lower().find(word)
            if at >= 0:
                return at, at + len(word)
        return None

    def predict_proba(self, passages):
        return self.score(passages).documents


@pytest.fixture
def keyword():
    return Tagger(Keyword(), load_taxonomy())


def test_evidence_comes_back_in_raw_offsets(keyword):
    raw = "Ja sam c\u030cekao\u00a0tri\u00adsata, zbilja sam predugo čekao."
    tag = keyword.tag(raw)[0].tags[0]
    span = tag.evidence[0]
    assert raw[span.start : span.end] == span.quote == "c\u030cekao"
    assert (tag.label, tag.model) == ("wait", "keyword")


def test_other_languages_pass_through_without_tags(keyword):
    found = keyword.tag(["I waited for three hours and nobody came to help me.", "", "Ждал три часа."])
    assert [t.language for t in found] == ["other", found[1].language, "ru"]
    assert [t.labels for t in found] == [[], [], ["wait"]]


def test_stated_and_forced_languages(keyword):
    assert keyword.tag("待", language="ja")[0].labels == ["wait"]
    forced = Tagger(Keyword(), load_taxonomy(), language="hr")
    assert forced.tag("I waited, čekao")[0].language == "hr"


def test_rows_keep_their_order_and_columns(keyword):
    batch = pa.RecordBatch.from_pydict(
        {"id": ["a", "b"], "text": ["Grub je.", None], "score": [1, 2], "labels": ["x", "y"], "language": ["hr", None]}
    )
    out = keyword.tag_batch(batch)
    assert out.schema.names == ["id", "text", "score", "input_labels", "input_language", "language", "labels", "tags"]
    assert out.column("labels").to_pylist() == [["rude"], []]
    assert out.column("score").to_pylist() == [1, 2]


def test_speakers_and_times_reach_the_evidence(keyword):
    raw = "Dobar dan\nČekao sam tri sata"
    blocks = [
        {"start": 0, "end": 9, "kind": "turn", "speaker": "Agent", "time": "00:00:01"},
        {"start": 10, "end": 28, "kind": "turn", "speaker": "Korisnik", "time": "00:00:05"},
    ]
    batch = pa.RecordBatch.from_pydict({"text": [raw], "language": ["hr"], "blocks": [blocks]})
    span = keyword.tag_batch(batch).column("tags").to_pylist()[0][0]["evidence"][0]
    assert (span["speaker"], span["time"], span["turn"], span["quote"]) == ("Korisnik", "00:00:05", 2, "Čekao")
    batch = pa.RecordBatch.from_pydict({"text": [raw], "language": ["hr"], "blocks": [blocks[1:]]})
    silent = Tagger(Keyword(), load_taxonomy(), speaker="agent").tag_batch(batch)
    assert silent.column("labels").to_pylist() == [[]]
    with pytest.raises(UsageError, match="no party"):
        Tagger(Keyword(), load_taxonomy(), speaker="Ana")


def test_long_texts_are_tagged_whole(keyword):
    filler = "Sve je bilo u redu danas. " * (3 * PIECE_CHARACTERS // 26)
    raw = filler + "Onda sam čekao."
    tag = keyword.tag(raw, language="hr")[0].tags[0]
    assert raw[tag.evidence[0].start : tag.evidence[0].end] == "čekao"
    assert tag.evidence[0].start > len(filler)


def test_lone_surrogates_and_boilerplate_only(keyword):
    found = keyword.tag(["Čekao \ud800 sam", "- - -"], language="hr")
    assert found[0].labels == ["wait"]
    assert found[0].text == "Čekao \ufffd sam"
    blocks = [{"start": 0, "end": 5, "kind": "boilerplate", "speaker": None, "time": None}]
    batch = pa.RecordBatch.from_pydict({"text": ["Čekao"], "language": ["hr"], "blocks": [blocks]})
    assert keyword.tag_batch(batch).column("labels").to_pylist() == [[]]


def test_the_output_schema_follows_from_the_input_schema(keyword):
    one = pa.RecordBatch.from_arrays([pa.array(["x"]), pa.array([None], pa.string())], names=["text", "language"])
    two = pa.RecordBatch.from_arrays([pa.array(["x"]), pa.array(["hr"], pa.string())], names=["text", "language"])
    assert keyword.tag_batch(one).schema == keyword.tag_batch(two).schema


def test_empty_batch(keyword):
    out = keyword.tag_batch(pa.RecordBatch.from_pydict({"text": pa.array([], pa.string())}))
    assert out.num_rows == 0
    assert keyword.tag([]) == []


def test_frame(keyword):
    frame = pd.DataFrame({"comment": ["Čekao sam dugo.", None, np.nan], "x": [1, 2, 3]}, index=[7, 8, 9])
    out = keyword.tag_frame(frame, text="comment")
    assert out["labels"].tolist() == [["wait"], [], []]
    assert out.index.tolist() == [7, 8, 9]
    assert "labels" not in frame
    again = keyword.tag_frame(out, text="comment")
    assert again["input_labels"].tolist() == [["wait"], [], []]
    with pytest.raises(UsageError, match="no column 'text'"):
        keyword.tag_frame(frame)


@pytest.mark.parametrize("threshold", [0.0, 1.0, -3])
def test_thresholds_are_checked(threshold):
    with pytest.raises(UsageError, match="between 0 and 1"):
        Tagger(Keyword(), load_taxonomy(), threshold=threshold)


def test_threshold_for_all_labels():
    strict = Tagger(Keyword(), load_taxonomy(), threshold=0.95)
    assert strict.tag("Čekao sam dugo.")[0].labels == []


def test_unknown_forced_language():
    with pytest.raises(UsageError, match="not tagged"):
        Tagger(Keyword(), load_taxonomy(), language="de")


def test_every_quote_of_every_sample_stands_at_its_offsets(tagger, samples):
    from cxmining import read
    from cxmining.batch import record_batch
    from cxmining.records import Record

    records = [r for r in read([samples]) if isinstance(r, Record)]
    assert len(records) == 47
    tagged = tagger.tag_batch(record_batch(records))
    n_tags = 0
    for record, tags in zip(records, tagged.column("tags").to_pylist(), strict=True):
        for tag in tags:
            n_tags += 1
            assert tag["evidence"]
            for span in tag["evidence"]:
                assert record.text[span["start"] : span["end"]] == span["quote"]
    assert n_tags > 30
