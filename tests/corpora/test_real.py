import hashlib
import json
from pathlib import Path

import pytest

from cxmining.corpora.real import load_real_eval, read_references
from cxmining.errors import CorpusError
from cxmining.paths import shipped

REAL = Path(__file__).parent.parent.parent.parent / "shared" / "realtext"
TEXT = "Čekao sam tri sata."


@pytest.fixture
def labelled(tmp_path):
    folder = tmp_path / "corpora" / "real_eval"
    folder.mkdir(parents=True)
    row = {
        "source": "s",
        "source_id": "1",
        "language": "hr",
        "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "labels": ["long_wait"],
        "evidence": [{"label": "long_wait", "start": 0, "end": 18}],
    }
    (folder / "hr.jsonl").write_text(json.dumps(row) + "\n")
    return tmp_path / "corpora"


def texts(folder, text):
    folder.mkdir()
    row = {"source": "s", "id": "1", "language": "hr", "text": text}
    (folder / "hr.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return folder


def test_labels_and_texts_are_joined(labelled, tmp_path):
    corpus = load_real_eval(texts(tmp_path / "t", TEXT), labelled)
    assert [(r.id, r.text, r.labels, r.split) for r in corpus] == [("s/1", TEXT, ("long_wait",), "test")]


def test_a_changed_text_is_not_taken_for_the_labelled_one(labelled, tmp_path):
    with pytest.raises(CorpusError, match="none of the 1 labelled texts"):
        load_real_eval(texts(tmp_path / "t", TEXT + "!"), labelled)


def test_shipped_references_hold_no_text():
    for path in sorted((shipped("corpora") / "real_eval").glob("*.jsonl")):
        rows = list(read_references(path))
        assert len(rows) >= 200
        assert all("text" not in json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


@pytest.mark.skipif(not REAL.is_dir(), reason="the real texts are not part of the project")
def test_shipped_references_find_their_texts():
    corpus = load_real_eval(REAL)
    for code in ("hr", "ru", "ja"):
        assert sum(r.language == code for r in corpus) >= 200
    for row in corpus:
        assert all(s.end <= len(row.text) for s in row.evidence)
