import numpy as np
import pytest
from hypothesis import given
from random_tables import quick, tables

from cxmining.evaluation.bootstrap import metric_interval
from cxmining.evaluation.comparison import compare
from cxmining.evaluation.evidence_report import evidence_rows, plain_tokens
from cxmining.evaluation.examples import example_report
from cxmining.evaluation.hierarchy import family_cells
from cxmining.evaluation.multilabel import METRICS, cell_counts, f1_report, macro_f1
from cxmining.evaluation.report import Bootstrap, Scored, evaluate

FEW = Bootstrap(50)


def scored(truth, predicted, known, **more):
    k = truth.shape[1]
    labels = tuple(f"l{i}" for i in range(k))
    return Scored(labels, truth, predicted, known, tuple(f"f{i // 2}" for i in range(k)), **more)


@quick
@given(tables(3, min_rows=0))
def test_report_holds_what_the_metrics_give(arrays):
    truth, predicted, known = arrays
    codes = [f"s{i // 2}" for i in range(len(truth))]
    report = evaluate(scored(truth, predicted, known, clusters=codes), FEW)
    plain = f1_report(truth, predicted, known)
    assert (report["micro_f1"], report["macro_f1"]) == pytest.approx((plain.micro, plain.macro), abs=1e-12)
    assert report["example_f1"] == pytest.approx(example_report(truth, predicted, known).f1, abs=1e-12)
    families = np.arange(truth.shape[1]) // 2
    raised = f1_report(*family_cells(truth, predicted, known, families))
    assert report["family_macro_f1"] == pytest.approx(raised.macro, abs=1e-12)
    assert [row["f1"] for row in report["families"].values()] == pytest.approx(
        np.where(np.isnan([r["f1"] for r in report["families"].values()]), np.nan, raised.f1), nan_ok=True
    )
    for k, row in enumerate(report["labels"].values()):
        occurs = row["support"] + row["predicted"] > 0
        assert row["f1"] == pytest.approx(plain.f1[k]) if occurs else np.isnan(row["f1"])
        assert row["n_open"] == (~known[:, k]).sum()
    for name in METRICS:
        low, high = report["intervals"][name]
        assert 0 <= low <= high <= 1


def test_intervals_are_those_of_the_plain_function():
    rng = np.random.default_rng(0)
    truth, predicted = rng.random((2, 80, 5)) < 0.3
    known = np.ones_like(truth)
    codes = np.arange(80) // 4
    report = evaluate(scored(truth, predicted, known, clusters=[str(c) for c in codes]), Bootstrap(200, seed=3))
    wanted = metric_interval(cell_counts(truth, predicted), codes, macro_f1, 200, seed=3)
    assert report["intervals"]["macro_f1"] == pytest.approx(list(wanted), abs=1e-12)
    assert report["n_clusters"] == 20
    one = report["labels"]["l2"]["interval"]
    alone = metric_interval(cell_counts(truth[:, 2:3], predicted[:, 2:3]), codes, macro_f1, 200, seed=3)
    assert one == pytest.approx(list(alone), abs=1e-12)


def test_strata_are_scored_for_themselves():
    rng = np.random.default_rng(1)
    truth, predicted = rng.random((2, 30, 4)) < 0.4
    known = rng.random((30, 4)) < 0.9
    names = ["hr", "ru", "ja"] * 10
    report = evaluate(scored(truth, predicted, known, strata={"language": names}), FEW)
    assert list(report["by"]["language"]) == ["hr", "ja", "ru"]
    for name, part in report["by"]["language"].items():
        rows = np.array(names) == name
        alone = evaluate(scored(truth[rows], predicted[rows], known[rows]), FEW)
        assert part["macro_f1"] == alone["macro_f1"]
        assert part["intervals"] == alone["intervals"]
    assert evaluate(scored(truth, predicted, known), Bootstrap(0))["intervals"] == {}


def test_probabilities_of_all_cells_and_of_tags_alone():
    truth = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], bool)
    scores = np.array([[0.9, 0.2], [0.4, 0.8], [0.7, 0.6], [0.1, 0.3]])
    known = np.ones_like(truth)
    full = evaluate(scored(truth, scores >= 0.5, known, scores=scores), FEW)["probabilities"]
    assert (full["cells"], full["n"], full["lrap"]) == ("all", 8, 1.0)
    assert full["mean_average_precision"] == 1.0
    assert full["brier_score"] == pytest.approx(((scores - truth) ** 2).mean())
    tags = np.where(scores >= 0.5, scores, np.nan)
    part = evaluate(scored(truth, scores >= 0.5, known, scores=tags), FEW)["probabilities"]
    assert (part["cells"], part["n"]) == ("given", 4)
    assert "lrap" not in part
    none = evaluate(scored(truth, truth, known, scores=np.full((4, 2), np.nan)), FEW)
    assert none["probabilities"] == {}


def test_evidence_rows_by_hand():
    text = "Čekao sam два часа 待たされた"
    assert [text[a:b] for a, b in plain_tokens(text)] == ["Čekao", "sam", "два", "часа", *"待たされた"]
    gold = [{0: [(0, 9)], 1: [(19, 24)]}, {}]
    predicted = [{0: [(0, 5)], 1: [(19, 24)]}, {0: [(0, 3)]}]
    counts, n_cells = evidence_rows([text, "x"], gold, predicted, np.array([[1, 1], [1, 1]], bool))
    assert n_cells == 2
    # Spans, spans at one half (5 of 9 characters), characters, tokens.
    assert counts[0].tolist() == [[1, 1, 1], [2, 0, 0], [10, 0, 4], [6, 0, 1]]
    assert counts[1].sum() == 0
    assert evidence_rows([text, "x"], gold, predicted, np.array([[0, 1], [1, 1]], bool))[1] == 1


def test_compare_systems():
    rng = np.random.default_rng(2)
    truth = rng.random((150, 4)) < 0.4
    known = np.ones_like(truth)
    systems = [scored(truth, truth ^ (rng.random(truth.shape) < noise), known) for noise in (0.05, 0.25, 0.05)]
    worse, alike = compare(systems, ["a", "b", "c"], Bootstrap(400))
    assert (worse["name"], worse["against"]) == ("b", "a")
    assert worse["micro_f1"]["p_holm"] < 0.05
    assert worse["p_mcnemar"] < 0.001
    assert alike["micro_f1"]["p_holm"] > 0.05
    assert worse["micro_f1"]["p_holm"] >= worse["micro_f1"]["p_randomisation"]
    low, high = worse["macro_f1"]["interval"]
    assert low < worse["macro_f1"]["difference"] < high
    assert worse["macro_f1"]["difference"] == pytest.approx(
        worse["macro_f1"]["first"] - worse["macro_f1"]["other"], abs=1e-12
    )
    assert worse["macro_f1"]["clusters_for_0.02"] > 150
