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
# # 1. Load and tag an export
#
# You have an export from a survey tool or a help desk: comments in Croatian, Russian or Japanese, in whatever encoding
# and with whatever column names that tool liked. At the end of this lesson you will know
#
# - how `cxmining` reads such a file, what it found out about it, and where the rows went that it could not read;
# - what a **tag** is: a failure mode from a codebook, a probability, and **the words that prove it**;
# - how to go from tagged comments to a first table and a first figure;
# - which of this you can do in one line on the command line.
#
# Nothing here needs a network or a GPU.

# %%
# %matplotlib inline
import os
import subprocess
import sys
import tempfile
from collections import Counter
from html import escape
from pathlib import Path

import pandas as pd
from IPython.display import HTML

from cxmining import Tagger, load_taxonomy, read
from cxmining.evaluation.figures import style
from cxmining.evaluation.intervals import wilson_interval
from cxmining.paths import shipped
from cxmining.records import Rejected

SAMPLES = shipped("corpora") / "samples"
WORK = Path(tempfile.mkdtemp())

# %% [markdown]
# ## 1.1 What an export looks like from below
#
# Three surveys come with the package. Here are the first bytes of the Croatian one. The separator is a semicolon, and
# the letter *č* is one byte, `\xe8`: this is Windows-1250, what Excel writes on a Croatian machine. Read as UTF-8 it
# would break; read as Windows-1252 it would silently become *è*.

# %%
print(b"\n".join((SAMPLES / "survey_hr.csv").read_bytes().splitlines()[:3]))

# %% [markdown]
# `read` finds encoding, delimiter and columns by itself, and **says** what it decided, so that you can disagree
# (`ReadOptions(encoding=..., text=...)`, or `--encoding` and `--text` on the command line).

# %%
sources = []
files = sorted(SAMPLES.glob("survey_*.csv"))
records = [r for r in read(files, on_source=sources.append) if not isinstance(r, Rejected)]
pd.DataFrame(
    [{"file": Path(s.file).name, "encoding": s.encoding, "delimiter": s.delimiter, **dict(s.columns)} for s in sources]
).fillna("")

# %% [markdown]
# Every row became a `Record`: an id, the text exactly as written, and the other columns, untouched.

# %%
records[0]

# %% [markdown]
# ### Nothing is lost
#
# A row that cannot be read is not skipped; it comes out as `Rejected`, with the file, the row and the reason. Count
# them before you report anything: *read = tagged + rejected*, always.

# %%
broken = WORK / "broken.jsonl"
broken.write_text('{"id": 1, "text": "Čekala sam dva sata."}\n{"id": 2, "text": \n', encoding="utf-8")
for row in read(broken):
    print(type(row).__name__, "|", row.origin.row, "|", getattr(row, "reason", "") or row.text)

# %% [markdown]
# ## 1.2 One comment, closely
#
# A `Tagger` holds a trained model and its codebook. We give it one comment in each language.

# %%
tagger = Tagger.load()
taxonomy = load_taxonomy()
COMMENTS = [
    "Treći put zovem, a nitko ne vidi što sam prošli put rekao. Poslije toga čekao sam još sat vremena na liniji.",
    "Сорок минут слушал музыку в трубке, а потом оператор нахамил и бросил трубку.",
    "返金すると約束されたのに三週間たっても振り込まれず、電話しても担当者が休みで誰も分からないと言われた。",
]
tagged = tagger.tag(COMMENTS)
pd.DataFrame(
    [
        {
            "language": row.language,
            "label": tag.label,
            "name": taxonomy.name(tag.label, row.language),
            "probability": round(tag.score, 2),
            "evidence": " | ".join(tag.quotes()),
        }
        for row in tagged
        for tag in row.tags
    ]
)

# %% [markdown]
# The evidence is not a paraphrase: each span holds offsets into the text as it was loaded, so
# `text[start:end] == quote`. That makes it easy to mark the words in a page, and easy for a colleague to disagree.

# %%
COLOURS = ["#ffe08a", "#bfe3ff", "#ffc9c9", "#c9f0c9", "#e3d0ff", "#ffd8b0"]


def marked(row):
    """Mark the evidence of a tagged text; where spans overlap the likelier label wins."""
    owner = [None] * len(row.text)
    for tag in reversed(row.tags):
        for span in tag.evidence:
            owner[span.start : span.end] = [tag.label] * (span.end - span.start)
    colour = {tag.label: COLOURS[i % len(COLOURS)] for i, tag in enumerate(row.tags)}
    text = "".join(
        f'<span style="background:{colour[label]}">{escape(char)}</span>' if label else escape(char)
        for char, label in zip(row.text, owner, strict=True)
    )
    names = " ".join(
        f'<span style="background:{c};padding:0 .4em">{escape(taxonomy.name(label, row.language))}</span>'
        for label, c in colour.items()
    )
    return f'<p style="font-size:1.05em;line-height:1.8">{text}<br><small>{names}</small></p>'


for row in tagged:
    for tag in row.tags:
        assert all(row.text[s.start : s.end] == s.quote for s in tag.evidence)
HTML("".join(map(marked, tagged)))

# %% [markdown]
# ## 1.3 The whole export
#
# `tag_frame` takes a pandas data frame and adds `language`, `labels` and `tags`.

# %%
frame = pd.DataFrame({"id": r.id, "text": r.text, "file": Path(r.origin.file).name} for r in records)
frame = tagger.tag_frame(frame)
frame[["id", "language", "text", "labels"]].head(8)

# %%
frame.groupby("language")["labels"].agg(
    comments="size",
    tagged=lambda c: int(c.map(bool).sum()),
    tags=lambda c: int(c.map(len).sum()),
)

# %% [markdown]
# ## 1.4 A first figure
#
# How common is each label? We count comments, not tags, and draw a **Wilson interval** beside each share. With a few
# dozen comments the intervals are wide, and that is the point: one comment more or less must not become news. (They
# tell the chance in drawing comments, not the errors of the tagger; lesson 4 adds these.)
#
# Names are shown in the language of the comments in which the label is most frequent; the figure's fonts hold all
# three scripts.

# %%
counts = Counter((label, row.language) for row in frame.itertuples() for label in row.labels)
totals = Counter(label for labels in frame["labels"] for label in labels)
top = [label for label, _ in totals.most_common(12)]


def shown(label):
    """Name a label in the language in which it is most frequent here."""
    language = max(("hr", "ru", "ja"), key=lambda code: counts[label, code])
    return f"{taxonomy.name(label, language)} ({label})"


with style():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    low, high = wilson_interval([totals[label] for label in top], len(frame))
    place = range(len(top))[::-1]
    left = [0.0] * len(top)
    for language, colour in (("hr", "#2a6f97"), ("ru", "#c1121f"), ("ja", "#f4a261")):
        share = [counts[label, language] / len(frame) for label in top]
        axes.barh(place, share, left=left, color=colour, label=language)
        left = [a + b for a, b in zip(left, share, strict=True)]
    axes.hlines(place, low, high, color="black", linewidth=1.2)
    axes.set_yticks(place, [shown(label) for label in top])
    axes.xaxis.set_major_formatter(lambda v, _: f"{100 * v:.0f} %")
    axes.set_xlabel(f"share of {len(frame)} comments, with 95 % interval")
    axes.grid(visible=False, axis="y")
    axes.legend(title="language", loc="lower right")
figure

# %% [markdown]
# ## 1.5 The same on the command line
#
# For a folder of files the command line is shorter, streams whatever the size, shows what it decided about each file,
# and writes one file with a 0/1 column a label, ready for a spreadsheet.

# %%
out = WORK / "tagged.csv"
command = [sys.executable, "-m", "cxmining.cli", "tag", str(SAMPLES), "-o", str(out)]
plain = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}  # no colours, no moving bar
done = subprocess.run(command, capture_output=True, text=True, check=True, env=plain)
print(done.stderr.replace(str(SAMPLES), "samples").replace(str(WORK), "."))

# %%
table = pd.read_csv(out)
flags = [c for c in table.columns if c.startswith("label:")]
print(len(table), "rows,", len(flags), "label columns")
table.loc[table["n_labels"] > 0, ["id", "language", "top_label", "top_score", "evidence"]].head(6)

# %% [markdown]
# ## What to take along
#
# - Look at what the reader decided (encoding, text column) **before** you look at results.
# - Read the evidence of twenty comments before you trust a chart of twenty thousand.
# - A tag says that the text *tells of* a failure, not that the failure happened.
# - The shares above are what the model counted. Lesson 4 measures how often it errs and corrects them.
#
# Next: [2. Train a tagger on your own codebook](02_own_codebook.ipynb).
