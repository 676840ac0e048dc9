import pytest

from cxmining import load_taxonomy
from cxmining.errors import CorpusError, InputError, ModelError
from cxmining.training import TrainingRows, train_tfidf, training_rows

TAXONOMY = load_taxonomy()
CSV = """id;text;labels;language
1;Čekao sam tri sata na liniji.;long_wait;hr
2;Vrijeđali su me i spustili slušalicu.;contempt;hr
3;Sve je bilo u redu.;;hr
"""


def write(tmp_path, content, name="mine.csv"):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def test_a_labelled_table_becomes_training_rows(tmp_path):
    rows = training_rows(str(write(tmp_path, CSV)), TAXONOMY)
    assert [r.labels for r in rows] == [("long_wait",), ("contempt",), ()]
    assert {r.split for r in rows} == {"train"}
    assert {r.language for r in rows} == {"hr"}


def test_languages_are_identified_where_none_is_stated(tmp_path):
    rows = ['"Я ждал ответа три часа, никто не взял трубку.",long_wait', "電話が一時間もつながらなかった。,long_wait"]
    content = "\n".join(["text,labels", *rows]) + "\n"
    assert [r.language for r in training_rows(str(write(tmp_path, content)), TAXONOMY)] == ["ru", "ja"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("4;Das ist ein deutscher Satz und nichts anderes.;;;train", "column 'language'"),
        ("4;Čekao sam dugo.;long_wait;hr;somewhere", "split 'somewhere'"),
    ],
)
def test_rows_that_cannot_be_learned_from_are_named(tmp_path, line, problem):
    head, *rest = CSV.splitlines()
    path = write(tmp_path, "\n".join([f"{head};split", *(f"{r};train" for r in rest), line]) + "\n")
    with pytest.raises(InputError, match=problem) as told:
        training_rows(str(path), TAXONOMY)
    assert "row 4" in str(told.value)


def test_rows_without_development_rows_are_divided_by_scenario(tmp_path):
    lines = [f"{i};Čekao sam {i} sata na liniji.;long_wait;hr;s{i // 2}" for i in range(40)]
    path = write(tmp_path, "\n".join(["id;text;labels;language;scenario", *lines]) + "\n")
    rows = TrainingRows.of(training_rows(str(path), TAXONOMY))
    divided = rows.with_dev(seed=1)
    assert len(divided.dev) == 6
    assert not {r.scenario for r in divided.dev} & {r.scenario for r in divided.train}
    assert len(divided.dev) + len(divided.train) == 40
    with pytest.raises(CorpusError, match="too few"):
        TrainingRows(rows.train[:6], [], []).with_dev()


def test_a_card_without_other_rows_is_cross_validated(tmp_path):
    lines = [
        f"{i};{'Čekao sam satima u redu' if i % 2 else 'Vrijeđali su me i vikali'} broj {i}.;"
        f"{'long_wait' if i % 2 else 'contempt'};hr"
        for i in range(24)
    ]
    path = write(tmp_path, "\n".join(["id;text;labels;language", *lines]) + "\n")
    card = train_tfidf(TrainingRows.of(training_rows(str(path), TAXONOMY)), TAXONOMY, tmp_path / "m")
    assert card["metrics"]["data"].startswith("held-out folds")
    assert card["metrics"]["all"]["n"] == 24
    assert card["metrics"]["f1_by_label"]["long_wait"] > 0.9


def test_a_model_of_other_labels_is_refused(tmp_path):
    from cxmining.training import check_labels

    check_labels(TAXONOMY.ids, TAXONOMY, "m")
    with pytest.raises(ModelError, match="--codebook"):
        check_labels(TAXONOMY.ids[::-1], TAXONOMY, "m")


def test_odd_tables_train_or_are_refused(tmp_path):
    one = write(tmp_path, "id;text;labels;language\n1;Čekao sam.;long_wait;hr\n")
    with pytest.raises(CorpusError, match="two scenarios"):
        train_tfidf(TrainingRows.of(training_rows(str(one), TAXONOMY)), TAXONOMY, tmp_path / "one")
    lines = [f"{i};Čekao sam satima u redu broj {i}.;long_wait;hr" for i in range(9)]
    odd = write(tmp_path, "\n".join(["id;text;labels;language", *lines, "r;Привет;;ru", "j;!!!;;ja"]) + "\n")
    card = train_tfidf(TrainingRows.of(training_rows(str(odd), TAXONOMY)), TAXONOMY, tmp_path / "odd")
    assert card["metrics"]["all"]["n"] == 11
