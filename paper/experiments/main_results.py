"""How well the shipped models do on test rows, the challenge suite, the parallel corpus and real texts.

    python paper/experiments/main_results.py [--real FOLDER] [--models linear-head transformer]

Merges them into ``results/main_results.json``, model by model, and prints them. Nothing here tunes anything.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from cxmining import Tagger, load_corpus, load_taxonomy
from cxmining.corpora.challenge import load_challenge, pass_rates
from cxmining.corpora.load import Narrative
from cxmining.corpora.real import load_real_eval
from cxmining.evaluation.bootstrap import cluster_codes, metric_interval
from cxmining.evaluation.calibration import expected_calibration_error
from cxmining.evaluation.evidence import character_counts, precision_recall_f1
from cxmining.evaluation.multilabel import cell_counts, f1_report, macro_f1, micro_f1
from cxmining.training import examples

HERE = Path(__file__).parent
LANGUAGES = ("hr", "ru", "ja")
TAXONOMY = load_taxonomy()


def predictions(tagger: Tagger, rows: list[Narrative]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give truth, known cells and predictions of rows, with the language that the corpus states."""
    gold = examples(rows, TAXONOMY).gold
    predicted = np.zeros_like(gold.labels)
    for i, row in enumerate(rows):
        for label in tagger.tag(row.text, language=row.language)[0].labels:
            predicted[i, TAXONOMY.index[label]] = True
    return gold.labels, gold.known, predicted


def figures(truth: np.ndarray, known: np.ndarray, predicted: np.ndarray, codes: np.ndarray) -> dict[str, object]:
    """Give micro and macro F1 with 95 % bootstrap intervals; whole scenarios are drawn."""
    counts = cell_counts(truth, predicted, known)
    metrics = {"micro": micro_f1, "macro": macro_f1}
    interval = {k: [round(v, 3) for v in metric_interval(counts, codes, m)] for k, m in metrics.items()}
    total = counts.sum(axis=0, dtype=np.float64)
    return {
        "n": len(truth),
        "n_scenarios": len(np.unique(codes)),
        **{f"{k}_f1": round(float(m(total)), 3) for k, m in metrics.items()},
        "interval": interval,
    }


def by_language(tagger: Tagger, rows: list[Narrative]) -> dict[str, object]:
    """Give the figures of all rows and of each language, and F1 by label."""
    truth, known, predicted = predictions(tagger, rows)
    languages = np.array([r.language for r in rows])
    scenarios = cluster_codes([r.scenario for r in rows])
    found: dict[str, object] = {"all": figures(truth, known, predicted, scenarios)}
    for code in LANGUAGES:
        m = languages == code
        own = cluster_codes(scenarios[m].tolist())
        found[code] = figures(truth[m], known[m], predicted[m], own)
    found["f1_by_label"] = {
        k: round(float(v), 3) for k, v in zip(TAXONOMY.ids, f1_report(truth, predicted, known).f1, strict=True)
    }
    return found


def evidence_f1(tagger: Tagger, rows: list[Narrative]) -> dict[str, float]:
    """Compare the words quoted for true labels with the annotated spans, by character."""
    data = examples(rows, TAXONOMY)
    scores = tagger.classifier.score(data.passages)
    counts = np.zeros(3)
    for i, spans in enumerate(data.gold.spans):
        for k, gold in spans.items():
            counts += character_counts(gold, scores.evidence(i, k))
    return {
        k: round(float(v), 3) for k, v in zip(("precision", "recall", "f1"), precision_recall_f1(counts), strict=True)
    }


def calibration_error(tagger: Tagger, rows: list[Narrative], n_bins: int = 15) -> float:
    """Give the expected calibration error over all cells, in bins of equal mass."""
    data = examples(rows, TAXONOMY)
    known = data.gold.known
    scores = tagger.classifier.predict_proba(data.passages)[known]
    return round(expected_calibration_error(scores, data.gold.labels[known], n_bins), 4)


def consistency(tagger: Tagger) -> dict[str, float]:
    """Give the mean Jaccard similarity of the label sets that a scenario gets in two languages."""
    rows = load_corpus("parallel").rows
    given = {(r.scenario, r.language): set(tagger.tag(r.text, language=r.language)[0].labels) for r in rows}
    found = {}
    for a, b in (("hr", "ru"), ("hr", "ja"), ("ru", "ja")):
        pairs = [(given[s, a], given[s, b]) for s in sorted({r.scenario for r in rows})]
        found[f"{a}-{b}"] = round(float(np.mean([len(x & y) / len(x | y) if x | y else 1.0 for x, y in pairs])), 3)
    return found


def speed(tagger: Tagger) -> dict[str, float]:
    """Give rows a second of the whole pipeline on survey comments and on all test rows."""
    found = {}
    for name, rows in (
        ("surveys", [r for r in load_corpus("failure_modes") if r.channel == "survey"][:600]),
        ("test_rows", load_corpus("failure_modes", split="test").rows),
    ):
        texts = [r.text for r in rows]
        tagger.tag(texts[:16])
        start = time.perf_counter()
        tagger.tag(texts)
        found[name] = round(len(texts) / (time.perf_counter() - start), 1)
    return found


def main() -> None:
    """Measure every model and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="folder with the texts of corpora/real_eval")
    parser.add_argument("--models", nargs="+", default=["linear-head", "cascade", "transformer"])
    args = parser.parse_args()
    path = HERE / "results" / "main_results.json"
    result: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in args.models:
        tagger = Tagger.load(name)
        test = list(load_corpus("failure_modes", split="test").rows)
        rates = pass_rates(load_challenge(), lambda texts, t=tagger: [x.labels for x in t.tag(texts)])  # type: ignore[misc]
        result[name] = {
            "test": by_language(tagger, test),
            "parallel": by_language(tagger, list(load_corpus("parallel").rows)),
            "consistency": consistency(tagger),
            "challenge": {f"{kind} {code}": round(a / n, 3) for (kind, code), (a, n) in sorted(rates.items())},
            "evidence": evidence_f1(tagger, test),
            "calibration_error": calibration_error(tagger, test),
            "rows_per_second": speed(tagger),
        }
        if args.real:
            result[name]["real"] = by_language(tagger, list(load_real_eval(args.real).rows))
        print(name, json.dumps(result[name], ensure_ascii=False, indent=1))
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
