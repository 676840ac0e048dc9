"""Training on a codebook of one's own: whether the shipped tagger's scores may be learned from."""

import tomllib

import pytest

from cxmining import load_corpus, load_taxonomy
from cxmining.models import load_classifier
from cxmining.training import TrainingRows, train_stacked

TAXONOMY = load_taxonomy()


@pytest.fixture(scope="module")
def seen():
    return [r for code in ("hr", "ru", "ja") for r in load_corpus(language=code, split="train").rows[:12]]


def test_rows_of_ones_own_are_learned_beside_the_shipped_tagger(seen, tmp_path):
    own = [row.model_copy(update={"text": f"{row.text} ({row.id})"}) for row in seen]
    card = train_stacked(TrainingRows(own, [], []), TAXONOMY, tmp_path)
    assert "distilled" in card["learned_beside"]
    assert tomllib.loads((tmp_path / "card.toml").read_text(encoding="utf-8")) == card
    assert load_classifier(tmp_path)[0].source is not None
    metrics = card["metrics"]
    for figures in (metrics["all"], metrics["ja"]):
        low, high = figures["macro_f1_interval"]
        assert 0 <= low <= figures["macro_f1"] <= high <= 1
    assert metrics["ja"]["n"] == 12 and set(metrics["f1_interval_by_label"]) == set(TAXONOMY.ids)
    assert card["speed"]["texts_per_second"] > 0
    assert card["parameters"] == {"n_folds": 5, "seed": 0}


def test_rows_that_taught_the_shipped_tagger_are_learned_without_it(seen, tmp_path):
    card = train_stacked(TrainingRows(seen, [], []), TAXONOMY, tmp_path)
    assert card["learned_beside"].startswith("no other tagger: 36 of 36")
    assert load_classifier(tmp_path)[0].source is None
