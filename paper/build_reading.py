"""Reading files: encodings, languages, topics' and batches' figures that other experiments wrote."""

from __future__ import annotations

from build_latex import Part, code, decimal, integer, percent, table
from build_sources import Sources

_DETECTORS = {
    "ours": "this package",
    "chardet_isolated": "chardet, told the candidates",
    "chardet": "chardet",
    "charset_normalizer_isolated": "charset-normalizer, told the candidates",
    "charset_normalizer": "charset-normalizer",
}
_UNICODE = "utf"
_BUCKETS = {"any": "all", "1-2": "1--2", "3-5": "3--5", "6-10": "6--10", "11+": "11 and more"}


def encodings(sources: Sources) -> Part:
    """Give the share of files whose encoding is found, by the number of sentences in them."""
    rows = sources.rows("encoding_detection.csv")
    if not rows:
        return Part()
    legacy = [r for r in rows if not r["encoding"].startswith(_UNICODE)]
    counts = sorted({int(r["n_sentences"]) for r in rows})
    body, macros = [], {}
    for column, name in _DETECTORS.items():
        shares = [_share([r for r in legacy if int(r["n_sentences"]) == n], column) for n in counts]
        body.append([name, *(percent(s) for s in shares), percent(_share(rows, column))])
    macros["nEncodings"] = str(len({r["encoding"] for r in rows}))
    macros["nEncodingFiles"] = integer(sum(int(r["n_files"]) for r in rows))
    macros["encodingShort"], macros["encodingShortPeer"] = body[0][1], body[1][1]
    header = ["Detector", *(f"{n} sentence{'s' if n > 1 else ''}" for n in counts), "all files"]
    caption = "Files decoded exactly: legacy encodings by length, and all files, Unicode included."
    return Part(macros, {"encodings": table("encodings", caption, header, body)}, {"encodings"})


def identification(sources: Sources) -> Part:
    """Give the accuracy of language identification by length."""
    rows = sources.rows("language_identification.csv")
    if not rows:
        return Part()
    found = {(r["method"], r["group"], r["words"]): float(r["accuracy"]) for r in rows}
    methods = list(dict.fromkeys(r["method"] for r in rows))
    body = []
    for method in methods:
        cells = [
            percent(found[method, "all", words]) if (method, "all", words) in found else "--" for words in _BUCKETS
        ]
        body.append([method.replace("_", " "), *cells])
    sentences = next(r["n"] for r in rows if (r["group"], r["words"]) == ("all", "any"))
    macros = {
        "nIdentified": integer(int(sentences)),
        "identificationAll": percent(found[methods[0], "all", "any"]),
        "identificationShort": percent(found[methods[0], "all", "1-2"]),
    }
    header = ["Method", *(f"{words} words" if words != "all" else "all" for words in _BUCKETS.values())]
    caption = "Language identification over served languages and distractors, accuracy by length."
    return Part(macros, {"identification": table("identification", caption, header, body)}, {"identification"})


def throughput(sources: Sources) -> Part:
    """Give whole runs of batch scoring."""
    runs = sources.result("throughput.json")
    if not runs:
        return Part()
    body = []
    for name, run in runs.items():
        rate = run.get("rows_per_s", run.get("rows_per_second"))
        if rate is not None:
            memory = integer(run["peak_mb"]) if "peak_mb" in run else "--"
            body.append([name.replace("_", r"\_"), integer(run["rows"]), integer(rate), memory])
    caption = "Batch scoring from CSV to Parquet, start-up included."
    return Part(
        {}, {"throughput": table("throughput", caption, ["Run", "rows", "rows/s", "peak MB"], body)}, {"throughput"}
    )


def evaluation_speed(sources: Sources) -> Part:
    """Give the time of an evaluation with bootstrap intervals."""
    found = sources.result("evaluation_speed.json")
    if found is None:
        return Part()
    macros = {
        "evaluationRows": integer(found["rows"]),
        "evaluationSamples": integer(found["bootstrap_samples"]),
        "evaluationSeconds": integer(found["with_bootstrap"]["wall_s"]),
        "evaluationCommand": code("cxmining evaluate"),
    }
    return Part(macros, {}, {"evaluation_speed"})


def complaint(sources: Sources) -> Part:
    """Give how well one direction tells complaints from the rest."""
    found = sources.result("complaint_direction.json")
    if found is None:
        return Part()
    macros = {"complaintAuc": decimal(found["auc_test"]["all"], 2)}
    sections = {"complaint"}
    for c, stars in found.get("auc_stars", {}).items():
        macros["complaintStars" + c.capitalize()] = decimal(stars["auc"], 2)
        macros["complaintStarsN" + c.capitalize()] = integer(stars["n"])
    if {"complaintStarsHr", "complaintStarsRu"} <= set(macros):
        sections.add("complaint_stars")
    return Part(macros, {}, sections)


def _share(rows: list[dict[str, str]], column: str) -> float:
    """Weigh shares by their files."""
    n = sum(int(r["n_files"]) for r in rows)
    return sum(int(r["n_files"]) * float(r[column]) for r in rows) / n
