"""What the linear head knows of a language that it never learned from.

    python paper/experiments/cross_lingual.py [--limit 200] [--languages hr ru ja] [--fresh]

Learns from all training rows (failure_modes and failure_modes_silver) of two languages, of one, and of all three, and
is tested on the test rows of each language. Thresholds come from held-out folds of the training rows, so that nothing
of a left-out language is seen but the encoder's mean vector, which unlabelled text gave; the rules, which were written
and not learned, read it too. Results are merged into ``results/cross_lingual.json`` run by run, and a run that is there
for the same data is not repeated; with ``--limit`` nothing is written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from main_results import LANGUAGES, figures
from measuring import machine
from peers.data import TRAIN_CORPORA

from cxmining import load_corpus, load_taxonomy
from cxmining.classifiers.linear_head import LinearHead
from cxmining.corpora.load import Narrative
from cxmining.encoders.base import Spans
from cxmining.encoders.tokens import TokenEncoder, TokenStates
from cxmining.encoders.windows import Tokens
from cxmining.evaluation.bootstrap import cluster_codes
from cxmining.models import shipped_encoder
from cxmining.training import examples

RESULTS = Path(__file__).parent / "results" / "cross_lingual.json"
SEED = 0


class CachedEncoder(TokenEncoder):
    """The shipped encoder; every text goes through it once and its states are kept in half precision."""

    def __init__(self) -> None:
        self._inner = shipped_encoder()
        self._kept: dict[str, TokenStates] = {}
        self.name, self.fingerprint = self._inner.name, self._inner.fingerprint
        self.dimension, self.window, self.means = self._inner.dimension, self._inner.window, self._inner.means

    def tokenise(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokenise as the shipped encoder does."""
        return self._inner.tokenise(texts)

    def forward(self, batch: Sequence[Tokens]) -> list[np.ndarray]:
        """Run as the shipped encoder does."""
        return self._inner.forward(batch)

    def states(self, texts: Sequence[str], spans: Sequence[Spans] | None = None) -> list[TokenStates]:
        """Give the states of all tokens, computed for new texts alone."""
        todo = [i for i, text in enumerate(texts) if text not in self._kept]
        new = self._inner.states([texts[i] for i in todo], None if spans is None else [spans[i] for i in todo])
        for i, found in zip(todo, new, strict=True):
            self._kept[texts[i]] = TokenStates(found.tokens, found.states.astype(np.float16))
        kept = [self._kept[text] for text in texts]
        return [TokenStates(k.tokens, k.states.astype(np.float32)) for k in kept]


def rows_of(rows: list[Narrative], limit: int | None) -> list[Narrative]:
    """Keep about so many rows, evenly spaced."""
    return rows[:: max(1, len(rows) // limit)] if limit else rows


def experiment(learn: list[Narrative], tests: dict[str, list[Narrative]], encoder: CachedEncoder) -> dict[str, Any]:
    """Fit one head and test it on each language."""
    taxonomy = load_taxonomy()
    begin = time.perf_counter()
    data = examples(learn, taxonomy)
    head = LinearHead(encoder, taxonomy.ids, seed=SEED).fit(data.passages, data.gold)
    found: dict[str, Any] = {"n_train": len(learn)}
    for code, rows in tests.items():
        held = examples(rows, taxonomy)
        predicted = head.predict_proba(held.passages) >= head.thresholds_
        codes = cluster_codes([r.scenario for r in rows])
        found[code] = figures(held.gold.labels, held.gold.known, predicted, codes)
    return {**found, "seconds": round(time.perf_counter() - begin, 1)}


def digest(rows: list[Narrative]) -> str:
    """Hash ids, texts and labels."""
    content = sorted(json.dumps([r.id, r.text, sorted(r.labels)], ensure_ascii=False) for r in rows)
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:16]


def main() -> None:
    """Run every experiment and merge the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, help="rows of each part, for trials")
    parser.add_argument("--fresh", action="store_true", help="run again what the results hold")
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES), choices=LANGUAGES)
    args = parser.parse_args()
    train = [row for name in TRAIN_CORPORA for row in load_corpus(name, split="train")]
    test = list(load_corpus("failure_modes", split="test"))
    result: dict[str, Any] = {"model": "linear-head", "data_sha256": digest(train + test), "machine": machine()}
    runs: dict[str, Any] = {}
    if RESULTS.exists() and not args.limit and not args.fresh:
        old = json.loads(RESULTS.read_text(encoding="utf-8"))
        runs = old["runs"] if old["data_sha256"] == result["data_sha256"] else {}
    encoder = CachedEncoder()
    # The left-out languages first: they are what the table is about, the references follow.
    left_out = {"+".join(c for c in LANGUAGES if c != code): code for code in args.languages}
    for name in [*left_out, *args.languages, "+".join(LANGUAGES)]:
        learned = name.split("+")
        tests = {
            code: rows_of([r for r in test if r.language == code], args.limit)
            for code in ([left_out[name]] if name in left_out else learned)
        }
        if set(tests) <= set(runs.get(name, {})):
            continue
        learn = rows_of([r for r in train if r.language in learned], args.limit)
        runs[name] = experiment(learn, tests, encoder)
        macro = {code: runs[name][code]["macro_f1"] for code in tests}
        print(f"learned from {name} ({len(learn):,} rows): macro-F1 {macro}, {runs[name]['seconds']} s", flush=True)
        result["runs"] = runs
        result["table"] = table(runs)
        if not args.limit:
            RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def table(runs: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Give macro-F1 by tested language: learned from the two others, from its own, from all three."""
    found: dict[str, dict[str, float]] = {}
    for code in LANGUAGES:
        others = "+".join(c for c in LANGUAGES if c != code)
        wanted = {"two_others": others, "own": code, "all_three": "+".join(LANGUAGES)}
        found[code] = {
            kind: runs[name][code]["macro_f1"] for kind, name in wanted.items() if code in runs.get(name, {})
        }
    return found


if __name__ == "__main__":
    main()
