"""The taxonomy and the corpora: tables from the codebook, the corpora's cards and their statistics."""

from __future__ import annotations

from typing import Any

from build_latex import Part, code, decimal, escape, integer, listing, macro_name, percent, table
from build_sources import Sources

LANGUAGES = ("hr", "ru", "ja")
NAMES = {"hr": "Croatian", "ru": "Russian", "ja": "Japanese"}
CORPORA = (
    "failure_modes",
    "failure_modes_silver",
    "failure_modes_tuning",
    "failure_modes_unlabelled",
    "parallel",
    "challenge",
    "real_eval",
)
READ_BY = {
    "failure_modes": "two blind readings, adjudicated",
    "failure_modes_silver": "writer's labels, one blind reading",
    "failure_modes_tuning": "writer's labels, one blind reading",
    "failure_modes_unlabelled": "nobody",
    "parallel": "writer and two blind readings",
    "challenge": "one writer's expectations",
    "real_eval": "two blind readings, adjudicated",
}
_ENOUGH = 10
_WRITING = {
    "length_median": "median length",
    "length_p90": "90th percentile of length",
    "digits": "with a digit",
    "emoji": "with an emoji",
    "exclamation": "with an exclamation mark",
    "no_final_punctuation": "without final punctuation",
    "no_diacritics": "without diacritics (hr)",
}


def taxonomy(sources: Sources) -> Part:
    """Give the codebook as two tables: definitions in English, names in the three languages."""
    book = sources.card("cxmining/codebook.toml")
    families = {f["id"]: f["name"]["en"] for f in book["families"]}
    labels = book["labels"]
    kinds = [label["kind"] for label in labels]
    rows = []
    previous = ""
    for label in labels:
        family = label["family"]
        rows.append(
            [
                "" if family == previous else escape(families[family]),
                code(label["id"]),
                escape(label["definition"]["en"]),
            ]
        )
        previous = family
    names = [[code(label["id"]), *(escape(label["name"][c]) for c in LANGUAGES)] for label in labels]
    macros = {
        "nLabels": str(len(labels)),
        "nModes": str(kinds.count("failure_mode")),
        "nSignals": str(kinds.count("outcome_signal")),
        "nFamilies": str(len(families)),
    }
    caption = rf"The codebook: {macros['nModes']} failure modes and {macros['nSignals']} outcome signals"
    tables = {
        "taxonomy": table("taxonomy", caption + " in families.", ["Family", "Label", "Holds when"], rows, "llp{9cm}"),
        "label_names": table(
            "names",
            "Names of the labels as users see them.",
            ["Label", *(NAMES[c] for c in LANGUAGES)],
            names,
            "lp{4.2cm}p{4.2cm}p{4.2cm}",
        ),
    }
    return Part(macros, tables)


def corpora(sources: Sources) -> Part:
    """Give sizes and agreement of the corpora from their cards."""
    cards = {name: sources.card(f"corpora/{name}/card.toml") for name in CORPORA}
    sizes, agreements = [], []
    macros: dict[str, str] = {}
    for name, card in cards.items():
        counts = [card["n"][c]["all"] for c in LANGUAGES]
        sizes.append([code(name), *map(integer, counts), integer(sum(counts)), READ_BY[name]])
        macros[macro_name("n", name)] = integer(sum(counts))
        if "agreement" in card:
            agreements.append(_agreement_row(name, card))
            for c in LANGUAGES:
                macros[macro_name("alpha", name, c)] = decimal(card["agreement"][c]["alpha_masi"], 2)
    main = cards["failure_modes"]["n"]
    for split in ("train", "dev", "test"):
        macros[macro_name("n", split)] = integer(sum(main[c][split] for c in LANGUAGES))
    kinds = {k for c in LANGUAGES for k in cards["challenge"]["n"][c]} - {"all"}
    macros["nChallengeKinds"] = str(len(kinds))
    per_kind = {cards["challenge"]["n"][c][k] for c in LANGUAGES for k in kinds}
    macros["nChallengePerKind"] = listing([str(n) for n in sorted(per_kind)])
    tables = {
        "corpora": table(
            "corpora",
            "The corpora: texts by language, and who stands behind the labels.",
            ["Corpus", *LANGUAGES, "all", "labels from"],
            sizes,
            "lrrrrl",
        ),
        "agreement": table(
            "agreement",
            r"Agreement of readings: Krippendorff's $\alpha$ over label sets with MASI distance, share of texts with "
            rf"equal sets, and the lowest $\kappa$ of a label that {_ENOUGH} texts or more of a language bear.",
            ["Corpus", *(f"{x} {c}" for x in (r"$\alpha$", "equal") for c in LANGUAGES), "lowest"],
            agreements,
            "lrrrrrrl",
        ),
    }
    macros["lowestKappaReal"] = _lowest(cards["real_eval"], 3)
    return Part(macros, tables)


def statistics(sources: Sources) -> Part:
    """Give how the authored texts are written, beside real ones where those were measured."""
    found = sources.result("corpus_statistics.json")
    if found is None:
        return Part()
    macros = {"nSectors": str(found["sectors"])}
    macros["nChannels"] = str(len({k for c in LANGUAGES for k in found["channels"][c]}))
    macros["hardestPairs"] = listing(
        [code(b if a == "(nothing)" else f"{a}/{b}") for a, b, _ in found["hardest_pairs"][:3]]
    )
    for c in LANGUAGES:
        macros[macro_name("labelsPerComplaint", c)] = decimal(found["labels_per_complaint"][c], 1)
        macros[macro_name("shareWithoutLabel", c)] = percent(found["share_without_label"][c], 0)
    if "writing_real" not in found:
        return Part(macros)
    rows = []
    for key, words in _WRITING.items():
        cells = [_writing_cell(found[kind].get(c, {}), key) for c in LANGUAGES for kind in ("writing", "writing_real")]
        if any(cell != "--" for cell in cells):
            rows.append([words, *cells])
    header = ["", *(f"{c} {kind}" for c in LANGUAGES for kind in ("authored", "real"))]
    caption = "Style of the authored narratives beside real comments; length in words, in characters for Japanese."
    return Part(macros, {"writing": table("writing", caption, header, rows)}, {"writing"})


def _writing_cell(figures: dict[str, float], key: str) -> str:
    """Write one cell of the table on style."""
    if key not in figures:
        return "--"
    return integer(figures[key]) if key.startswith("length") else percent(figures[key], 0)


def _agreement_row(name: str, card: dict[str, Any]) -> list[str]:
    """Give a corpus's row."""
    found = card["agreement"]
    alphas = [decimal(found[c]["alpha_masi"]) for c in LANGUAGES]
    equal = [decimal(found[c]["exact_match"]) for c in LANGUAGES]
    lowest, label, c = min(_kappas(card))
    return [code(name), *alphas, *equal, "--" if lowest == 1 else f"{code(label)} ({c}) {decimal(lowest, 2)}"]


def _lowest(card: dict[str, Any], n: int) -> str:
    """Name the labels on which readers agreed least, of those that enough texts of a language bear."""
    kappas = sorted(_kappas(card))[:n]
    return listing([f"{code(label)} ({c})" for _, label, c in kappas])


def _kappas(card: dict[str, Any]) -> list[tuple[float, str, str]]:
    """List kappa, label and language where enough texts bear the label for kappa to mean something."""
    return [
        (k, label, c)
        for c in LANGUAGES
        for label, k in card["agreement"][c]["kappa"].items()
        if card["labels"][c][label] >= _ENOUGH
    ]
