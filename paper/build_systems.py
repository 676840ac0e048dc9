"""What the systems reach: tables from ``main_results.json`` and the settings on the models' cards."""

from __future__ import annotations

from typing import Any

from build_corpora import LANGUAGES, NAMES
from build_latex import Part, code, decimal, integer, listing, macro_name, percent, table
from build_sources import Sources

ORDER = ("rules", "definitions", "tfidf", "linear-head", "fast", "distilled", "cascade", "transformer", "thorough")
CASCADES = {"cascade": "deferral", "thorough": "thoroughDeferral"}
DEFAULT, BASE, FULL = "cascade", "linear-head", "transformer"
SETS = {"test": "test", "parallel": "parallel", "real": "real"}
METRICS = {"micro": "micro_f1", "macro": "macro_f1"}
KINDS = {
    "negation": "negation",
    "hypothetical": "hypotheticals",
    "advice": "advice against experience",
    "neighbours": "neighbouring labels",
    "noise": "noise",
    "substitution": "substitution",
    "turns": "turns of a call",
    "long": "long texts",
}
_ENOUGH = 10


def systems_of(results: dict[str, Any]) -> list[str]:
    """Order the systems from the simplest to the best."""
    return sorted(results, key=lambda s: (ORDER.index(s) if s in ORDER else len(ORDER), s))


def main_results(sources: Sources) -> Part:
    """Give the main comparison, by language, by kind of challenge, and what else a user asks."""
    results = sources.result("main_results.json")
    if results is None:
        return Part()
    systems = systems_of(results)
    macros = {"systemsCompared": listing([code(s) for s in systems]), "defaultSystem": code(DEFAULT)}
    for s in systems:
        macros |= _macros(s, results[s])
    macros |= _macros("default", results[DEFAULT])
    tables = {
        "main": _main(results, systems),
        "languages": _languages(results, systems),
        "challenge": _challenge(results, systems),
        "properties": _properties(results, systems),
    }
    macros |= _findings(results, sources)
    sections = {"main", "error_labels", "error_forms"}
    if all("real" in results[s] for s in (BASE, DEFAULT)):
        sections |= {"real", "abstract_real"}
        macros |= _real_findings(results, sources)
    return Part(macros, tables, sections)


def settings(sources: Sources) -> Part:
    """Give sizes and parameters from the models' cards."""
    encoder = sources.card("models/encoder/card.toml")
    full = sources.card(f"models/{FULL}/card.toml")
    parameters = full["parameters"]
    macros = {
        "nPieces": integer(encoder["n_pieces"]),
        "nTrained": integer(full["training_data"]["n"]),
        "nTuned": integer(full["development_data"]["n"]),
        "nEpochs": str(parameters["epochs"]),
        "nWindow": str(parameters["window"]),
        "tokenWeight": f"{parameters['token_weight']:g}",
        "layerDecay": f"{parameters['layer_decay']:g}",
        "batchTokens": integer(parameters["batch_tokens"]),
    }
    macros["nDistilledLayers"] = str(sources.card("models/distilled/card.toml")["parameters"]["layers"])
    macros["fidelity"] = decimal(min(encoder["fidelity"][c]["cosine_mean"] for c in LANGUAGES))
    sections = set()
    cards = {name: sources.card(f"models/{name}/card.toml") for name in CASCADES}
    if all(cards.values()):
        sections.add("cascade_card")
        for name, words in CASCADES.items():
            macros |= _deferral(words, cards[name]["deferral"])
    return Part(macros, {}, sections)


def _deferral(words: str, told: dict[str, Any]) -> dict[str, str]:
    """Name what a cascade's card says of passing on."""
    shares = told["share_of_development_rows_that_reach_each_tier"]
    return {
        f"{words}Shares": listing([percent(share, 0) for share in shares[1:]]),
        f"{words}Tiers": listing([code(tier) for tier in told["tiers"][1:]]),
        f"{words}Lost": decimal(told["macro_f1_lost_on_development_rows"]),
        f"{words}Allowed": listing([f"{loss:g}" for loss in told["macro_f1_allowed_to_lose"]]),
    }


def _macros(system: str, found: dict[str, Any]) -> dict[str, str]:
    """Name every figure of a system that a sentence may need."""
    macros = {}
    for key, words in SETS.items():
        for group in ("all", *LANGUAGES) if key in found else ():
            figures = found[key][group]
            macros[macro_name(system, words, group, "n")] = integer(figures["n"])
            for short, metric in METRICS.items():
                macros[macro_name(system, words, group, short)] = decimal(figures[metric], 2)
                low, high = figures["interval"][short]
                macros[macro_name(system, words, group, short, "interval")] = f"[{low:.2f}, {high:.2f}]"
    macros[macro_name(system, "evidence", "f")] = decimal(found["evidence"]["f1"], 2)
    macros[macro_name(system, "calibration")] = decimal(found["calibration_error"])
    macros[macro_name(system, "speed")] = integer(found["rows_per_second"]["surveys"])
    rates = {kind: _mean(found, kind) for kind in KINDS}
    for kind, rate in rates.items():
        macros[macro_name(system, "challenge", kind)] = percent(rate, 0)
    macros[macro_name(system, "challenge", "mean")] = percent(sum(rates.values()) / len(rates), 0)
    return macros


def _with_interval(figures: dict[str, Any], short: str) -> str:
    """Write a figure with its interval."""
    low, high = figures["interval"][short]
    return f"{decimal(figures[METRICS[short]])} [{low:.2f}, {high:.2f}]"


def _main(results: dict[str, Any], systems: list[str]) -> str:
    """Set the main table."""
    columns = [("test", "micro"), ("test", "macro"), ("parallel", "micro"), ("real", "micro"), ("real", "macro")]
    rows = [
        [code(s), *(_with_interval(results[s][k]["all"], m) if k in results[s] else "--" for k, m in columns)]
        for s in systems
    ]
    n = {k: integer(results[systems[-1]][k]["all"]["n"]) for k in SETS if k in results[systems[-1]]}
    sizes = listing([f"{count} {SETS[k]}" for k, count in n.items()])
    caption = rf"F$_1$ over {sizes} texts, with 95\,\% intervals by bootstrap over scenarios."
    return table("main", caption, ["System", *(f"{SETS[k]} {m}" for k, m in columns)], rows)


def _languages(results: dict[str, Any], systems: list[str]) -> str:
    """Set micro-F1 by language, and how alike the labels of one scenario are in two languages."""
    rows = []
    for s in systems:
        found = results[s]
        cells = [decimal(found[k][c]["micro_f1"], 2) if k in found else "--" for k in SETS for c in LANGUAGES]
        rows.append([code(s), *cells, *(decimal(v, 2) for v in found["consistency"].values())])
    pairs = list(results[systems[-1]]["consistency"])
    header = ["System", *(f"{k} {c}" for k in SETS for c in LANGUAGES), *pairs]
    caption = (
        r"Micro-F$_1$ by language; last columns: mean Jaccard similarity of the label sets that one scenario of "
        rf"{code('parallel')} gets in two languages."
    )
    return table("languages", caption, header, rows)


def _challenge(results: dict[str, Any], systems: list[str]) -> str:
    """Set pass rates by kind."""
    rows = []
    for kind, words in KINDS.items():
        by_language = [percent(results[DEFAULT]["challenge"][f"{kind} {c}"], 0) for c in LANGUAGES]
        rows.append([words, *(percent(_mean(results[s], kind), 0) for s in systems), *by_language])
    header = ["Kind", *(code(s) for s in systems), *(f"{code(DEFAULT)} {c}" for c in LANGUAGES)]
    return table(
        "challenge",
        "Pass rates on the challenge suite: systems over all languages, the default by language.",
        header,
        rows,
    )


def _properties(results: dict[str, Any], systems: list[str]) -> str:
    """Set evidence, calibration and speed."""
    rows = []
    for s in systems:
        found = results[s]
        evidence = [decimal(found["evidence"][k], 2) for k in ("precision", "recall", "f1")]
        speed = [integer(found["rows_per_second"][k]) for k in ("surveys", "test_rows")]
        rows.append([code(s), *evidence, decimal(found["calibration_error"]), *speed])
    header = ["System", "evidence P", "R", r"F$_1$", "calibration error", "surveys/s", "test rows/s"]
    caption = "Quoted words against annotated spans by character, calibration, and texts a second on two cores."
    return table("properties", caption, header, rows)


def _mean(found: dict[str, Any], kind: str) -> float:
    """Give a kind's pass rate; languages have as many cases."""
    return sum(found["challenge"][f"{kind} {c}"] for c in LANGUAGES) / len(LANGUAGES)


def _findings(results: dict[str, Any], sources: Sources) -> dict[str, str]:
    """Name what stands out, so that the text follows the figures."""
    found = results[DEFAULT]
    by_label = found["test"]["f1_by_label"]
    ranked = sorted(by_label, key=by_label.__getitem__)
    kinds = sorted(KINDS, key=lambda k: _mean(found, k))
    languages = sorted(LANGUAGES, key=lambda c: found["test"][c]["micro_f1"])
    return {
        "hardestLabels": listing([f"{code(k)} ({decimal(by_label[k], 2)})" for k in ranked[:4]]),
        "easiestLabels": listing([f"{code(k)} ({decimal(by_label[k], 2)})" for k in ranked[:-4:-1]]),
        "weakestKinds": listing([f"{KINDS[k]} ({percent(_mean(found, k), 0)})" for k in kinds[:2]]),
        "strongestKinds": listing([f"{KINDS[k]} ({percent(_mean(found, k), 0)})" for k in kinds[:-3:-1]]),
        "hardestLanguage": NAMES[languages[0]],
        "easiestLanguage": NAMES[languages[-1]],
        "testVerdict": _verdict(results, "test", "micro"),
    }


def _real_findings(results: dict[str, Any], sources: Sources) -> dict[str, str]:
    """Name what stands out on real comments."""
    card = sources.card("corpora/real_eval/card.toml")
    support = {k: sum(card["labels"][c].get(k, 0) for c in LANGUAGES) for k in results[DEFAULT]["real"]["f1_by_label"]}
    by_label = {k: v for k, v in results[DEFAULT]["real"]["f1_by_label"].items() if support[k] >= _ENOUGH}
    ranked = sorted(by_label, key=by_label.__getitem__)
    languages = sorted(LANGUAGES, key=lambda c: results[DEFAULT]["real"][c]["micro_f1"])
    return {
        "realHardest": listing([f"{code(k)} ({decimal(by_label[k], 2)})" for k in ranked[:4]]),
        "realEasiest": listing([f"{code(k)} ({decimal(by_label[k], 2)})" for k in ranked[:-4:-1]]),
        "realHardestLanguage": NAMES[languages[0]],
        "realEasiestLanguage": NAMES[languages[-1]],
        "nRealLabels": str(len(by_label)),
        "nEnough": str(_ENOUGH),
        "realVerdict": _verdict(results, "real", "micro"),
    }


def _verdict(results: dict[str, Any], data: str, short: str) -> str:
    """Say how the default stands to the linear head, no more than the intervals allow."""
    if BASE not in results:
        return "measured alone"
    mine, other = (results[s][data]["all"]["interval"][short] for s in (DEFAULT, BASE))
    if mine[0] > other[1]:
        return "clearly above the linear head"
    if mine[1] < other[0]:
        return "clearly below the linear head"
    return "not told apart from the linear head by their intervals"
