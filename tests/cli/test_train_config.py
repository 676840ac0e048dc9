"""The configuration file of training."""

import dataclasses
import json

import pytest
from typer.testing import CliRunner

from cxmining.classifiers.checks import require_positive
from cxmining.cli.train_config import learning_options
from cxmining.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Form:
    """Stands for the size of a network."""

    width: int = 8


@dataclasses.dataclass(frozen=True)
class Parameters:
    """Stands for the parameters of a network."""

    epochs: int = 10
    learning_rate: float = 0.1
    shape: Form = dataclasses.field(default_factory=Form)

    def __post_init__(self):
        require_positive(epochs=self.epochs, learning_rate=self.learning_rate)


def test_the_file_wins_over_the_default_and_nothing_is_said_twice(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("[learning]\nepochs = 3\nlearning_rate = 0.5\n", encoding="utf-8")
    assert learning_options(path, Parameters) == Parameters(3, 0.5)
    assert learning_options(path, Parameters, epochs=None) == Parameters(3, 0.5)
    with pytest.raises(UsageError, match=r"learning\.epochs: given as an option as well"):
        learning_options(path, Parameters, epochs=7)
    assert learning_options(None, Parameters) == Parameters()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[learning]\nepoch = 3", r"learning\.epoch: no such parameter; there are epochs, learning_rate"),
        ("[learning.shape]\nwidht = 3", r"learning\.shape\.widht: no such parameter; there are width"),
        ("[learning]\nepochs = true", r"learning\.epochs: must be int, got True"),
        ("[learning]\nepochs = 0", "epochs must be a number above 0, got 0"),
        ("[learning]\nlearning_rate = nan", "learning_rate must be a number above 0, got nan"),
        ("[learning]\nepochs = 'three'", r"learning\.epochs: .*got 'three'"),
        ("learning = 3", "must be a table"),
        ("x = ", "not valid TOML"),
    ],
)
def test_a_bad_table_names_file_and_key(tmp_path, content, message):
    path = tmp_path / "c.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message) as caught:
        learning_options(path, Parameters)
    assert "c.toml" in str(caught.value)


def test_train_takes_its_options_from_the_file(tmp_path, monkeypatch):
    from cxmining.cli.main import app

    labelled = tmp_path / "labelled.jsonl"
    texts = {"long_wait": "Čekao sam {} sata u redu.", "contempt": "Vikala je na mene {} puta."}
    rows = [{"text": t.format(n), "labels": [k], "language": "hr"} for n in range(2, 14) for k, t in texts.items()]
    labelled.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    (tmp_path / "c.toml").write_text(
        f"kind = 'tfidf'\ncorpus = {str(labelled)!r}\nout = {str(tmp_path / 'a')!r}\n", encoding="utf-8"
    )
    done = CliRunner().invoke(app, ["train", "--config", str(tmp_path / "c.toml")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "a" / "model.json").is_file()
    done = CliRunner().invoke(app, ["train", "--config", str(tmp_path / "c.toml"), "-o", str(tmp_path / "b")])
    assert done.exit_code == 0 and (tmp_path / "b" / "model.json").is_file()


def test_an_unknown_option_in_the_file_is_named(tmp_path):
    from cxmining.cli.main import app

    (tmp_path / "c.toml").write_text("sed = 3\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["train", "--config", str(tmp_path / "c.toml")])
    assert done.exit_code != 0
    assert isinstance(done.exception, UsageError) and "sed: no such option" in str(done.exception)


@pytest.mark.parametrize(
    ("content", "more", "message"),
    [
        ("kind = 'tfidf'\n[learning]\nepochs = 3", (), "for the kinds transformer, distilled, fast"),
        ("kind = 'cascade'", ("--epochs", "3"), "for the kinds transformer, distilled, fast"),
        ("kind = 'tfidf'\nfresh = true", (), "for the kinds transformer, distilled, fast"),
        ("kind = 'transformer'", ("--calibrate-only", "--epochs", "3"), "learns nothing"),
        ("kind = 'linear-head'", ("--calibrate-only",), "goes with --kind transformer, distilled, fast"),
        ("kind = 'fast'", ("--calibrate-only", "--unlabelled", "x.csv"), "leave --unlabelled out"),
        ("kind = 'fast'", ("--calibrate-only", "--teacher", "transformer"), "leave --teacher out"),
        ("kind = 'tfidf'\nteacher = 'transformer'", (), "goes with --kind distilled or fast"),
        ("kind = 'tfidf'\nloss = 0.01", (), "are for the kind cascade, not tfidf"),
        ("kind = 'fast'", ("--tier", "fast"), "are for the kind cascade, not fast"),
    ],
)
def test_options_that_a_kind_does_not_have_are_refused(tmp_path, content, more, message):
    from cxmining.cli.main import app

    (tmp_path / "c.toml").write_text(content, encoding="utf-8")
    done = CliRunner().invoke(app, ["train", "--config", str(tmp_path / "c.toml"), *more])
    assert isinstance(done.exception, UsageError) and message in str(done.exception)
