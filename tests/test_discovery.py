"""Topics from text to folder, on a few dozen sentences in three languages."""

import json
import random

import numpy as np
import pytest

from cxmining.discovery import FitOptions, apply_topics, discover, discover_lexical
from cxmining.errors import InputError, UsageError
from cxmining.explaining import Explained, explain_narratives, find_uncovered
from cxmining.models import shipped_encoder
from cxmining.narratives import read_narratives
from cxmining.records import Origin, Record
from cxmining.taxonomy import load_taxonomy
from cxmining.topic_report import Breakdown, document_rows, segment_rows, topic_report
from cxmining.topic_run import Guidance, Inquiry, codebook_seeds, run_topics
from cxmining.topics.complaint import load_direction
from cxmining.topics.state import load_topics

SENTENCES = {
    "food": {
        "hr": [
            "Hrana u restoranu bila je hladna i neslana.",
            "Juha je bila hladna, a meso tvrdo.",
            "Ručak u hotelu bio je bez okusa.",
        ],
        "ru": [
            "Еда в ресторане была холодной и пресной.",
            "Суп был холодный, мясо жёсткое.",
            "Обед в отеле был без вкуса.",
        ],
        "ja": [
            "レストランの料理が冷めていて味が薄い。",
            "スープがぬるく、肉が硬かった。",
            "ホテルの昼食は味がなかった。",
        ],
    },
    "phone": {
        "hr": [
            "Na telefon se nitko ne javlja satima.",
            "Zovem broj podrške, a linija je zauzeta.",
            "Operater nije podigao slušalicu.",
        ],
        "ru": [
            "По телефону часами никто не отвечает.",
            "Звоню на номер поддержки, линия занята.",
            "Оператор не взял трубку.",
        ],
        "ja": [
            "電話に何時間も誰も出ない。",
            "サポートの番号に電話しても話し中だ。",
            "オペレーターが電話を取らなかった。",
        ],
    },
    "parcel": {
        "hr": [
            "Paket je stigao oštećen i otvoren.",
            "Dostavljač je ostavio pošiljku pred vratima.",
            "Kurir je izgubio moj paket.",
        ],
        "ru": [
            "Посылка пришла повреждённой и открытой.",
            "Курьер оставил посылку под дверью.",
            "Доставка потеряла мою посылку.",
        ],
        "ja": [
            "荷物が破れて開いた状態で届いた。",
            "配達員が荷物を玄関の前に置いていった。",
            "宅配業者が荷物をなくした。",
        ],
    },
}


def make_records():
    found = []
    for _, languages in SENTENCES.items():
        for code, texts in languages.items():
            for n, text in enumerate(texts):
                k = len(found)
                columns = {"shop": "A" if n % 2 else "B", "tags": []}
                found.append(
                    Record(f"r{k}", text, Origin("<memory>", k), code, f"2026-0{1 + k % 4}-15", columns=columns)
                )
    found.append(
        Record("en", "This is a sentence in quite another language.", Origin("<memory>", 99), columns={"tags": []})
    )
    found.append(Record("empty", "  ", Origin("<memory>", 100), "hr", columns={"tags": []}))
    return found


@pytest.fixture(scope="module")
def narratives():
    return read_narratives(make_records())


OPTIONS = FitOptions(n_topics=3, outlier_share=0.05, n_axes=16)


def test_narratives_hold_every_document_and_raw_offsets(narratives):
    assert len(narratives.records) == 29
    assert sorted(narratives.rows.tolist()) == list(range(29))
    silent = {r.id for d, r in enumerate(narratives.records) if d not in set(narratives.segments.documents.tolist())}
    assert silent == {"en", "empty"}
    assert all(text.strip() == text and text for text in narratives.texts)


def test_topics_do_not_depend_on_the_order_of_rows(narratives):
    first = discover(narratives, OPTIONS)
    mixed = make_records()
    random.Random(5).shuffle(mixed)
    second = discover(read_narratives(mixed), OPTIONS)
    np.testing.assert_array_equal(first.model.centroids, second.model.centroids)
    assert first.topics == second.topics
    by_id = {(r["id"], r["start"]): (r["topic"], r["weight"]) for r in segment_rows(first)}
    rows = list(segment_rows(second))
    assert {(r["id"], r["start"]): (r["topic"], r["weight"]) for r in rows} == by_id
    order = {record.id: n for n, record in enumerate(mixed)}
    assert [order[r["id"]] for r in rows] == sorted(order[r["id"]] for r in rows)


def test_languages_share_topics(narratives):
    found = discover(narratives, OPTIONS, assign_outliers=True)
    kind = {r.id: k for k, name in enumerate(SENTENCES) for r in make_records()[9 * k : 9 * k + 9]}
    truth = np.array([kind[narratives.records[d].id] for d in narratives.segments.documents])
    hits = sum(np.bincount(found.assignment.topics[truth == k], minlength=3).max() for k in range(3))
    assert hits >= 0.75 * len(truth)
    assert any(len(t.names) == 3 for t in found.topics)
    assert all(t.names for t in found.topics)


def test_seeds_guide(narratives):
    seeds = {"telephone": ["nitko se ne javlja na telefon", "никто не берёт трубку", "電話がつながらない"]}
    found = discover(narratives, OPTIONS, seeds)
    assert found.topics[0].seed == "telephone"
    ids = {row["id"] for row in segment_rows(found) if row["topic"] == 0}
    assert len(ids & {f"r{n}" for n in range(9, 18)}) >= 5
    assert len(codebook_seeds(load_taxonomy())) == 23


def test_lexical_topics(narratives):
    found = discover_lexical(narratives, 4)
    assert found.model is None
    assert len(found.topics) == 4


def test_too_little_text():
    nothing = read_narratives([Record("1", "Da.", Origin("<memory>", 1), "hr")])
    with pytest.raises(InputError, match="check the text column"):
        discover(nothing)
    with pytest.raises(InputError, match="check the text column"):
        discover_lexical(nothing)


def test_reports(narratives):
    found = discover(narratives, OPTIONS)
    explained = explain_narratives(narratives, lambda: pytest.fail("tags are there already"), load_taxonomy())
    left = find_uncovered(narratives, explained)
    assert left.n_uncovered == left.n_complaints > 0
    assert left.candidates == left.closest == []
    report = topic_report(found, explained, left, Breakdown(("shop",)))
    again = json.loads(json.dumps(report, ensure_ascii=False))
    assert again["n_documents"] == 29
    texts = {r.id: r.text for r in make_records()}
    for topic in again["topics"]:
        assert topic["quotes"]
        for quote in topic["quotes"]:
            assert texts[quote["id"]][quote["start"] : quote["end"]] == quote["quote"]
    assert set(again["prevalence"]) == {"language", "shop", "time (month)"}
    assert len(again["trends"]["topics"]) == 3
    assert again["quality"]["hr"]["diversity"] > 0


def test_the_uncovered_are_clustered_and_held_against_the_codebook():
    plain = [
        "Soba je bila premala i prljava.|Krevet u sobi bio je tvrd i star.|Soba je bila bučna cijelu noć.",
        "Номер был тесный и грязный.|Кровать в номере была жёсткая.|В номере было шумно всю ночь.",
        "部屋が狭くて汚かったです。|部屋のベッドが硬くて眠れなかった。|部屋が一晩中うるさかったです。",
    ]
    texts = [(code, f"{t} ({n})") for code, row in zip(("hr", "ru", "ja"), plain, strict=True)
             for t in row.split("|") for n in range(6)]  # fmt: skip
    made = [Record(str(k), t, Origin("<memory>", k), code, columns={"tags": []}) for k, (code, t) in enumerate(texts)]
    some = read_narratives(made)
    explained = explain_narratives(some, lambda: pytest.fail("tags are there already"), load_taxonomy())
    left = find_uncovered(some, explained, 2, definitions=codebook_seeds(load_taxonomy()))
    assert left.n_uncovered >= 30
    assert len(left.candidates) == len(left.closest) == 2
    assert set(left.closest) <= set(explained.labels)
    report = topic_report(discover(some, OPTIONS), explained, left)
    assert all(c["closest_mode"] and c["quotes"] for c in report["uncovered"]["candidates"])
    everything = explained.evidence.copy()
    everything[:, 0] = True
    covered = find_uncovered(some, Explained(explained.labels, everything, explained.documents))
    assert (covered.n_uncovered, covered.candidates) == (0, [])


def test_documents_have_weights_that_add_up(narratives):
    rows = list(document_rows(discover(narratives, OPTIONS)))
    assert [r["id"] for r in rows] == [r.id for r in make_records()]
    assert all(sum(t["weight"] for t in r["topics"]) == pytest.approx(1, abs=1e-3) for r in rows if r["topics"])


def test_complaints_are_told_from_praise():
    encoder = shipped_encoder()
    direction = load_direction(encoder.fingerprint)
    from cxmining.encoders import centre

    pairs = [
        ("hr", "Čekao sam tri sata i nitko se nije javio.", "Osoblje je bilo divno, hvala!"),
        ("ru", "Два часа висел на линии, никто не ответил.", "Спасибо, всё прошло отлично."),
        ("ja", "三時間待っても誰も対応してくれなかった。", "スタッフの方がとても親切でした。"),
    ]
    for code, bad, good in pairs:
        low, high = direction.score(centre(encoder.encode([good, bad]).documents, [code] * 2, encoder.means))
        assert high > 0.5 > low


def test_a_run_writes_a_folder_that_new_texts_can_use(tmp_path):
    stages = []
    records = make_records()
    arguments = (Inquiry(n_topics=3, model=None), Guidance(), Breakdown(), lambda stage, n: stages.append(n))
    report = run_topics(records, tmp_path / "a", *arguments)
    names = {p.name for p in (tmp_path / "a").iterdir()}
    assert {"topics.json", "segments.jsonl", "documents.jsonl", "index.html"} <= names
    assert json.loads((tmp_path / "a" / "topics.json").read_text(encoding="utf-8")) == json.loads(json.dumps(report))
    assert stages[-1] == 29
    model = load_topics(tmp_path / "a", shipped_encoder().fingerprint)
    assert model.n_topics == 3
    new = Record("new", "Nitko se ne javlja na telefon, linija je stalno zauzeta.", Origin("<memory>", 1), "hr")
    later = apply_topics(model, read_narratives([new]), assign_outliers=True)
    rows = [json.loads(line) for line in (tmp_path / "a" / "segments.jsonl").read_text(encoding="utf-8").splitlines()]
    old = {row["id"]: row["topic"] for row in rows}
    assert later.assignment.topics[0] in {old["r9"], old["r10"]}


@pytest.mark.parametrize(
    ("inquiry", "guidance", "breakdown", "error"),
    [
        (Inquiry(language="de"), Guidance(), Breakdown(), UsageError),
        (Inquiry(method="nmf"), Guidance(codebook=True), Breakdown(), UsageError),
        (Inquiry(), Guidance({"x": ["y"]}, fitted="somewhere"), Breakdown(), UsageError),
        (Inquiry(), Guidance(), Breakdown(("none",)), InputError),
    ],
)
def test_options_that_do_not_go_together(tmp_path, inquiry, guidance, breakdown, error):
    with pytest.raises(error):
        run_topics(make_records(), tmp_path, inquiry, guidance, breakdown, lambda stage, n: None)
