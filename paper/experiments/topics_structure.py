"""Whether topics recover structure that nobody told them: sectors and families of failure modes of the authored corpus.

    python paper/experiments/topics_structure.py [--methods NAME ...] [--folder FOLDER]

Normalised mutual information (arithmetic mean) between the topics of ``corpora/failure_modes`` and, for whole
narratives, their sector; for sentences with evidence of failure modes of one family, that family. A narrative's topic
is the one that most of its sentences have. Sentences without a topic count as one more topic; adjusted mutual
information, which chance leaves at 0, stands beside. Sectors that occur in 15 narratives or more take part. Writes
``results/topics_structure.json``. How far the axes are flattened and how much context is mixed in was chosen among six
values on these two measures; no label was used otherwise.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score
from topic_peers import METHODS, CachedEncoder, Collection, load, records

from cxmining.corpora import load_corpus
from cxmining.taxonomy import load_taxonomy
from cxmining.topics.model import default_topics

HERE = Path(__file__).parent
LEAST_ROWS = 15


def families(data: Collection) -> np.ndarray:
    """Give the family that each segment gives evidence of; empty for none and for several."""
    taxonomy = load_taxonomy()
    family = {label.id: label.family for label in taxonomy.labels if label.kind == "failure_mode"}
    rows = {row.id: row for row in load_corpus("failure_modes")}
    n = data.narratives
    found = []
    for i in data.rows:
        row = rows[n.records[int(n.segments.documents[i])].id]
        told = {
            family[e.label] for e in row.evidence if e.label in family and e.start < n.ends[i] and n.starts[i] < e.end
        }
        found.append(told.pop() if len(told) == 1 else "")
    return np.array(found)


def document_topics(data: Collection, topics: np.ndarray) -> dict[int, int]:
    """Give the most frequent topic of each narrative; no topic only where no sentence has one."""
    counts: dict[int, Counter[int]] = {}
    for document, topic in zip(data.narratives.segments.documents[data.rows].tolist(), topics.tolist(), strict=True):
        counts.setdefault(document, Counter())[topic] += 1
    return {d: max(c.items(), key=lambda item: (item[0] >= 0, item[1], -item[0]))[0] for d, c in counts.items()}


def recovered(data: Collection, topics: np.ndarray) -> dict[str, Any]:
    """Measure what topics recover."""
    by_document = document_topics(data, topics)
    sector = {d: str(data.narratives.records[d].columns["sector"]) for d in by_document}
    frequent = {name for name, n in Counter(sector.values()).items() if n >= LEAST_ROWS}
    kept = [d for d in by_document if sector[d] in frequent]
    pairs = {
        "sector": ([sector[d] for d in kept], [by_document[d] for d in kept]),
    }
    told = families(data)
    rows = told != ""
    pairs["family"] = (told[rows].tolist(), topics[rows].tolist())
    return {
        name: {
            "n": len(truth),
            "n_classes": len(set(truth)),
            "nmi": round(float(normalized_mutual_info_score(truth, given)), 4),
            "ami": round(float(adjusted_mutual_info_score(truth, given)), 4),
        }
        for name, (truth, given) in pairs.items()
    }


def main() -> None:
    """Run every method once and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--methods", nargs="+", default=[m for m in METHODS if "words" not in m and "assigned" not in m]
    )
    parser.add_argument("--folder", type=Path, help="where vectors are kept between runs")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    folder = args.folder or Path(tempfile.mkdtemp())
    encoder = CachedEncoder(folder)
    data = load(records(), encoder)
    encoder.keep()
    n_topics = default_topics(len(data.rows))
    path = HERE / "results" / "topics_structure.json"
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for method in args.methods:
        found = METHODS[method](data, n_topics, 0)
        shares = {"n_topics": len(found.words), "outlier_share": round(float((found.topics < 0).mean()), 4)}
        result[method] = {**shares, **recovered(data, found.topics)}
        print(method, json.dumps(result[method]), flush=True)
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
