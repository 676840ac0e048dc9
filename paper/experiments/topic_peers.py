"""Topic models side by side on the same segments, vectors and words: ours, BERTopic, NMF, LDA.

Every function takes what :func:`load` gave, and a seed, and gives the topic of each usable segment and the words of
each topic by language. Words that stand in fewer than five segments describe no topic, whatever the method.
Needs the extra ``bench``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cxmining.corpora import load_corpus
from cxmining.discovery import FitOptions, discover
from cxmining.models import shipped_encoder
from cxmining.narratives import Narratives, read_narratives
from cxmining.records import Origin, Record
from cxmining.topics.keywords import class_tfidf

Words = list[dict[str, list[str]]]
N_WORDS = 10
LEAST_SEGMENTS = 5


@dataclass(frozen=True)
class Collection:
    """Segments that every method gets."""

    narratives: Narratives
    rows: np.ndarray
    vectors: np.ndarray
    tokens: list[list[str]]

    @property
    def languages(self) -> np.ndarray:
        """Language of each segment."""
        return self.narratives.segments.languages[self.rows]


@dataclass(frozen=True)
class Result:
    """Topic of each segment of ``rows`` (-1 for outliers), and words by topic and language."""

    topics: np.ndarray
    words: Words


class CachedEncoder:
    """Encodes each text once and keeps its vector in a file, so that every method starts from the same vectors."""

    def __init__(self, folder: Path) -> None:
        self.inner = shipped_encoder()
        self.means, self.dimension, self.fingerprint = self.inner.means, self.inner.dimension, self.inner.fingerprint
        self._path = folder / f"vectors-{self.fingerprint}.npz"
        self._index: dict[str, int] = {}
        self._rows: list[np.ndarray] = []
        if self._path.exists():
            stored = np.load(self._path)
            self._index = {text: i for i, text in enumerate(json.loads(str(stored["texts"])))}
            self._rows = [stored["vectors"]]

    def encode(self, texts: Sequence[str]) -> object:
        """Give the vectors of texts, as the encoder does."""
        new = [t for t in dict.fromkeys(texts) if t not in self._index]
        if new:
            self._rows.append(self.inner.encode(new).documents.astype(np.float16))
            self._index |= {t: len(self._index) + i for i, t in enumerate(new)}
        if len(self._rows) > 1 and not new:
            self._rows = [np.concatenate(self._rows)]
        table = np.concatenate(self._rows) if len(self._rows) > 1 else self._rows[0]
        picked = [self._index[t] for t in texts]

        class _Encoded:
            documents = table[picked].astype(np.float32)

        return _Encoded

    def keep(self) -> None:
        """Write the vectors."""
        np.savez(self._path, texts=json.dumps(list(self._index)), vectors=np.concatenate(self._rows))


def records(real: Path | None = None) -> list[Record]:
    """Give the rows of the authored corpus, or those of a folder of JSON Lines files."""
    if real is None:
        return load_corpus("failure_modes").records
    rows = [json.loads(line) for path in sorted(real.glob("*.jsonl")) for line in path.open(encoding="utf-8")]
    return [Record(str(i), r["text"], Origin(real.name, i), r["language"]) for i, r in enumerate(rows)]


def load(items: Sequence[Record], encoder: CachedEncoder) -> Collection:
    """Segment, encode and tokenise; keep the segments with enough content words."""
    narratives = read_narratives(items, encoder)  # type: ignore[arg-type]
    rows = np.flatnonzero(narratives.usable)
    from cxmining.topics.space import Space

    space = Space.fit(narratives.segments, encoder.means)
    vectors = np.concatenate([space.mix(narratives.segments, part) for part in narratives.segments.chunks()])[rows]
    codes = narratives.lexicon
    tokens = [[str(i) for i in codes.ids[codes.offsets[r] : codes.offsets[r + 1]]] for r in rows]
    return Collection(narratives, rows, vectors, tokens)


def ours(data: Collection, n_topics: int, seed: int) -> Result:
    """Run this package's discovery; nothing is drawn, the seed changes nothing."""
    found = discover(data.narratives, FitOptions(n_topics))
    words = [{code: [w.lemma for w in row] for code, row in t.words.items()} for t in found.topics]
    return Result(found.assignment.topics[data.rows], words)


def ours_plain(data: Collection, n_topics: int, seed: int) -> Result:
    """Run this package's discovery, its words chosen by class-based TF-IDF alone."""
    found = discover(data.narratives, FitOptions(n_topics))
    topics = found.assignment.topics[data.rows]
    counts = data.narratives.lexicon.counts()[data.rows]
    sums = np.stack([np.asarray(counts[topics == k].sum(axis=0)).ravel() for k in range(len(found.topics))])
    return Result(topics, words_by_language(data, topics, class_tfidf(sums.astype(np.float64))))


def ours_assigned(data: Collection, n_topics: int, seed: int) -> Result:
    """Run this package's discovery, every segment given its nearest topic."""
    found = discover(data.narratives, FitOptions(n_topics), assign_outliers=True)
    words = [{code: [w.lemma for w in row] for code, row in t.words.items()} for t in found.topics]
    return Result(found.assignment.topics[data.rows], words)


def bertopic_pca(data: Collection, n_topics: int, seed: int) -> Result:
    """BERTopic with principal components and HDBSCAN's leaves."""
    from sklearn.decomposition import PCA

    return _bertopic(data, n_topics, PCA(5, random_state=seed), "leaf")


def bertopic_umap(data: Collection, n_topics: int, seed: int) -> Result:
    """BERTopic with UMAP and HDBSCAN's leaves, which give as many topics as the others have."""
    return _bertopic(data, n_topics, _umap(seed), "leaf")


def bertopic_default(data: Collection, n_topics: int, seed: int) -> Result:
    """BERTopic with UMAP and HDBSCAN's excess of mass, its default, which keeps few topics here."""
    return _bertopic(data, n_topics, _umap(seed), "eom")


def _umap(seed: int) -> object:
    """Give UMAP with BERTopic's settings."""
    from umap import UMAP

    return UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed, n_jobs=1)


def _bertopic(data: Collection, n_topics: int, reducer: object, selection: str) -> Result:
    """Fit BERTopic on our vectors and words; fine clusters are merged down to the number of topics."""
    from bertopic import BERTopic
    from hdbscan import HDBSCAN
    from sklearn.feature_extraction.text import CountVectorizer

    model = BERTopic(
        umap_model=reducer,
        hdbscan_model=HDBSCAN(min_cluster_size=10, metric="euclidean", cluster_selection_method=selection),
        vectorizer_model=CountVectorizer(analyzer=str.split),
        nr_topics=n_topics + 1,
        calculate_probabilities=False,
    )
    labels, _ = model.fit_transform([" ".join(t) for t in data.tokens], data.vectors)
    topics = np.asarray(labels)
    names = model.vectorizer_model.get_feature_names_out()
    kept = np.array([k >= 0 for k in sorted(set(labels))])
    weights = np.zeros((int(kept.sum()), len(data.narratives.lexicon.lemmas)))
    weights[:, names.astype(int)] = np.asarray(model.c_tf_idf_.todense())[kept]
    return Result(topics, words_by_language(data, topics, weights))


def nmf(data: Collection, n_topics: int, seed: int) -> Result:
    """Scikit-learn's NMF over TF-IDF."""
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=str.split, min_df=LEAST_SEGMENTS)
    table = vectorizer.fit_transform([" ".join(t) for t in data.tokens])
    model = NMF(n_topics, random_state=seed, max_iter=200, tol=1e-3)
    shares = model.fit_transform(table)
    weights = np.zeros((n_topics, len(data.narratives.lexicon.lemmas)))
    weights[:, vectorizer.get_feature_names_out().astype(int)] = model.components_
    topics = np.where(shares.any(axis=1), shares.argmax(axis=1), -1)
    return Result(topics, words_by_language(data, topics, weights))


def lda(data: Collection, n_topics: int, seed: int) -> Result:
    """Tomotopy's LDA by Gibbs sampling, 300 rounds."""
    import tomotopy

    spread = Counter(token for row in data.tokens for token in set(row))
    known = [[token for token in row if spread[token] >= LEAST_SEGMENTS] for row in data.tokens]
    kept = [i for i, row in enumerate(known) if row]
    model = tomotopy.LDAModel(k=n_topics, seed=seed)
    for i in kept:
        model.add_doc(known[i])
    model.train(300, workers=1)
    topics = np.full(len(known), -1)
    for i, document in zip(kept, model.docs, strict=True):
        topics[i] = int(np.argmax(document.get_topic_dist()))
    weights = np.zeros((n_topics, len(data.narratives.lexicon.lemmas)))
    terms = np.array(list(model.used_vocabs), int)
    for k in range(n_topics):
        weights[k, terms] = model.get_topic_word_dist(k)
    return Result(topics, words_by_language(data, topics, weights))


def words_by_language(data: Collection, topics: np.ndarray, weights: np.ndarray) -> Words:
    """Give the ten heaviest words of each topic in each language with 8 % of it and five segments, or most of it."""
    languages = data.narratives.lexicon.languages
    spread = np.asarray((data.narratives.lexicon.counts() > 0).sum(axis=0)).ravel()
    weights = np.where(spread >= LEAST_SEGMENTS, weights, 0.0)
    found: Words = []
    for k, row in enumerate(weights):
        codes, counts = np.unique(data.languages[topics == k], return_counts=True)
        entry: dict[str, list[str]] = {}
        for code, n in zip(codes, counts, strict=True):
            if n >= max(5, 0.08 * counts.sum()) or n == counts.max():
                own = np.flatnonzero((languages == code) & (row > 0))
                best = own[np.argsort(-row[own], kind="stable")[:N_WORDS]]
                entry[str(code)] = [data.narratives.lexicon.lemmas[i] for i in best]
        found.append(entry)
    return found


METHODS: dict[str, Callable[[Collection, int, int], Result]] = {
    "cxmining": ours,
    "cxmining, outliers assigned": ours_assigned,
    "cxmining, c-TF-IDF words": ours_plain,
    "BERTopic (PCA)": bertopic_pca,
    "BERTopic (UMAP)": bertopic_umap,
    "BERTopic (UMAP, default selection)": bertopic_default,
    "NMF (scikit-learn)": nmf,
    "LDA (tomotopy)": lda,
}
