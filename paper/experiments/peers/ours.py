"""The package's own models: the shipped ones by name, and the n-gram baseline trained on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from peers.base import Task

if TYPE_CHECKING:
    from cxmining.records import Passage

TRAINED_HERE = "tfidf"

READ_TEXTS_WHOLE = {"fast", "tfidf"}
"""Models whose scores need no segments; as the peers', theirs come from the text as it is, boilerplate and all."""


class Ours:
    """A model of the package, with the thresholds that it ships with."""

    packages = ("onnxruntime", "tokenizers", "scikit-learn", "scipy", "numpy")

    def __init__(self, name: str) -> None:
        self.name = name

    def fit(self, task: Task) -> dict[str, Any]:
        """Train the baseline; a shipped model is trained already."""
        from cxmining import load_taxonomy
        from cxmining.classifiers.base import Gold
        from cxmining.classifiers.tfidf import TfidfTagger

        if self.name != TRAINED_HERE:
            return {"trained": "as shipped; see its card"}
        train = task.train
        gold = Gold(train.labels, train.known, [{} for _ in train.texts], train.scenarios)
        TfidfTagger(load_taxonomy().ids).fit(_passages(train.texts, train.languages), gold).save(task.folder)
        return {"trained": "here"}

    def load(self, folder: Path) -> None:
        """Load the model."""
        from cxmining import Tagger

        self._tagger = Tagger.load(folder if self.name == TRAINED_HERE else self.name)

    @property
    def thresholds(self) -> np.ndarray:
        """Thresholds that the model carries."""
        return np.asarray(self._tagger.classifier.thresholds_)

    def predict_proba(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Score texts, segmented where the model asks for it."""
        parted = self.name not in READ_TEXTS_WHOLE
        return self._tagger.classifier.predict_proba(_passages(texts, languages, parted))

    def tag(self, texts: Sequence[str], languages: Sequence[str]) -> None:
        """Do the whole work on raw texts: language, segments, scores, decisions, evidence."""
        self._tagger.tag(list(texts))


def _passages(texts: Sequence[str], languages: Sequence[str], parted: bool = True) -> list[Passage]:
    """Normalise texts of stated languages, and segment them if asked to."""
    from cxmining.records import LanguageGuess, Passage
    from cxmining.text import segments, to_document

    guesses = {code: LanguageGuess(code, 1.0) for code in set(languages)}
    documents = [to_document(t, guesses[code]) for t, code in zip(texts, languages, strict=True)]
    return [Passage(d, tuple(segments(d)) if parted else ()) for d in documents]
