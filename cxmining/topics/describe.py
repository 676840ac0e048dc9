"""What is told of a topic: its size, languages, names, words, collocations and quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.topics.clusters import FloatArray, IntArray
from cxmining.topics.collocations import Collocation, topic_collocations
from cxmining.topics.keywords import Keyword, topic_words
from cxmining.topics.lexicon import Lexicon
from cxmining.topics.model import Assignment
from cxmining.topics.naming import topic_name
from cxmining.topics.quotes import choose_quotes

_LEAST_SEGMENTS = 5
_LEAST_SHARE = 0.08
_WORD_BONUS = 0.08


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as a reader sees it.

    Parameters
    ----------
    id : int
        Number of the topic, from 0.
    n_segments, n_documents : int
        Its size.
    languages : dict of str to int
        Segments by language, the most frequent first.
    names : dict of str to str
        One name in each language that has 8 % of the topic and five segments (a fifth of a small topic), or most of it.
    words : dict of str to list of Keyword
        Words by language, best first.
    collocations : dict of str to list of Collocation
        Pairs of words by language.
    quotes : list of int
        Segments that represent it.
    cohesion : float
        Mean cosine of its segments to its centre, in [0, 1].
    seed : str or None
        Name of the guided topic.
    """

    id: int
    n_segments: int
    n_documents: int
    languages: dict[str, int]
    names: dict[str, str]
    words: dict[str, list[Keyword]]
    collocations: dict[str, list[Collocation]]
    quotes: list[int]
    cohesion: float
    seed: str | None = None

    @property
    def label(self) -> str:
        """All names in one line, the most frequent language first."""
        shown = " | ".join(self.names.values())
        return f"{self.seed}: {shown}" if self.seed else shown


@dataclass(frozen=True, slots=True)
class Material:
    """What topics are described from, segment by segment.

    Parameters
    ----------
    lexicon : Lexicon
        Content words.
    languages : ndarray of str, shape (n_segments,)
        Language of each segment.
    documents : ndarray of int64, shape (n_segments,)
        Document of each segment.
    texts : sequence of str, length n_segments
        Raw words of each segment.
    """

    lexicon: Lexicon
    languages: NDArray[np.str_]
    documents: IntArray
    texts: Sequence[str]


def describe_topics(
    material: Material, assignment: Assignment, n_topics: int, seeds: Sequence[str] = (), n_words: int = 10
) -> list[Topic]:
    """Describe every topic.

    Parameters
    ----------
    material : Material
        Words, languages, documents and texts of the segments.
    assignment : Assignment
        Topic and weight of each segment.
    n_topics : int
        Number of topics.
    seeds : sequence of str
        Names of the guided topics, which are the first ones.
    n_words : int, default 10
        Most words in a language.

    Returns
    -------
    list of Topic
        In the order of their numbers.
    """
    topics = assignment.topics
    words = topic_words(material.lexicon, topics, material.documents, n_topics, n_words)
    pairs = topic_collocations(material.lexicon, topics, n_topics)
    bonus = np.minimum(_own_words(material.lexicon, topics, words), 3) * np.float32(_WORD_BONUS)
    quotes = choose_quotes(topics, assignment.weights + bonus, material.languages, material.documents, material.texts)
    described = []
    for k in range(n_topics):
        rows = np.flatnonzero(topics == k)
        codes, counts = np.unique(material.languages[rows], return_counts=True)
        order = np.argsort(-counts, kind="stable")
        languages = {str(codes[i]): int(counts[i]) for i in order}
        least = max(min(_LEAST_SEGMENTS, 0.2 * len(rows)), _LEAST_SHARE * len(rows))
        present = [c for place, (c, n) in enumerate(languages.items()) if n >= least or place == 0]
        chosen = {c: words[k].get(c, []) for c in present}
        collocations = {c: pairs[k].get(c, []) for c in present}
        names = {c: topic_name(chosen[c], collocations[c], c) for c in present}
        described.append(
            Topic(
                id=k,
                n_segments=len(rows),
                n_documents=len(np.unique(material.documents[rows])),
                languages=languages,
                names={c: name for c, name in names.items() if name},
                words={c: w for c, w in chosen.items() if w},
                collocations={c: p for c, p in collocations.items() if p},
                quotes=[i for i in (quotes[k] if k < len(quotes) else []) if str(material.languages[i]) in present],
                cohesion=round(float(assignment.weights[rows].mean()), 4) if len(rows) else 0.0,
                seed=seeds[k] if k < len(seeds) else None,
            )
        )
    return described


def _own_words(lexicon: Lexicon, topics: IntArray, words: Sequence[Mapping[str, Sequence[Keyword]]]) -> FloatArray:
    """Count how many words of its topic each segment has."""
    index = {(str(c), lemma): i for i, (c, lemma) in enumerate(zip(lexicon.languages, lexicon.lemmas, strict=True))}
    owners = lexicon.owners()
    place = topics[owners]
    own = np.zeros(len(lexicon.ids), np.bool_)
    order = np.argsort(place, kind="stable")
    bounds = np.searchsorted(place[order], np.arange(len(words) + 1))
    for k, by_language in enumerate(words):
        terms = [index[code, word.lemma] for code, row in by_language.items() for word in row]
        part = order[bounds[k] : bounds[k + 1]]
        own[part] = np.isin(lexicon.ids[part], terms)
    return np.bincount(owners[own], minlength=lexicon.n_segments).astype(np.float32)
