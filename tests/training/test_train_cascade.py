"""A cascade refers to its tiers by folder, and refuses what is none."""

import json
import shutil

import pytest

from cxmining import load_corpus, load_taxonomy
from cxmining.errors import ModelError
from cxmining.models import load_classifier
from cxmining.training import TrainingRows, train_cascade, train_tfidf

TAXONOMY = load_taxonomy()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    rows = TrainingRows(
        load_corpus(language="hr", split="train").rows[:60], load_corpus(language="hr", split="dev").rows[:20], []
    )
    train_tfidf(rows, TAXONOMY, folder / "quick")
    shutil.copytree(folder / "quick", folder / "good")
    train_cascade(rows, TAXONOMY, folder / "both", (folder / "quick", folder / "good"))
    return folder, rows


def test_tiers_stand_beside_the_cascade(home, monkeypatch):
    folder, _ = home
    told = json.loads((folder / "both" / "model.json").read_text(encoding="utf-8"))
    assert (told["fast"], told["full"]) == ("quick", "good")
    assert told["held_out_share"] == 0.0
    monkeypatch.chdir(folder)
    tagger, _ = load_classifier("both")
    assert tagger.folders == ("quick", "good")


def test_a_tier_elsewhere_is_refused(home, tmp_path):
    folder, rows = home
    with pytest.raises(ModelError, match="beside the cascade"):
        train_cascade(rows, TAXONOMY, tmp_path / "both", (folder / "quick", folder / "good"))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"fast": "both"}, "no tier"),
        ({"full": "../good"}, "must name"),
        ({"margin": float("nan")}, "finite"),
        ({"classes": ["a", "b"]}, "labels"),
    ],
)
def test_a_changed_cascade_is_refused(home, tmp_path, change, problem):
    folder, _ = home
    shutil.copytree(folder, tmp_path / "home")
    path = tmp_path / "home" / "both" / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    with pytest.raises(ModelError, match=problem):
        load_classifier(tmp_path / "home" / "both")
