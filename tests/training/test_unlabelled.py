"""Texts without labels are read from files, and what cannot teach is told."""

import pytest
from typer.testing import CliRunner

from cxmining.cli.main import app
from cxmining.errors import InputError
from cxmining.training import unlabelled_passages

HR = "Čekala sam sat vremena na liniji i nitko se nije javio."


def test_texts_of_the_three_languages_are_taken_and_the_rest_counted(tmp_path):
    path = tmp_path / "export.csv"
    rows = [HR, "Никто мне так и не перезвонил за две недели.", "電話が三十分もつながりませんでした。"]
    rows += ["Nobody called me back for two weeks and I am tired of it.", ""]
    path.write_text("id,text\n" + "".join(f'{i},"{row}"\n' for i, row in enumerate(rows)), encoding="utf-8")
    seen = []
    passages, n_left_out = unlabelled_passages([str(path)], seen.append)
    assert [p.language for p in passages] == ["hr", "ru", "ja"]
    assert passages[0].text == HR
    assert n_left_out == 2
    assert len(seen) == 1


def test_no_file_is_no_text():
    assert unlabelled_passages([]) == ([], 0)


def test_a_file_without_a_usable_text_is_refused(tmp_path):
    path = tmp_path / "english.txt"
    path.write_text("Nobody called me back for two weeks and I am tired of it.\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"english\.txt: no text in Croatian, Russian or Japanese"):
        unlabelled_passages([str(path)])


def test_only_students_take_them(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text(HR, encoding="utf-8")
    done = CliRunner().invoke(app, ["train", "--unlabelled", str(path), "-o", str(tmp_path / "m")])
    assert done.exit_code != 0
    assert "--unlabelled goes with --kind distilled or fast" in str(done.exception)
