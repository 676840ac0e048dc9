import time

import numpy as np
import pytest

from cxmining.classifiers.rules import Rules, RuleTagger
from cxmining.classifiers.rules.grammar import parse
from cxmining.errors import ModelError
from cxmining.records import LanguageGuess, Passage, Segment
from cxmining.taxonomy import load_taxonomy
from cxmining.text import segments, to_document

IDS = load_taxonomy().ids

# language, text, labels that must be there, labels that must not
ROWS = [
    ("hr", "Na liniji sam čekala četrdeset minuta.", "long_wait", "praise"),
    ("hr", "Cekao sam na salteru vise od dva sata.", "long_wait", ""),
    ("hr", "Nisam čekao ni dvije minute, sve pohvale!", "praise", "long_wait"),
    ("hr", "Da sam čekao dva sata, razumio bih.", "", "long_wait"),
    ("hr", "Telefon zvoni, ali nitko se ne javlja.", "unreachable_support", ""),
    ("hr", "Djelatnica nema ovlasti odobriti povrat.", "no_authority", ""),
    ("hr", "Jeste li otkazali ugovor?", "", "churn_intent"),
    ("hr", "Raskidam ugovor i prelazim drugom operateru.", "churn_intent", ""),
    ("hr", "Prijavit cu vas trzisnoj inspekciji.", "regulator_escalation", ""),
    ("hr", "NAPLATILI STE MI DVAPUT ISTU STVAR", "billing_error", ""),
    ("hr", "Gospođa je bila bezobrazna pred svima.", "contempt", "praise"),
    ("hr", "Nije bila bezobrazna, samo umorna.", "", "contempt"),
    ("hr", "Uređaj je neispravan, a struje nema od jutra.", "product_fault service_outage", ""),
    ("hr", "Kolega je na bolovanju i nema zamjene.", "no_cover", ""),
    ("hr", "Morala sam čekati dva sata u redu.", "long_wait", ""),
    ("hr", "Čekala sam dvije minute, ne više.", "", "long_wait"),
    ("hr", "Obećali su da će doći u utorak i došli su točno.", "", "broken_promise"),
    ("hr", "Rekli su da će doći u srijedu, danas je petak.", "broken_promise", ""),
    ("hr", "Nitko me nije prebacivao s odjela na odjel.", "", "buck_passing"),
    ("hr", "Poslovnica me šalje centrali, centrala poslovnici.", "buck_passing", ""),
    ("hr", "Ja to ne smijem odobriti, sustav mi ne da.", "no_authority", ""),
    ("hr", "Ni glavu nije digla s mobitela.", "indifference", "contempt"),
    ("hr", "Nije istina da su mi se smijali.", "", "contempt"),
    ("hr", "Krivo su mi upisali prezime na polici.", "order_error", ""),
    ("hr", "Perilica ne curi i radi tiho.", "", "product_fault"),
    ("hr", "Nije istina da se na telefon nitko ne javlja.", "", "unreachable_support"),
    ("hr", "Nije bilo tako da smo u redu čekali dva sata.", "", "long_wait"),
    ("hr", "Nitko se nije javio na telefon, uzalud sam zvao.", "unreachable_support", ""),
    ("hr", "Nikad više, idem konkurenciji.", "churn_intent", "praise"),
    ("hr", "Teta Ana je zlatna, svaka joj čast!", "praise", ""),
    ("hr", "Lijep je dan i sunce sja.", "", "praise long_wait"),
    ("ru", "Я ждал на линии сорок минут.", "long_wait", "praise"),
    ("ru", "Я не ждал и пяти минут, огромное спасибо!", "praise", "long_wait"),
    ("ru", "Если бы я ждал два часа, я бы понял.", "", "long_wait"),
    ("ru", "Обещали позвонить вечером и не перезвонили.", "broken_promise", ""),
    ("ru", "Ещё вчера мастёр не приехал", "broken_promise", ""),
    ("ru", "Трубку никто не берёт, почта молчит.", "unreachable_support", ""),
    ("ru", "Трубку никто не берет.", "unreachable_support", ""),
    ("ru", "Кассир не имеет права оформить возврат.", "no_authority", ""),
    ("ru", "Деньги списали дважды.", "billing_error", ""),
    ("ru", "Оператор нахамил и бросил трубку.", "contempt", ""),
    ("ru", "Оператор ни разу не нахамил.", "", "contempt"),
    ("ru", "Написала жалобу в Роспотребнадзор.", "regulator_escalation", ""),
    ("ru", "Чайник сломался, не советую.", "product_fault negative_word_of_mouth", ""),
    ("ru", "Мастер в отпуске, замены нет.", "no_cover", ""),
    ("ru", "Простояла в очереди больше часа, сидят в телефоне.", "long_wait indifference", ""),
    ("ru", "Кассир орала на меня и швырнула сдачу.", "contempt", ""),
    ("ru", "Очередей не было, хамства тоже не было.", "", "long_wait contempt"),
    ("ru", "Привезли не тот размер.", "order_error", ""),
    ("ru", "Мастер приехал вовремя, как и обещал в среду.", "", "broken_promise"),
    ("ru", "Сидим без света вторые сутки.", "service_outage", ""),
    ("ru", "Насчитали за месяц, когда никто не жил.", "billing_error", ""),
    ("ru", "Нет таких полномочий, решает только руководитель.", "no_authority", ""),
    ("ru", "Неправда, что трубку никто не берёт.", "", "unreachable_support"),
    ("ru", "Ждать два часа на линии мне не пришлось.", "", "long_wait"),
    ("ru", "Трубку никто не берёт, и это правда.", "unreachable_support", ""),
    ("ru", "Погода сегодня хорошая.", "", "praise long_wait"),
    ("ja", "窓口で二時間待たされました。", "long_wait", "praise"),
    ("ja", "窓口で二時間も待たされなかった。", "", "long_wait"),
    ("ja", "もし三時間待たされたら帰ります。", "", "long_wait"),
    ("ja", "何度電話しても誰も出ません。", "unreachable_support", ""),
    ("ja", "私には返金の権限がありません、と言われた。", "no_authority", ""),
    ("ja", "部署をたらい回しにされた。", "buck_passing", ""),
    ("ja", "たらい回しにはされていない。", "", "buck_passing"),
    ("ja", "ｶｰﾄﾞが突然止められました。", "service_outage", ""),
    ("ja", "料金が二重に請求された。", "billing_error", ""),
    ("ja", "担当者に鼻で笑われた。", "contempt", ""),
    ("ja", "明日、消費生活センターに相談します。", "regulator_escalation", ""),
    ("ja", "誰にもおすすめしません。", "negative_word_of_mouth", ""),
    ("ja", "担当は休暇で、代わりの人はいない。", "no_cover", ""),
    ("ja", "「規則ですから」の一点張りだった。", "rigid_policy", ""),
    ("ja", "頭が下がる対応で、買ってよかったです。", "praise", "long_wait"),
    ("ja", "店長の許可がないと返金できないと言われた。", "no_authority", ""),
    ("ja", "受付の人に怒鳴られるかと思ったが、親切だった。", "praise", "contempt"),
    ("ja", "話の途中でガチャ切りされた。", "contempt", ""),
    ("ja", "話の途中でガチャ切りされたことはない。", "", "contempt"),
    ("ja", "予約を頼んだのに席が確保されていない。", "order_error", ""),
    ("ja", "同じ説明を何度もさせられた。", "repeat_contact", ""),
    ("ja", "来月から別の銀行に乗り換えます。", "churn_intent", ""),
    ("ja", "誰も電話に出ないというようなことは一度もありませんでした。", "", "unreachable_support"),
    ("ja", "窓口で二時間待たされた、ということは一切なかった。", "", "long_wait"),
    ("ja", "窓口で二時間待たされ、謝罪もなかった。", "long_wait", ""),
    ("ja", "今日は天気がいい。", "", "praise long_wait"),
]
SMALL = """
boundary = '[.!?]'
[fold]
replace = "č"
by = "c"
[fragments]
gap = '{gap}'
[cues.{cue}]
before = ['{before}']
[labels.{label}]
precision = {precision}
patterns = ['{pattern}']
"""
GOOD = {
    "gap": r"\W+",
    "cue": "negation",
    "before": "ne",
    "label": "long_wait",
    "precision": "0.9",
    "pattern": "čeka<gap>sat",
}


@pytest.fixture(scope="module")
def rules():
    return Rules.load(IDS)


def passage(text, language):
    document = to_document(text, LanguageGuess(language, 1.0))
    return Passage(document, tuple(segments(document)))


def whole(text, language, kind="text"):
    document = to_document(text, LanguageGuess(language, 1.0))
    return Passage(document, (Segment(0, len(document.text), kind),))


@pytest.mark.parametrize(("language", "text", "present", "absent"), ROWS)
def test_rules_find_what_is_said_and_meant(rules, language, text, present, absent):
    found = {IDS[i] for i in rules.hits(passage(text, language))}
    assert set(present.split()) <= found
    assert not set(absent.split()) & found


@pytest.mark.parametrize(("language", "text"), [row[:2] for row in ROWS])
def test_intervals_lie_in_the_text_in_order(rules, language, text):
    p = passage(text, language)
    for intervals in rules.hits(p).values():
        flat = [offset for interval in intervals for offset in interval]
        assert flat == sorted(flat)
        assert all(0 <= a < b <= len(p.document.text) for a, b in intervals)


def test_offsets_survive_letters_that_grow_when_lowered(rules):
    p = whole("İİİ Čekao sam dva sata.", "hr")
    ((a, b),) = rules.hits(p)[IDS.index("long_wait")]
    assert p.document.text[a:b] == "Čekao sam dva sata"


def test_boilerplate_and_other_languages_are_skipped(rules):
    assert rules.hits(whole("Čekao sam dva sata.", "hr", "boilerplate")) == {}
    assert rules.hits(whole("Čekao sam dva sata.", "other")) == {}


def test_bosnian_is_served_by_the_croatian_rules(rules):
    assert IDS.index("long_wait") in rules.hits(whole("Čekao sam dva sata.", "bs"))


def test_every_label_has_patterns_in_every_language(rules):
    for grammar in rules.grammars.values():
        assert set(grammar.labels) == set(IDS)
        assert all(4 <= len(r.patterns) <= 12 for r in grammar.labels.values())


def test_columns_follow_the_classes_and_unknown_classes_are_silent():
    few = Rules.load(["my_own_label", "long_wait"])
    assert list(few.hits(whole("Čekao sam dva sata.", "hr"))) == [1]
    assert few.precision("hr")[0] == 0


def test_tagger_gives_precision_for_a_hit_and_little_for_silence(rules, tmp_path):
    tagger = RuleTagger(rules)
    passages = [whole("Čekao sam dva sata.", "hr"), whole("Hello.", "other")]
    scores = tagger.score(passages)
    column = IDS.index("long_wait")
    assert tagger.name == "rules"
    assert tagger.classes_ == IDS
    assert (tagger.thresholds_ == 0.5).all()
    assert scores.documents.dtype == np.float32
    assert scores.documents[0, column] == rules.precision("hr")[column] > 0.5
    assert (scores.documents[1] == np.float32(0.02)).all()
    assert scores.evidence(0, column) == [(0, 18)]
    assert scores.evidence(1, column) == [(0, 6)]
    np.testing.assert_array_equal(tagger.predict_proba(passages), scores.documents)
    with pytest.raises(ModelError, match="not saved"):
        tagger.save(tmp_path)


def test_a_sound_rule_file_is_read():
    grammar = parse("x.toml", SMALL.format(**GOOD), IDS)
    assert grammar.labels["long_wait"].patterns[0].regex.search("ceka, sat")


@pytest.mark.parametrize("pattern", ["([a-z])a na \\1b", "(?i)ČEKA", "x|čeka", "^na red"])
def test_gates_let_every_pattern_through(pattern):
    rules = parse("x.toml", SMALL.format(**{**GOOD, "pattern": pattern}), IDS).labels["long_wait"]
    extra = parse("x.toml", SMALL.format(**{**GOOD, "pattern": "nigdje"}), IDS).labels["long_wait"]
    both = SMALL.format(**{**GOOD, "pattern": pattern}).replace("patterns = [", "patterns = ['nigdje', ")
    together = parse("x.toml", both, IDS).labels["long_wait"]
    for text in ("sa na sb", "ceka red", "na red", "nigdje"):
        expected = [any(p.regex.search(text) for p in found.patterns) for found in (rules, extra)]
        assert any(gate.search(text) for gate in together.gates) == any(expected)
        assert any(gate.search(text) for gate in rules.gates) == expected[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "nonsense"}, r"x\.toml: labels\.nonsense: no such label"),
        ({"pattern": "(čeka"}, r"x\.toml: labels\.long_wait\.patterns\.0: bad regular"),
        ({"pattern": "(?:čeka)?"}, r"labels\.long_wait\.patterns\.0: .*empty text"),
        ({"pattern": "čeka<gop>"}, r"labels\.long_wait\.patterns\.0: no such fragment: <gop>"),
        ({"before": "(ne"}, r"x\.toml: cues\.negation\.before\.0: bad regular"),
        ({"precision": "1.5"}, r"x\.toml: labels\.long_wait\.precision"),
        ({"cue": "irony"}, r"x\.toml: cues\.irony"),
        ({"precision": "="}, r"x\.toml: not valid TOML"),
    ],
)
def test_a_faulty_rule_file_is_refused_with_its_place(change, message):
    with pytest.raises(ModelError, match=message):
        parse("x.toml", SMALL.format(**{**GOOD, **change}), IDS)


@pytest.mark.parametrize(
    ("language", "unit"),
    [
        ("hr", "čeka "),
        ("hr", "nitko ne "),
        ("hr", "1"),
        ("hr", "a"),
        ("hr", "čekao sam, "),
        ("ru", "жду "),
        ("ru", "не ни "),
        ("ru", "обещали"),
        ("ru", "отдел к отделу "),
        ("ru", "!"),
        ("ja", "待"),
        ("ja", "誰も"),
        ("ja", "から部へ"),
        ("ja", "二時間"),
        ("ja", "1"),
    ],
)
def test_repetition_does_not_explode(rules, language, unit):
    p = whole((unit * 100_000)[:100_000], language)
    start = time.process_time()
    rules.hits(p)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("text", "language", "vote"),
    [
        ("Čekao sam dva sata.", "hr", 1),
        ("Nisam čekao dva sata.", "hr", -1),
        ("Nisam čekao dva sata. Čekao sam dva sata u srijedu.", "hr", 1),
        ("Ждал два часа.", "ru", 1),
        ("Ждать два часа не пришлось.", "ru", -1),
        ("二時間も待たされた。", "ja", 1),
        ("二時間も待たされるということはありませんでした。", "ja", -1),
        ("二時間も待たされて説明されることもなかった", "ja", 1),
        ("二時間待たされて謝る気はないようだ", "ja", 1),
        ("二時間待たされても謝罪のひとことはなかった", "ja", 1),
        ("二時間も待たされて誰も来ることはありませんでした", "ja", 1),
        ("二時間も待たされたとはいえまだ連絡がない", "ja", 1),
        ("Lijep dan.", "hr", 0),
    ],
)
def test_a_vote_tells_what_is_told_from_what_is_taken_back(text, language, vote):
    votes = Rules.load(IDS).votes(passage(text, language))
    assert votes[IDS.index("long_wait")] == vote


def test_votes_agree_with_hits_and_answer_only_what_is_asked():
    rules = Rules.load(IDS)
    p = passage("Čekao sam dva sata, a šef kaže da žalbe nisu njegov posao.", "hr")
    votes = rules.votes(p)
    assert set(np.flatnonzero(votes == 1)) == set(rules.hits(p))
    assert not np.delete(rules.votes(p, [3]), 3).any()
