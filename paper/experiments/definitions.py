"""What a codebook gives before there are labelled texts, and what the first few of them add.

    python paper/experiments/definitions.py [--draws 3]

Test rows are ranked by definitions alone, by the labels' frequency in the training rows, and at random. Then taggers
learn from few rows, drawn so that every label has 8, 20 or 50 of them, and from all there are: the linear head and the
stacked tagger. Twice: with the 27 labels as a codebook that shares nothing with the shipped one (no rules, no scores of
the shipped tagger), from training rows of failure_modes; and with four coarse codes that regroup some of the 27, with
the shipped tagger's scores and without, from rows on which shipped taggers were calibrated and stopped, but which
fitted no weight of theirs (development rows of failure_modes and failure_modes_tuning). Labels are ranked for each text
that bears one (label ranking average precision) and texts for each label (mean average precision). Writes
``results/definitions.json``; figures of drawn rows are means over the draws.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cross_lingual import CachedEncoder, digest
from measuring import machine

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.base import FloatArray, Gold
from cxmining.classifiers.linear_head import LinearHead
from cxmining.classifiers.rules import Rules
from cxmining.classifiers.stacked import StackedTagger
from cxmining.corpora.load import Narrative
from cxmining.evaluation.multilabel import f1_report
from cxmining.evaluation.ranking import ranking_report
from cxmining.models import load_classifier, shipped_source
from cxmining.training import Examples, examples, train_definitions
from cxmining.training.definitions import descriptions

RESULTS = Path(__file__).parent / "results" / "definitions.json"
TAXONOMY = load_taxonomy()
SHOTS = (8, 20, 50)
CODES = {
    "waiting": ("long_wait", "unreachable_support", "repeat_contact", "automation_barrier"),
    "people": ("contempt", "indifference"),
    "money": ("billing_error", "broken_promise", "misleading_promise"),
    "thanks": ("praise",),
}
"""Four coarse codes, and the labels that each unites."""

DEFINITIONS = {
    "waiting": ("Waiting", "The customer waits, cannot get through, or has to ask again."),
    "people": ("How people behaved", "Staff are rude, mocking or indifferent."),
    "money": ("Money and promises", "A wrong charge, a broken promise, or advertising that proved untrue."),
    "thanks": ("Praise", "Service, product or a person is plainly praised."),
}

Settings = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Task:
    """A codebook, its rows to draw from and to test on, and the taggers that learn."""

    learn: Examples
    held: Examples
    taggers: dict[str, Callable[[int], Any]]


def figures(scores: FloatArray, thresholds: FloatArray | None, held: Examples) -> dict[str, float]:
    """Give the quality of rankings over the test rows, and F1 where there are decisions."""
    gold = held.gold
    told = gold.labels.any(axis=1)
    by_text = ranking_report(gold.labels[told], scores[told], gold.known[told])
    by_label = ranking_report(gold.labels, scores, gold.known)
    found = {"lrap": by_text.lrap, "mean_average_precision": by_label.mean_average_precision}
    if thresholds is not None:
        report = f1_report(gold.labels, scores >= thresholds, gold.known)
        found |= {"micro_f1": report.micro, "macro_f1": report.macro}
    return {name: round(float(value), 4) for name, value in found.items()}


def drawn(gold: Gold, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw rows until every label has n of them, the rarest label first; a tenth more rows have no label."""
    chosen = np.zeros(len(gold.labels), np.bool_)
    for k in np.argsort(gold.labels.sum(axis=0)):
        missing = n - int(gold.labels[chosen, k].sum())
        free = np.flatnonzero(gold.labels[:, k] & ~chosen)
        chosen[rng.permutation(free)[: max(0, missing)]] = True
    empty = np.flatnonzero(~gold.labels.any(axis=1))
    chosen[rng.permutation(empty)[: max(1, int(chosen.sum()) // 10)]] = True
    return np.flatnonzero(chosen)


def part(data: Examples, rows: np.ndarray) -> tuple[list, Gold]:
    """Give some rows of the training data."""
    gold = data.gold
    spans, groups = ([side[i] for i in rows] for side in (gold.spans, gold.groups))
    return [data.passages[i] for i in rows], Gold(gold.labels[rows], gold.known[rows], spans, groups)


def coarse(data: Examples) -> Examples:
    """Give rows the four coarse codes; a code is open where a label in it is, and none in it holds."""
    gold = data.gold
    columns = [[TAXONOMY.index[label] for label in united] for united in CODES.values()]
    labels = np.stack([gold.labels[:, c].any(axis=1) for c in columns], axis=1)
    known = labels | np.stack([gold.known[:, c].all(axis=1) for c in columns], axis=1)
    spans = [
        {j: [span for k in c for span in row.get(k, [])] for j, c in enumerate(columns) if any(k in row for k in c)}
        for row in gold.spans
    ]
    return Examples(data.passages, Gold(labels, known, spans, gold.groups))


def few(name: str, task: Task, draws: int) -> Settings:
    """Learn from a few rows a label, and from all of them."""
    found: Settings = {}
    for n in (*SHOTS, None):
        for tagger, make in task.taggers.items():
            runs = []
            for seed in range(draws if n else 1):
                gold = task.learn.gold
                rows = drawn(gold, n, np.random.default_rng(seed)) if n else np.arange(len(gold.labels))
                fitted = make(seed).fit(*part(task.learn, rows))
                scores = fitted.predict_proba(task.held.passages)
                runs.append({"n_train": len(rows), **figures(scores, fitted.thresholds_, task.held)})
            mean = {key: round(float(np.mean([r[key] for r in runs])), 4) for key in runs[0]}
            setting = f"{tagger}, {n} texts a label" if n else f"{tagger}, all"
            found[setting] = mean
            print(f"{name}: {setting:44}", mean, flush=True)
    return found


def without_rules(tagger: LinearHead | StackedTagger) -> LinearHead | StackedTagger:
    """Take away the rules, which a codebook of one's own does not have."""
    head = tagger._head if isinstance(tagger, StackedTagger) else tagger
    head._rules = Rules(tuple(TAXONOMY.ids), {})
    return tagger


def unlabelled(learn: Examples, held: Examples) -> Settings:
    """Rank without a labelled text."""
    shape = held.gold.labels.shape
    often = np.tile(learn.gold.labels.mean(axis=0).astype(np.float32), (shape[0], 1))
    found = {
        "at random": figures(np.random.default_rng(0).random(shape).astype(np.float32), None, held),
        "most frequent labels first": figures(often, None, held),
    }
    with tempfile.TemporaryDirectory() as folder:
        train_definitions(TAXONOMY, Path(folder))
        tagger, _ = load_classifier(folder)
        found["definitions alone"] = figures(tagger.predict_proba(held.passages), tagger.thresholds_, held)
    print(json.dumps(found, indent=1), flush=True)
    return found


def main() -> None:
    """Rank, learn from few, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=3)
    args = parser.parse_args()
    train, test = (list(load_corpus("failure_modes", split=split)) for split in ("train", "test"))
    unseen: list[Narrative] = [
        r for c in ("failure_modes", "failure_modes_tuning") for r in load_corpus(c, split="dev")
    ]
    learn, held = examples(train, TAXONOMY), examples(test, TAXONOMY)
    encoder = CachedEncoder()
    told = [descriptions(TAXONOMY[label]) for label in TAXONOMY.ids]
    of_27 = Task(
        learn,
        held,
        {
            "linear head": lambda seed: without_rules(LinearHead(encoder, TAXONOMY.ids, seed=seed)),
            "stacked": lambda seed: without_rules(StackedTagger(encoder, TAXONOMY.ids, told, seed=seed)),
        },
    )
    codes, coarsely = list(CODES), [{"en": list(DEFINITIONS[code])} for code in CODES]
    of_4 = Task(
        coarse(examples(unseen, TAXONOMY)),
        coarse(held),
        {
            "linear head": lambda seed: LinearHead(encoder, codes, seed=seed),
            "stacked, without the shipped tagger": lambda seed: StackedTagger(encoder, codes, coarsely, seed=seed),
            "stacked": lambda seed: StackedTagger(encoder, codes, coarsely, shipped_source(), seed=seed),
        },
    )
    settings = {
        "27 labels": {**unlabelled(learn, held), **few("27 labels", of_27, args.draws)},
        "four codes": few("four codes", of_4, args.draws),
    }
    key = digest(train + unseen + test)
    result = {"data_sha256": key, "draws": args.draws, "machine": machine(), "settings": settings}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
