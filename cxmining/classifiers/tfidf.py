"""Logistic regressions on word and character n-grams, a model a language: the classical baseline, no encoder needed.

References
----------
Sebastiani (2002). Machine Learning in Automated Text Categorization. ACM Computing Surveys 34(1).
Wang and Manning (2012). Baselines and Bigrams: Simple, Good Sentiment and Topic Classification. ACL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Gold, Interval, Scores
from cxmining.classifiers.folds import grouped_folds
from cxmining.classifiers.heads import Head, fit_heads
from cxmining.classifiers.spans import best_stretch
from cxmining.classifiers.state import Arrays, read_state, write_state
from cxmining.classifiers.thresholds import tune_f1
from cxmining.errors import ModelError
from cxmining.records import Passage, Segment

if TYPE_CHECKING:
    from sklearn.pipeline import FeatureUnion

FORMAT = "cxmining.tfidf/1"

VOCABULARY = "vocabulary.json"

_WORD = re.compile(r"\w+")
_JAPANESE_UNIT = re.compile(r"[ァ-ヴー]+|[一-龥々]+|[ぁ-ん]{1,3}|\w")


@dataclass(frozen=True, slots=True)
class _Language:
    """What one language learned: how to make features, and a regression a label."""

    vectors: FeatureUnion
    head: Head


class TfidfTagger:
    """Multi-label logistic regression on TF-IDF of word 1-2-grams and character 2-5-grams (Japanese: characters 1-4).

    Parameters
    ----------
    classes : sequence of str
        Label ids in order.
    c : float, default 10
        Inverse regularisation strength.
    min_documents : int, default 2
        Texts of a language that an n-gram must occur in.
    n_folds : int, default 5
        Folds (grouped by scenario) whose held-out scores tune the thresholds.
    seed : int, default 0
        Seed of the folds.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_labels,)
        Thresholds with the best held-out F1.
    held_out_ : ndarray of shape (n_passages, n_labels)
        Held-out probabilities of the training rows, set by :meth:`fit`; not saved.
    held_out_logits_ : ndarray of shape (n_passages, n_labels)
        Their logits, as :meth:`logits` gives them; not saved.
    """

    name = "tfidf"

    def __init__(
        self, classes: Sequence[str], c: float = 10.0, min_documents: int = 2, n_folds: int = 5, seed: int = 0
    ) -> None:
        self.classes = classes
        self.c = c
        self.min_documents = min_documents
        self.n_folds = n_folds
        self.seed = seed

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return tuple(self.classes)

    @property
    def languages(self) -> list[str]:
        """Languages of the training texts."""
        return sorted(self._models)

    def fit(self, passages: Sequence[Passage], gold: Gold) -> TfidfTagger:
        """Learn a model of each language, and thresholds from held-out folds.

        Parameters
        ----------
        passages : sequence of Passage, length n
            Training texts.
        gold : Gold
            Labels, open cells and groups of the same rows.

        Returns
        -------
        TfidfTagger
            Itself.
        """
        n = len(passages)
        self.held_out_logits_ = np.zeros((n, len(self.classes)), np.float32)
        for learn, test in grouped_folds(gold.groups, self.n_folds, self.seed):
            self._models = self._fit(passages, gold, learn)
            self.held_out_logits_[test] = self.logits([passages[i] for i in test])
        self.held_out_ = _probabilities(self.held_out_logits_)
        self.thresholds_ = tune_f1(self.held_out_, gold.labels, gold.known)
        self._models = self._fit(passages, gold, np.arange(n))
        return self

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is the stretch of the best segment whose words weigh most."""
        return Scores(self.predict_proba(passages), lambda i, k: [self._evidence(passages[i], k)])

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels); languages without a model get zeros."""
        return _probabilities(self.logits(passages))

    def logits(self, passages: Sequence[Passage]) -> FloatArray:
        """Give logits of shape (n_passages, n_labels); NaN where no training text was in a passage's language."""
        found = np.full((len(passages), len(self.classes)), np.nan, np.float32)
        for code, model in self._models.items():
            own = [i for i, p in enumerate(passages) if p.language == code]
            if own:
                features = model.vectors.transform([passages[i].text for i in own])
                found[own] = features @ model.head[0].T + model.head[1]
        return found

    def _fit(self, passages: Sequence[Passage], gold: Gold, rows: Any) -> dict[str, _Language]:
        """Learn from some rows."""
        models = {}
        for code in sorted({passages[i].language for i in rows}):
            own = [i for i in rows if passages[i].language == code]
            texts = [passages[i].text for i in own]
            try:
                vectors = _vectorizers(code, min(self.min_documents, len(own)))
                features = vectors.fit_transform(texts)
            except ValueError:  # no n-gram is common enough
                try:
                    vectors = _vectorizers(code, 1)
                    features = vectors.fit_transform(texts)
                except ValueError:  # no letter in all the texts
                    continue
            models[code] = _Language(vectors, fit_heads(features, gold.labels[own], gold.known[own], self.c))
        return models

    def _evidence(self, passage: Passage, k: int) -> Interval:
        """Give the stretch of the best segment that weighs most, each word scored by itself."""
        segments = [s for s in passage.segments if s.kind != "boilerplate"] or [Segment(0, len(passage.document.text))]
        text = passage.document.text
        model = self._models.get(passage.language)
        if model is None:
            return segments[0].start, segments[0].end

        def weights(parts: list[str]) -> FloatArray:
            return np.asarray(model.vectors.transform(parts) @ model.head[0][k], np.float32)

        best = segments[int(np.argmax(weights([text[s.start : s.end] for s in segments])))]
        unit = _JAPANESE_UNIT if passage.language == "ja" else _WORD
        words = [m.span() for m in unit.finditer(text, best.start, best.end)]
        if not words:
            return best.start, best.end
        starts, ends = np.array(words, np.int32).T
        return best_stretch(text, best, starts, ends, weights([text[a:b] for a, b in words]))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Give the learned numbers, by name."""
        arrays: dict[str, NDArray[np.generic]] = {"thresholds": self.thresholds_}
        for code, model in self._models.items():
            arrays[f"{code}.weight"], arrays[f"{code}.bias"] = model.head
            for name, part in model.vectors.transformer_list:
                arrays[f"{code}.{name}.idf"] = part.idf_
        return arrays

    def write_vocabulary(self, folder: Path) -> None:
        """Write ``vocabulary.json``: the n-grams of each language."""
        terms = {
            f"{code}.{name}": list(part.get_feature_names_out())
            for code, model in self._models.items()
            for name, part in model.vectors.transformer_list
        }
        (folder / VOCABULARY).write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")

    def take(self, arrays: Arrays, folder: Path, languages: object) -> TfidfTagger:
        """Take what :meth:`arrays` gave and :meth:`write_vocabulary` wrote, of these languages.

        Raises
        ------
        ModelError
            If the file is missing or damaged, or the two do not fit each other.
        """
        path, n = folder / VOCABULARY, len(self.classes)
        arrays.require({"thresholds": (n,)})
        self.thresholds_ = arrays["thresholds"]
        self._models = {}
        try:
            terms = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(languages, list) or {key.split(".")[0] for key in terms} != set(languages):
                raise ValueError("its languages are not those of model.json")
            for code in languages:
                vectors = _vectorizers(code, 1)
                n_terms = 0
                for name, part in vectors.transformer_list:
                    vocabulary = terms[f"{code}.{name}"]
                    part.vocabulary_ = {term: i for i, term in enumerate(vocabulary)}
                    arrays.require({f"{code}.{name}.idf": (len(vocabulary),)})
                    part.idf_ = arrays[f"{code}.{name}.idf"].astype(np.float64)
                    n_terms += len(vocabulary)
                arrays.require({f"{code}.weight": (n, n_terms), f"{code}.bias": (n,)})
                self._models[code] = _Language(vectors, (arrays[f"{code}.weight"], arrays[f"{code}.bias"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path}: missing, damaged or made for another model ({error})") from error
        return self

    def save(self, folder: Path) -> None:
        """Write ``model.json``, ``head.safetensors`` and ``vocabulary.json``."""
        settings = {"classes": list(self.classes), "languages": self.languages}
        write_state(folder, FORMAT, settings, self.arrays())
        self.write_vocabulary(folder)

    @classmethod
    def load(cls, folder: Path) -> TfidfTagger:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ModelError
            If files are missing, damaged, of another format or do not fit each other.
        """
        settings, arrays = read_state(folder, FORMAT)
        return cls(settings["classes"]).take(arrays, folder, settings.get("languages"))


def _probabilities(logits: FloatArray) -> FloatArray:
    """Turn logits into probabilities; a language without a model gets zeros."""
    return np.asarray(np.nan_to_num(1.0 / (1.0 + np.exp(-logits)), nan=0.0), np.float32)


def _vectorizers(code: str, min_documents: int) -> FeatureUnion:
    """Make the feature extractors of a language."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    words = {"token_pattern": r"(?u)\w+"}
    shared: dict[str, Any] = {"sublinear_tf": True, "min_df": min_documents, "dtype": np.float64}
    if code == "ja":
        return FeatureUnion([("char", TfidfVectorizer(analyzer="char", ngram_range=(1, 4), **shared))])
    return FeatureUnion(
        [
            ("word", TfidfVectorizer(analyzer="word", ngram_range=(1, 2), **shared, **words)),
            ("char", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **shared)),
        ]
    )
