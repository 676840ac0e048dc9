"""Labels that three web articles on one subject get, one in each language, and how alike the sets are.

    python paper/experiments/seed_articles.py --articles FOLDER [--model auto]

The folder holds ``article_hr.txt``, ``article_ru.txt`` and ``article_ja.txt``; labels alone are kept, no text.
Writes ``results/seed_articles.json``.
"""

from __future__ import annotations

import argparse
import json
from itertools import combinations
from pathlib import Path

from cxmining import Tagger, read
from cxmining.batch import record_batch
from cxmining.records import Record

RESULT = Path(__file__).parent / "results" / "seed_articles.json"


def main() -> None:
    """Tag the articles and compare the label sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, required=True)
    parser.add_argument("--model", default="auto")
    args = parser.parse_args()
    tagger = Tagger.load(args.model)
    labels = {}
    for code in ("hr", "ru", "ja"):
        records = [r for r in read([args.articles / f"article_{code}.txt"]) if isinstance(r, Record)]
        tagged = tagger.tag_batch(record_batch(records))
        labels[code] = sorted({label for row in tagged.column("labels").to_pylist() for label in row})
    found = {"labels": labels, "jaccard": {}}
    for a, b in combinations(labels, 2):
        one, other = set(labels[a]), set(labels[b])
        found["jaccard"][f"{a}-{b}"] = round(len(one & other) / len(one | other), 3) if one | other else 1.0
    print(json.dumps(found, indent=1))
    RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
