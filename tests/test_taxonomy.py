import pytest

from cxmining.errors import TaxonomyError
from cxmining.taxonomy import load_taxonomy

IDS = [
    "encapsulated_department",
    "disconnected_department",
    "siloed_information",
    "no_cover",
    "inward_efficiency",
    "lack_of_ownership",
    "buck_passing",
    "broken_promise",
    "no_authority",
    "untrained_staff",
    "rigid_policy",
    "long_wait",
    "unreachable_support",
    "automation_barrier",
    "repeat_contact",
    "contempt",
    "indifference",
    "misleading_promise",
    "service_outage",
    "order_error",
    "billing_error",
    "account_change_failure",
    "product_fault",
    "regulator_escalation",
    "churn_intent",
    "negative_word_of_mouth",
    "praise",
]

MINIMAL = """
[codebook]
id = "own"
version = "0.1.0"
title = "Own"
languages = ["en"]
[[families]]
id = "f"
name = { en = "F" }
[[labels]]
id = "late"
family = "f"
name = { en = "Late" }
definition = { en = "Came late." }
"""


def test_shipped_codebook_has_the_fixed_labels_in_order():
    taxonomy = load_taxonomy()
    assert taxonomy.ids == tuple(IDS)
    assert [label.id for label in taxonomy.labels if label.kind == "outcome_signal"] == IDS[-4:]
    for label in taxonomy.labels:
        assert set(label.name) == set(label.definition) == {"en", "hr", "ru", "ja"}
        assert label.includes


def test_own_codebook(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(MINIMAL, encoding="utf-8")
    taxonomy = load_taxonomy(path)
    assert taxonomy.ids == ("late",)
    assert taxonomy.name("late", "hr") == "Late"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('id = "late"', 'id = "Too Late"', "labels.Too Late.id"),
        ('family = "f"', 'family = "g"', "labels.late.family"),
        ('definition = { en = "Came late." }', "", "labels.late.definition"),
        ('name = { en = "Late" }', 'name = { hr = "Kasno" }', "labels.late.name.en"),
        ('version = "0.1.0"', 'version = "one"', "codebook.version"),
        ('id = "late"', 'id = "late"\nseverity = 7', "labels.late.severity"),
        ('id = "late"', 'id = "late"\ncolour = "red"', "labels.late.colour"),
        ('id = "late"', 'id = "late"\nneighbours = ["early"]', "labels.late.neighbours"),
        ("[codebook]", "[codebook", "not valid TOML"),
    ],
)
def test_errors_name_the_key(tmp_path, old, new, named):
    path = tmp_path / "own.toml"
    path.write_text(MINIMAL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TaxonomyError, match=named.replace(".", r"\.")) as caught:
        load_taxonomy(path)
    assert "own.toml" in str(caught.value)


def test_duplicate_ids_and_missing_file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(MINIMAL + MINIMAL[MINIMAL.index("[[labels]]") :], encoding="utf-8")
    with pytest.raises(TaxonomyError, match="'late' is given twice"):
        load_taxonomy(path)
    with pytest.raises(TaxonomyError, match="no such codebook"):
        load_taxonomy(tmp_path / "none.toml")
