"""Stability over subsamples: topics fitted on random 80 % of the narratives, compared on what two parts share.

    python paper/experiments/topics_stability.py [--methods NAME ...] [--draws 3] [--folder FOLDER]

A narrative's topic is the one that most of its sentences have; the figure is the mean adjusted Rand index over pairs of
parts. Every method meets the same parts. Writes ``results/topics_stability.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from pathlib import Path

import numpy as np
from topic_peers import METHODS, CachedEncoder, load, records
from topics_structure import document_topics

from cxmining.evaluation.topics import subsample_stability
from cxmining.topics.model import default_topics

HERE = Path(__file__).parent


def main() -> None:
    """Measure every method and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", default=["cxmining", "NMF (scikit-learn)", "LDA (tomotopy)"])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where vectors are kept between runs")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    encoder = CachedEncoder(args.folder or Path(tempfile.mkdtemp()))
    items = records()
    n_topics = default_topics(len(load(items, encoder).rows))
    encoder.keep()
    path = HERE / "results" / "topics_stability.json"
    result = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for method in args.methods:

        def fit(rows: np.ndarray, method: str = method) -> np.ndarray:
            part = load([items[i] for i in rows], encoder)
            topics = document_topics(part, METHODS[method](part, n_topics, 0).topics)
            # Parts are in the order of their texts; rows want theirs back.
            back = {int(row): topics.get(d, -1) for d, row in enumerate(part.narratives.rows)}
            return np.array([back[k] for k in range(len(rows))])

        ari = subsample_stability(fit, len(items), n_draws=args.draws)
        result[method] = {"ari": round(ari, 4), "draws": args.draws, "share": 0.8}
        print(method, result[method], flush=True)
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
