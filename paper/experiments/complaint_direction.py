"""Learns the direction of complaint in the encoder's space and measures how well it tells complaints from the rest.

    python paper/experiments/complaint_direction.py [--real FOLDER]

Positive are sentences with evidence of a failure mode in the training rows of ``corpora/failure_modes`` and the plain
complaints of ``data/plain_complaints.toml``; negative are sentences of rows without a failure mode, praise, and the
neutral sentences of the same file. Writes ``cxmining/topics/data/complaint.*`` and
``results/complaint_direction.json``.
With ``--real``, star ratings of real comments are predicted from their mean score; nothing is learned from them.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from cxmining.corpora import load_corpus
from cxmining.encoders import centre
from cxmining.models import shipped_encoder
from cxmining.narratives import read_narratives
from cxmining.records import Origin, Record
from cxmining.taxonomy import load_taxonomy
from cxmining.topics.complaint import ComplaintDirection, save_direction

HERE = Path(__file__).parent
HOME = HERE.parents[1] / "cxmining" / "topics" / "data"
PLAIN_WEIGHT = 10.0
STRENGTH = 0.2


def corpus_segments() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give vectors, truth (1, 0, -1 for neither), split and language of the corpus's segments."""
    rows = {row.id: row for row in load_corpus("failure_modes")}
    records = [Record(r.id, r.text, Origin("failure_modes", i), r.language) for i, r in enumerate(rows.values(), 1)]
    found = read_narratives(records)
    modes = {label.id for label in load_taxonomy().labels if label.kind == "failure_mode"}
    truth, split = [], []
    for d, start, end in zip(found.segments.documents, found.starts, found.ends, strict=True):
        row = rows[found.records[d].id]
        told = {e.label for e in row.evidence if e.start < end and start < e.end}
        quiet = "praise" in told or not modes & {*row.labels, *row.maybe}
        truth.append(1 if told & modes else 0 if quiet else -1)
        split.append(row.split)
    vectors = centre(
        found.segments.vectors.astype(np.float32), found.segments.languages.tolist(), shipped_encoder().means
    )
    return vectors, np.array(truth), np.array(split), found.segments.languages


def plain_sentences() -> tuple[np.ndarray, np.ndarray]:
    """Give vectors and truth of the plain sentences."""
    table = tomllib.loads((HERE / "data" / "plain_complaints.toml").read_text(encoding="utf-8"))
    texts, languages, truth = [], [], []
    for language, kinds in table.items():
        for kind, sentences in kinds.items():
            texts += sentences
            languages += [language] * len(sentences)
            truth += [kind == "complaint"] * len(sentences)
    encoder = shipped_encoder()
    return centre(encoder.encode(texts).documents, languages, encoder.means), np.array(truth, int)


def real_ratings(folder: Path, direction: ComplaintDirection) -> dict[str, object]:
    """Give the area under the curve for one or two stars against four or five, by language."""
    result = {}
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        rated = [r for r in rows if r.get("stars") in (1, 2, 4, 5)]
        if not rated:
            continue
        records = [Record(str(i), r["text"], Origin(path.name, i), r["language"]) for i, r in enumerate(rated)]
        found = read_narratives(records)
        encoder = shipped_encoder()
        vectors = centre(found.segments.vectors.astype(np.float32), found.segments.languages.tolist(), encoder.means)
        scores = direction.score(vectors)
        n = np.bincount(found.segments.documents, minlength=len(rated))
        mean = np.bincount(found.segments.documents, scores, minlength=len(rated)) / np.maximum(n, 1)
        low = [rated[int(record.id)]["stars"] < 3 for record in found.records]
        result[path.stem] = {"n": len(rated), "low_ratings": sum(low), "auc": round(float(roc_auc_score(low, mean)), 3)}
    return result


def main() -> None:
    """Learn, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="folder of real comments with stars, for measurement only")
    args = parser.parse_args()
    vectors, truth, split, languages = corpus_segments()
    plain, plain_truth = plain_sentences()
    learn = (split == "train") & (truth >= 0)
    model = LogisticRegression(C=STRENGTH, max_iter=2000, class_weight="balanced")
    weights = np.concatenate([np.ones(learn.sum()), np.full(len(plain), PLAIN_WEIGHT)])
    model.fit(np.concatenate([vectors[learn], plain]), np.concatenate([truth[learn], plain_truth]), weights)
    direction = ComplaintDirection(model.coef_[0].astype(np.float32), float(model.intercept_[0]))
    held = (split == "test") & (truth >= 0)
    scores = direction.score(vectors)
    result: dict[str, object] = {
        "n_learned": int(learn.sum()) + len(plain),
        "n_test": int(held.sum()),
        "auc_test": {
            code: round(float(roc_auc_score(truth[held & m], scores[held & m])), 3)
            for code, m in [("all", held), *((c, languages == c) for c in ("hr", "ru", "ja"))]
        },
    }
    if args.real:
        result["auc_stars"] = real_ratings(args.real, direction)
    card: dict[str, object] = {
        "encoder_fingerprint": shipped_encoder().fingerprint,
        "made_by": "paper/experiments/complaint_direction.py",
        "data": "training rows of corpora/failure_modes, paper/experiments/data/plain_complaints.toml",
        **result,
    }
    save_direction(direction, HOME, card)
    path = HERE / "results" / "complaint_direction.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
