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
# # 3. Topics, and what the codes miss
#
# A codebook finds what somebody thought of before. Topics go the other way: they group sentences that are alike and
# leave the naming to you. In this lesson you
#
# - find topics **across three languages at once**, and read them by words, names and quotes;
# - put topics beside failure modes, to see which topics the codes explain;
# - look at the complaints that **no code explains**, the raw material of new codes;
# - test that idea blind: hide a code, and see whether the leftovers bring it back;
# - ask how stable the topics are before you show them to anybody.
#
# One line on the command line does all this for a file and writes a page: `cxmining topics survey.csv -o topics`.

# %%
# %matplotlib inline
from dataclasses import replace

import numpy as np
import pandas as pd

from cxmining import Tagger, load_corpus, load_taxonomy
from cxmining.concordancing import find_hits
from cxmining.discovery import FitOptions, discover
from cxmining.evaluation.clusters import stability
from cxmining.explaining import explain_narratives, find_uncovered
from cxmining.models import shipped_encoder
from cxmining.narratives import read_narratives
from cxmining.topic_report import topic_report
from cxmining.topics.figures import mode_heatmap, topic_map, topic_sizes, word_bars
from cxmining.topics.model import TopicModel

# %% [markdown]
# ## 3.1 The material
#
# We take 480 comments of the shipped corpus, 160 a language. They were written for a codebook, so they complain more
# and wander less than your export will.

# %%
rng = np.random.default_rng(0)
rows = [r for r in load_corpus("failure_modes").records if r.columns["channel"] in {"survey", "review", "post"}]
records = []
for code in ("hr", "ru", "ja"):
    mine = [r for r in rows if r.language == code]
    records += [mine[i] for i in sorted(rng.permutation(len(mine))[:160])]
narratives = read_narratives(records)
print(f"{len(narratives.records)} comments, {len(narratives.segments)} sentences, {narratives.usable.sum()} usable")

# %% [markdown]
# The unit is the **sentence**, not the comment: a comment that waits, is insulted and then praises a colleague belongs
# to three topics. Each sentence is a vector from the same multilingual encoder that the taggers use; what only tells
# the language apart is taken out, so that a topic can hold all three.

# %%
found = discover(narratives)
report = topic_report(found)
codes = ("hr", "ru", "ja")
print(len(found.topics), "topics;", f"{found.outlier_share:.0%} of the sentences belong to none")
pd.DataFrame(
    [
        {"topic": t.id, "sentences": t.n_segments, **{c: t.languages.get(c, 0) for c in codes}, "names": t.label}
        for t in sorted(found.topics, key=lambda t: -t.n_segments)[:10]
    ]
).set_index("topic")

# %% [markdown]
# A name is made of words that are frequent inside the topic and rare outside it (class-based TF-IDF), one name in each
# language. **A name is a hint.** Do not put it on a slide before you have read quotes.

# %%
topic_sizes(report["topics"], n=20)

# %% [markdown]
# A topic with one colour speaks one language only. That may be news (something happens in one market), or the encoder
# telling languages apart after all; quotes decide.

# %%
word_bars(report["topics"], n=6)

# %%
topic_map(report["topics"], found.model.centroids)

# %% [markdown]
# ## 3.2 Read before you count
#
# Quotes are the sentences nearest to the centre of a topic, one after another in each language. They lead back to the
# comment by id and offsets.

# %%
largest = max(report["topics"], key=lambda t: t["n_segments"])
print(largest["label"])
pd.DataFrame(largest["quotes"])[["language", "quote", "id"]]

# %% [markdown]
# A concordance shows a word in all its forms in its surroundings. Give any form; *čekam* finds *čekao*, *čekala*,
# *čekali*. This is the quickest cure for a wrong idea of what a topic is about.

# %%
for word, language in (("čekati", "hr"), ("ждать", "ru"), ("待つ", "ja")):
    for hit in find_hits([r for r in records if r.language == language], word, language, width=28)[:3]:
        print(f"{hit.left:>30} [{hit.keyword}] {hit.right}")

# %% [markdown]
# ## 3.3 Topics beside codes
#
# Now the codebook looks at the same sentences. The figure counts, for each topic, the sentences that hold evidence of a
# failure mode: a dark row means that the codes know this topic already, an empty row that they do not.

# %%
taxonomy = load_taxonomy()
explained = explain_narratives(narratives, Tagger.load, taxonomy)
left = find_uncovered(narratives, explained)
full = topic_report(found, explained, left)
mode_heatmap(full["topics"], full["modes"]["labels"], full["modes"]["counts"], n=15)

# %% [markdown]
# ## 3.4 What the codes miss
#
# A second, small model tells how much a sentence *sounds like a complaint*, whatever about. Sentences that complain and
# hold no evidence of any code are **uncovered**. They are of three kinds, and only reading tells which:
#
# 1. the tagger overlooked a code that is there (a matter for lesson 4);
# 2. the sentence is the background of a complaint ("I have been a customer for ten years");
# 3. a failure for which the codebook has no code. This is what we are after.

# %%
print(f"{left.n_complaints} sentences complain, {left.n_uncovered} of them without any code")
candidates = full["uncovered"]["candidates"]
pd.DataFrame(
    [
        {"candidate": t["label"], "sentences": t["n_segments"], "a quote": t["quotes"][0]["quote"]}
        for t in candidates[:8]
        if t["quotes"]
    ]
)

# %% [markdown]
# ### A blind test: hide a code and look for it
#
# Does this find anything real? We play a codebook that never heard of **wrong orders, wrong bills and broken
# products**: we hide these codes and look at what comes out uncovered. If the method works, most sentences that only
# the hidden codes explain should come out, and some candidates should consist of them.

# %%
HIDDEN = {"order_error", "billing_error", "product_fault"}
keep = [k for k, label in enumerate(explained.labels) if label not in HIDDEN]
gone = [k for k, label in enumerate(explained.labels) if label in HIDDEN]
poorer = replace(
    explained,
    labels=tuple(explained.labels[k] for k in keep),
    evidence=explained.evidence[:, keep],
    documents=explained.documents[:, keep],
)
blind = find_uncovered(narratives, poorer)
hidden = explained.evidence[:, gone].any(axis=1)
leftover = narratives.usable & (blind.complaint >= 0.5) & ~poorer.evidence.any(axis=1)
alone = hidden & ~poorer.evidence.any(axis=1) & narratives.usable
print(f"uncovered sentences: {left.n_uncovered} before, {blind.n_uncovered} with the codes hidden")
back = (leftover & alone).sum()
print(f"of the {alone.sum()} sentences that only the hidden codes explain, {back} come out uncovered")
print(f"share of hidden codes among the uncovered: {hidden[leftover].mean():.0%}")

# %% [markdown]
# Which candidates would lead an analyst to the hidden codes? We look at the candidates with the largest share of them.

# %%
rows = []
for topic in blind.candidates:
    mine = blind.assignment.topics == topic.id
    rows.append({"share hidden": hidden[mine].mean(), "sentences": int(mine.sum()), "candidate": topic.label,
                 "a quote": narratives.texts[topic.quotes[0]] if topic.quotes else ""})  # fmt: skip
candidates = pd.DataFrame(rows, columns=["share hidden", "sentences", "candidate", "a quote"])
candidates.sort_values(["share hidden", "sentences"], ascending=False).head(6).round(2)

# %% [markdown]
# ## 3.5 Would another sample have given the same topics?
#
# We fit twice on random four fifths of the sentences, give all sentences a topic by each model, and compare the two
# (adjusted Rand index: 1 the same, 0 chance). Few broad topics are usually more stable than many narrow ones. Report
# this beside any topic chart; a topic that comes and goes with the sample is no finding.

# %%
encoder = shipped_encoder()
table = []
for n_topics in (6, 12, 24):
    runs = []
    for seed in range(3):
        part = narratives.usable & (np.random.default_rng(seed).random(len(narratives.segments)) < 0.8)
        model = TopicModel.fit(narratives.segments, part, encoder.means, FitOptions(n_topics))
        runs.append(model.assign(narratives.segments, outliers=False).topics)
    table.append({"topics": n_topics, "stability": stability(runs)})
pd.DataFrame(table).set_index("topics").round(2)

# %% [markdown]
# ## What to take along
#
# - Topics are for finding, codes are for counting. Turn a good topic into a code with a definition, have two people
#   code fifty comments by it, and only then count.
# - A name is a hint, quotes are the evidence, stability is the condition.
# - Complaints that no code explains are the best reading list that a codebook can get.
#
# Next: [4. Evaluate, and report prevalence with intervals](04_evaluate_and_prevalence.ipynb).
