import json

import pytest

from cxmining.corpora.challenge import Case, load_challenge, pass_rates, read_cases
from cxmining.errors import CorpusError

KINDS = {"negation", "hypothetical", "advice", "neighbours", "noise", "substitution", "turns", "long"}


def case(**changes):
    return {
        "id": "x",
        "language": "hr",
        "kind": "negation",
        "text": "t",
        "absent": ["contempt"],
        "note": "n",
        **changes,
    }


def test_the_shipped_suite_has_every_kind_in_every_language():
    cases = load_challenge()
    for code in ("hr", "ru", "ja"):
        for kind in KINDS:
            assert sum(c.language == code and c.kind == kind for c in cases) >= 25
    assert {c.kind for c in load_challenge("ja", "noise")} == {"noise"}
    assert sum(len(c.variants) for c in load_challenge(kind="noise")) >= 75


def test_a_case_holds_only_if_all_its_texts_do():
    c = Case.model_validate(case(variants=["u"], present=["praise"]))
    assert c.holds([["praise"], ["praise", "long_wait"]])
    assert not c.holds([["praise"], []])
    assert not c.holds([["praise"], ["praise", "contempt"]])


def test_pass_rates_count_by_kind_and_language():
    cases = [Case.model_validate(case(id=str(i), variants=["v"] * (i % 2))) for i in range(4)]
    rates = pass_rates(cases, lambda texts: [["contempt"] if i == 0 else [] for i, _ in enumerate(texts)])
    assert rates == {("negation", "hr"): (3, 4)}


@pytest.mark.parametrize("bad", [case(absent=[]), case(present=["contempt"]), case(kind="other"), case(extra=1)])
def test_cases_that_cannot_fail_or_break_the_schema_are_refused(tmp_path, bad):
    path = tmp_path / "c.jsonl"
    path.write_text(json.dumps(bad) + "\n")
    with pytest.raises(CorpusError, match=r"c\.jsonl, row 1"):
        list(read_cases(path))


def test_missing_suite(tmp_path):
    with pytest.raises(CorpusError, match="no challenge suite"):
        load_challenge(root=tmp_path)
