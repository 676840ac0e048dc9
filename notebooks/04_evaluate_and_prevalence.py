# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: -all
#     formats: ipynb,py:percent
#     notebook_metadata_filter: -jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4. Evaluate, and report prevalence with intervals
#
# "Twelve percent of our customers complain about waiting." Before this sentence goes to the board, three questions need
# an answer: how often is the tagger wrong, how much could chance have moved the number, and what is the share once the
# errors are taken out? In this lesson you
#
# - score a tagger against gold labels, with intervals that know which comments belong together;
# - see the ceiling: how well do two *people* agree?
# - test whether one tagger is better than another, and how many comments such a test needs;
# - correct counted shares for the tagger's errors, and see on known data that this works.

# %%
# %matplotlib inline
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from cxmining import Tagger, load_corpus, load_taxonomy
from cxmining.annotating import agree_files
from cxmining.evaluating import Selection, evaluate_files
from cxmining.evaluation.figures import label_bars, prevalence_bars, reliability_plot, style
from cxmining.evaluation.prevalence import Checked, estimate_prevalence

WORK = Path(tempfile.mkdtemp())
taxonomy = load_taxonomy()

# %% [markdown]
# ## 4.1 Gold and predictions
#
# Gold labels are the test rows of the shipped corpus: comments that no model was trained on, coded twice and
# adjudicated. **Yours should be a random sample of your own export**, coded by people who do not see what the tagger
# says; two hundred comments are a start. We keep to short channels here, so that the lesson runs quickly.

# %%
gold_rows = [r for r in load_corpus("failure_modes", split="test") if r.channel in {"survey", "review", "post"}]
gold = WORK / "gold.jsonl"
gold.write_text("".join(r.model_dump_json() + "\n" for r in gold_rows), encoding="utf-8")


def tag_to_file(tagger, rows, path):
    """Tag rows and write them as `cxmining tag` would."""
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            result = tagger.tag(row.text, language=row.language)[0]
            tags = [
                {"label": t.label, "score": t.score, "evidence": [{"start": s.start, "end": s.end} for s in t.evidence]}
                for t in result.tags
            ]
            line = {"id": row.id, "text": row.text, "labels": result.labels, "tags": tags}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    return path


tagger = Tagger.load()
pred = tag_to_file(tagger, gold_rows, WORK / "tagged.jsonl")
report = evaluate_files(gold, [pred], taxonomy, Selection(by=("language", "channel")))
shown = ["micro_f1", "macro_f1", "micro_precision", "micro_recall", "subset_accuracy", "family_macro_f1",
         "evidence_character_f1"]  # fmt: skip
pd.DataFrame({k: [report[k], *report["intervals"][k]] for k in shown}, ["value", "from", "to"]).T.round(3)

# %% [markdown]
# How to read this:
#
# - **micro-F1** weighs every tag alike, so common labels rule it; **macro-F1** weighs every label alike, so rare ones
#   do. Report both.
# - **family_macro_f1** forgives a neighbour of the same family; the gap to macro-F1 is confusion inside families.
# - **evidence_character_f1** asks, where the label is right, whether the quoted words are.
# - The intervals come from a bootstrap that draws whole scenarios. Labels that the annotators left open (`maybe`) are
#   scored neither way.
#
# On the command line: `cxmining evaluate gold.jsonl tagged.jsonl --by language --html page.html`, and
# `--fail-under macro_f1=0.7` lets a nightly job fail when a model gets worse.

# %%
pd.DataFrame(
    [
        {"by": column, "value": value, "comments": r["n_rows"], "micro F1": r["micro_f1"], "macro F1": r["macro_f1"],
         "from": r["intervals"]["macro_f1"][0], "to": r["intervals"]["macro_f1"][1]}
        for column, strata in report["by"].items() for value, r in strata.items()
    ]
).round(3)  # fmt: skip

# %%
label_bars(report["labels"])

# %%
pd.DataFrame(report["confusion"]["pairs"]).fillna("(nothing)").head(8)

# %% [markdown]
# ### Do the probabilities mean what they say?
#
# Of the tags that the model gave with a probability of about 0.8, about 80 % should be right. Points above the diagonal
# are tags better than promised, points below are overconfident. (A tagged file holds only the tags above the threshold,
# so only these are drawn.)

# %%
reliability_plot(report["probabilities"]["reliability"], report["probabilities"]["cells"])

# %% [markdown]
# ## 4.2 The ceiling: how well do people agree?
#
# Where two careful people disagree, no tagger can be right with both. Agreement is measured corrected for chance
# (Krippendorff's alpha; the MASI distance gives partial credit for overlapping label sets), and the F1 of one annotator
# against the other is the score that a system could honestly reach.

# %%
agreement = agree_files([gold], taxonomy)
pd.Series(
    {
        "alpha (MASI)": agreement["alpha"]["masi"],
        "from": agreement["intervals"]["masi"][0],
        "to": agreement["intervals"]["masi"][1],
        "equal label sets": agreement["exact"],
        "macro F1 between annotators": agreement["ceiling"]["macro_f1"],
        "macro F1 of the tagger": report["macro_f1"],
    }
).round(3).to_frame("")

# %% [markdown]
# These annotators were language models given one codebook, and they agree far better than people do. With human coders,
# an alpha of 0.67 to 0.8 is usual for codes like these; below that, mend the codebook before you train or count.
#
# ## 4.3 Is one tagger better than the other?
#
# The small linear head against the default, on the same comments. Looking at two separate intervals is not a test; the
# **paired** bootstrap and approximate randomisation are, because both systems see the same easy and hard comments.
# Several comparisons are corrected together (Holm).

# %%
small = tag_to_file(Tagger.load("linear-head"), gold_rows, WORK / "small.jsonl")
entry = evaluate_files(gold, [pred, small], taxonomy)["comparison"][0]
pd.DataFrame(
    {
        metric: {"default": e["first"], "linear-head": e["other"], "difference": e["difference"],
                 "from": e["interval"][0], "to": e["interval"][1], "p": e["p_randomisation"], "p (Holm)": e["p_holm"],
                 "scenarios needed for 0.02": e["clusters_for_0.02"]}
        for metric, e in entry.items() if isinstance(e, dict)
    }
).round(4)  # fmt: skip

# %% [markdown]
# The last row is the power estimate: so many scenarios would be needed to see a true difference of 0.02 with a chance
# of 80 %. If that is more than you can code, do not report differences of that size.
#
# ## 4.4 From counts to prevalence
#
# A tagger that misses a fifth of what is there and adds a little that is not gives a **biased share**, and no number of
# comments mends that. But the gold rows tell both error rates: how often it tags comments that bear the label
# (*true alarms*), and how often those that do not (*false alarms*). Then
#
# $$\text{share} = \frac{\text{counted} - \text{false alarms}}{\text{true alarms} - \text{false alarms}}$$
#
# This is the *adjusted count* (Rogan and Gladen 1978; Forman 2008). It assumes that a waiting complaint in your export
# looks like a waiting complaint in the gold rows; check that on a sample. The interval holds the chance in **both**:
# few gold rows make it wide, however many comments you count.
#
# We count the parallel corpus, 120 scenarios told in three languages. Its labels are known, so we can look at the truth
# afterwards.


# %%
def matrices(rows, path):
    """Give gold labels, known cells and the tags of a tagged file."""
    given = {r["id"]: r["labels"] for r in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    truth, known, tagged = (np.zeros((len(rows), len(taxonomy)), bool) for _ in range(3))
    for i, row in enumerate(rows):
        truth[i, [taxonomy.index[x] for x in row.labels]] = True
        known[i, [taxonomy.index[x] for x in row.maybe]] = True
        tagged[i, [taxonomy.index[x] for x in given[row.id]]] = True
    return truth, ~known | truth, tagged


target_rows = list(load_corpus("parallel"))
target = tag_to_file(tagger, target_rows, WORK / "target.jsonl")
truth, known, tagged = matrices(gold_rows, pred)
target_truth, _, target_tagged = matrices(target_rows, target)
checked = Checked(truth, tagged, known, [r.scenario for r in gold_rows])
found = estimate_prevalence(target_tagged, checked, [r.scenario for r in target_rows])

common = np.argsort(-target_truth.mean(axis=0))[:12]
table = pd.DataFrame(
    {"counted": found.counted, "corrected": found.adjusted, "from": found.low, "to": found.high,
     "true": target_truth.mean(axis=0)},
    taxonomy.ids,
).iloc[common]  # fmt: skip
(100 * table).round(1)  # per cent

# %%
names = [f"{taxonomy.name(k, 'hr')}\n{taxonomy.name(k, 'ru')} · {taxonomy.name(k, 'ja')}" for k in table.index]
figure = prevalence_bars(names, table["counted"], table["corrected"], [table["from"], table["to"]])
with style():
    axes = figure.axes[0]
    axes.plot(table["true"], np.arange(len(table))[::-1] - 0.12, "x", color="black", markersize=7)
    axes.set_title("black crosses: the true share", fontsize=10)
figure

# %%
inside = ((found.low <= target_truth.mean(axis=0)) & (target_truth.mean(axis=0) <= found.high))[~np.isnan(found.low)]
print(f"the interval holds the true share for {inside.sum()} of {len(inside)} labels")

# %% [markdown]
# For one language at a time, check on comments of that language: error rates differ between languages, and so do the
# corrections.

# %%
rows = []
for code in ("hr", "ru", "ja"):
    here, there = (np.array([r.language == code for r in rs]) for rs in (gold_rows, target_rows))
    part = Checked(truth[here], tagged[here], known[here], [r.scenario for r in gold_rows if r.language == code])
    own = estimate_prevalence(target_tagged[there], part)
    k = taxonomy.index["long_wait"]
    rows.append({"language": code, "name": taxonomy.name("long_wait", code), "counted": own.counted[k],
                 "corrected": own.adjusted[k], "from": own.low[k], "to": own.high[k],
                 "true": target_truth[there][:, k].mean()})  # fmt: skip
pd.DataFrame(rows).set_index("language").round(3)

# %% [markdown]
# ### Why counting alone is not enough
#
# Now we change how common waiting is, by drawing from the counted comments more or fewer of those that bear the label,
# and look at what each method reports. Counting is pulled towards a middle value: too high where the label is rare, too
# low where it is common. The corrected share follows the truth. This is exactly the situation of a **trend**: if your
# share moves from month to month, counting understates the move.

# %%
rng = np.random.default_rng(0)
label = "long_wait"
k = taxonomy.index[label]
bearing, others = np.flatnonzero(target_truth[:, k]), np.flatnonzero(~target_truth[:, k])
points = []
for share in (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
    n = 400
    drawn = np.concatenate([rng.choice(bearing, round(share * n)), rng.choice(others, n - round(share * n))])
    one = Checked(truth[:, k : k + 1], tagged[:, k : k + 1], known[:, k : k + 1], checked.clusters)
    p = estimate_prevalence(target_tagged[drawn, k : k + 1], one)
    points.append((share, p.counted[0], p.adjusted[0], p.low[0], p.high[0]))
points = np.array(points)
with style():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 0.75], [0, 0.75], "--", color="#8d99ae", linewidth=1)
    axes.plot(points[:, 0], points[:, 1], "D-", color="#8d99ae", label="counted")
    axes.vlines(points[:, 0], points[:, 3], points[:, 4], color="#2a6f97", linewidth=2)
    axes.plot(points[:, 0], points[:, 2], "o", color="#2a6f97", label="corrected, 95 % interval")
    axes.set_xlabel("true share")
    axes.set_ylabel("reported share")
    axes.set_title(" · ".join(taxonomy.name(label, code) for code in ("hr", "ru", "ja")))
    axes.legend()
figure

# %% [markdown]
# ## A sentence for the board
#
# Now the sentence can be written so that nobody has to take it back:

# %%
print(
    f"{found.adjusted[k]:.0%} of the comments tell of a long wait (95 % interval {found.low[k]:.0%} to "
    f"{found.high[k]:.0%}; counted {found.counted[k]:.0%}, corrected for the tagger's errors, which were measured on "
    f"{len(gold_rows)} coded comments)."
)

# %% [markdown]
# ## What to take along
#
# - Code a random sample of **your** comments; a score on somebody else's test rows does not carry over.
# - Report micro and macro F1 with intervals, by language, beside the agreement of the annotators.
# - Never report a counted share when you can report a corrected one; never a corrected one without its interval.
# - A share of comments is not a share of customers: only some write.
