"""Names of the systems, how figures call them, and where each is written."""

from __future__ import annotations

from importlib import import_module

from peers.base import System

PEERS: dict[str, tuple[str, str]] = {
    "sklearn": ("scikit-learn TF-IDF + logistic regression", "sklearn_tfidf:WordTfidf"),
    "sklearn-char": ("the same on character n-grams", "sklearn_tfidf:CharacterTfidf"),
    "fasttext": ("fastText", "fasttext_ova:FastText"),
    "model2vec": ("model2vec", "model2vec_static:Model2Vec"),
    "spacy": ("spaCy textcat_multilabel", "spacy_textcat:SpacyTextcat"),
    "setfit": ("SetFit (e5-small)", "setfit_e5:SetFit"),
    "e5-lr": ("e5-small + logistic regression", "sentence_lr:SentenceRegression"),
}
"""Name of each peer: title, and ``module:class`` below this folder."""


def make(name: str) -> System:
    """Make a peer, or one of the package's own models by its name."""
    module, attribute = PEERS[name][1].split(":") if name in PEERS else ("ours", "Ours")
    made = getattr(import_module(f"peers.{module}"), attribute)
    return made() if name in PEERS else made(name)


def title(name: str) -> str:
    """Give the name that tables and figures print."""
    return PEERS[name][0] if name in PEERS else f"cxmining {name}"
