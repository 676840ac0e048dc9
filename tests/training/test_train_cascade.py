"""A cascade refers to its tiers by folder, and refuses what is none."""

import json
import shutil
import tomllib

import pytest

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.cascade import CascadeTagger, Passing, contradicted
from cxmining.errors import ModelError, UsageError
from cxmining.evaluation.multilabel import f1_report
from cxmining.model_files import model_files
from cxmining.models import load_classifier
from cxmining.paths import shipped
from cxmining.training import TrainingRows, examples, train_cascade, train_tfidf

TAXONOMY = load_taxonomy()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    rows = TrainingRows(
        load_corpus(language="hr", split="train").rows[:60], load_corpus(language="hr", split="dev").rows[:20], []
    )
    train_tfidf(rows, TAXONOMY, folder / "quick")
    shutil.copytree(folder / "quick", folder / "good")
    shutil.copytree(folder / "quick", folder / "better")
    train_cascade(rows, TAXONOMY, folder / "both", [folder / "quick", folder / "better", folder / "good"])
    return folder, rows


def test_tiers_stand_beside_the_cascade(home, monkeypatch):
    folder, _ = home
    told = json.loads((folder / "both" / "model.json").read_text(encoding="utf-8"))
    assert told["tiers"] == ["quick", "better", "good"]
    monkeypatch.chdir(folder)
    tagger, _ = load_classifier("both")
    assert tagger.folders == ("quick", "better", "good")


def test_like_tiers_pass_on_only_what_rules_contradict(home):
    folder, rows = home
    card = tomllib.loads((folder / "both" / "card.toml").read_text(encoding="utf-8"))["deferral"]
    assert card["macro_f1_lost_on_development_rows"] == 0
    tagger, _ = load_classifier(folder / "both")
    passages = examples(rows.dev, TAXONOMY).passages
    given = tagger.tiers[0].predict_proba(passages) >= tagger.tiers[0].thresholds_
    reach = contradicted(passages, given, tagger.rules).mean()
    assert card["share_of_development_rows_that_reach_each_tier"] == pytest.approx([1, reach, reach], abs=1e-4)


def test_files_are_those_of_the_tiers(home):
    folder, _ = home
    found = {path.parent.name for path in model_files(folder / "both")}
    assert found == {"both", "quick", "better", "good"}
    assert {path.parent.name for path in model_files("linear-head")} == {"linear-head", "encoder"}


@pytest.mark.parametrize(
    ("tiers", "losses"),
    [(["quick"], [0.01]), (["quick", "good"], [-0.1]), (["quick", "good"], [0.1, 0.1]), (["quick", "good"], [])],
)
def test_one_tier_or_losses_that_do_not_fit_are_refused(home, tiers, losses):
    folder, rows = home
    with pytest.raises(UsageError, match=r"two tiers|from 0 up|take one loss"):
        train_cascade(rows, TAXONOMY, folder / "both", [folder / tier for tier in tiers], losses)


@pytest.mark.parametrize("losses", [[0.1, float("nan")], [float("inf")]])
def test_losses_that_are_no_numbers_are_named(home, losses):
    folder, rows = home
    with pytest.raises(UsageError, match=r"got (nan|inf)"):
        train_cascade(rows, TAXONOMY, folder / "two", [folder / "quick", folder / "better", folder / "good"], losses)


def test_rows_to_choose_margins_on_are_asked_for(home):
    folder, rows = home
    with pytest.raises(UsageError, match="split dev"):
        train_cascade(TrainingRows(rows.train, [], []), TAXONOMY, folder / "two", [folder / "quick", folder / "good"])


@pytest.fixture(scope="module")
def unlike(home):
    """Tiers that differ, the better the later."""
    folder, rows = home
    train = load_corpus(language="hr", split="train").rows
    for name, n in (("small", 60), ("middle", 300), ("large", 700)):
        train_tfidf(TrainingRows(train[:n], rows.dev, []), TAXONOMY, folder / name)
    return folder, rows, [folder / name for name in ("small", "middle", "large")]


@pytest.mark.parametrize("losses", [[0.02, 0.03], [0.0, 0.5], [0.5, 0.0], [0.01]])
def test_no_more_is_lost_than_was_allowed(unlike, losses):
    folder, rows, tiers = unlike
    told = train_cascade(rows, TAXONOMY, folder / "three", tiers, losses)["deferral"]
    assert told["macro_f1_allowed_to_lose"] == (losses if len(losses) == 2 else losses * 2)
    assert told["macro_f1_lost_on_development_rows"] <= sum(told["macro_f1_allowed_to_lose"]) + 1e-4
    tagger, _ = load_classifier(folder / "three")
    dev = examples(rows.dev, TAXONOMY)
    full = CascadeTagger(tagger.tiers, [Passing(99, p.kept) for p in tagger.passings], tagger.folders)
    lost = [
        f1_report(dev.gold.labels, model.predict_proba(dev.passages) >= model.thresholds_, dev.gold.known).macro
        for model in (full, tagger)
    ]
    assert lost[0] - lost[1] == pytest.approx(told["macro_f1_lost_on_development_rows"], abs=1e-4)


def test_each_loss_spares_the_tiers_behind_its_own(unlike):
    folder, rows, tiers = unlike
    shares = [
        train_cascade(rows, TAXONOMY, folder / "three", tiers, losses)["deferral"][
            "share_of_development_rows_that_reach_each_tier"
        ]
        for losses in ([0.0, 1.0], [1.0, 0.0])
    ]
    assert shares[0][1] > shares[1][1]
    assert shares[0][2] == 0


def test_margins_and_name_survive_the_file(unlike):
    folder, rows, tiers = unlike
    train_cascade(rows, TAXONOMY, folder / "three", tiers)
    tagger, _ = load_classifier(folder / "three")
    assert tagger.name == "three"
    told = json.loads((folder / "three" / "model.json").read_text(encoding="utf-8"))
    assert [p.margin for p in tagger.passings] == told["margins"]
    tagger.save(folder / "three")
    assert json.loads((folder / "three" / "model.json").read_text(encoding="utf-8")) == told


def test_a_folder_beside_the_cascade_goes_before_a_shipped_model(unlike):
    folder, rows, tiers = unlike
    shutil.copytree(tiers[0], folder / "fast")
    card = train_cascade(rows, TAXONOMY, folder / "three", ["fast", tiers[1]])
    assert card["deferral"]["tiers"] == ["fast", "middle"]
    tagger, _ = load_classifier(folder / "three")
    assert tagger.tiers[0].name == "tfidf"
    with pytest.raises(ModelError, match="same name"):
        train_cascade(rows, TAXONOMY, folder / "three", [shipped("models") / "fast", tiers[1]])


def test_a_cascade_is_no_tier(home):
    folder, rows = home
    with pytest.raises(ModelError, match="no tier"):
        train_cascade(rows, TAXONOMY, folder / "two", [folder / "quick", "thorough"])


def test_a_tier_elsewhere_is_refused(home, tmp_path):
    folder, rows = home
    with pytest.raises(ModelError, match="beside the cascade"):
        train_cascade(rows, TAXONOMY, tmp_path / "both", [folder / "quick", folder / "good"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"tiers": ["quick", "both", "good"]}, "no tier"),
        ({"tiers": ["quick", "better", "../good"]}, "name of a folder"),
        ({"tiers": ["good"]}, "two model folders"),
        ({"tiers": None}, "two model folders"),
        ({"margins": [0.5]}, "2 finite"),
        ({"margins": [0.5, float("nan")]}, "finite"),
        ({"margins": [0.5, -1]}, "finite"),
        ({"margins": [0.5, "1"]}, "finite"),
        ({"kept": [0.5, 1.5]}, "0 to 1"),
        ({"kept": None}, "finite"),
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
