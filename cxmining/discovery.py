"""Finds topics in narratives and describes them; the topic stage's front door for the command line and for Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cxmining.encoders import EmbeddedEncoder, centre
from cxmining.errors import InputError
from cxmining.models import shipped_encoder
from cxmining.narratives import LEAST_WORDS, Narratives
from cxmining.topics.describe import Topic, describe_topics
from cxmining.topics.lexical import LexicalMethod, lexical_topics
from cxmining.topics.model import Assignment, FitOptions, TopicModel, default_topics

__all__ = ["Discovery", "FitOptions", "apply_topics", "discover", "discover_lexical", "seed_vectors"]


_DEFAULTS = FitOptions()


@dataclass(frozen=True)
class Discovery:
    """Topics of a collection.

    Parameters
    ----------
    narratives : Narratives
        Documents and segments.
    model : TopicModel or None
        Fitted model; None for lexical topics.
    assignment : Assignment
        Topic and weight of each segment.
    topics : list of Topic
        Descriptions.
    """

    narratives: Narratives
    model: TopicModel | None
    assignment: Assignment
    topics: list[Topic]

    @property
    def outlier_share(self) -> float:
        """Share of segments without a topic, in [0, 1]."""
        return float((self.assignment.topics < 0).mean()) if len(self.assignment.topics) else 0.0


def discover(
    narratives: Narratives,
    options: FitOptions = _DEFAULTS,
    seeds: Mapping[str, Sequence[str]] | None = None,
    encoder: EmbeddedEncoder | None = None,
    assign_outliers: bool = False,
) -> Discovery:
    """Find topics.

    Parameters
    ----------
    narratives : Narratives
        From :func:`cxmining.narratives.read_narratives`.
    options : FitOptions
        Number of topics, share of outliers.
    seeds : mapping of str to sequence of str, optional
        Guided topics: names and phrases in any of the languages.
    encoder : EmbeddedEncoder, optional
        By default the shipped one.
    assign_outliers : bool, default False
        Give every segment its nearest topic.

    Returns
    -------
    Discovery
        The same for the same narratives.

    Raises
    ------
    InputError
        If fewer than two segments have content words.
    """
    encoder = encoder or shipped_encoder()
    usable = narratives.usable
    if usable.sum() < 2:
        raise InputError(
            f"topics need at least 2 sentences with {LEAST_WORDS} content words, there are {int(usable.sum())}; "
            "check the text column and the languages (hr, ru, ja)"
        )
    vectors = seed_vectors(seeds, encoder) if seeds else None
    model = TopicModel.fit(narratives.segments, usable, encoder.means, options, vectors)
    return apply_topics(model, narratives, assign_outliers)


def apply_topics(model: TopicModel, narratives: Narratives, assign_outliers: bool = False) -> Discovery:
    """Give narratives the topics of a fitted model and describe these from them.

    Parameters
    ----------
    model : TopicModel
        Fitted on these narratives or on others.
    narratives : Narratives
        Documents and segments.
    assign_outliers : bool, default False
        Give every segment its nearest topic.

    Returns
    -------
    Discovery
        Topics keep their numbers.
    """
    assignment = model.assign(narratives.segments, outliers=not assign_outliers)
    topics = describe_topics(narratives.material, assignment, model.n_topics, model.seeds)
    return Discovery(narratives, model, assignment, topics)


def discover_lexical(
    narratives: Narratives, n_topics: int | None = None, method: LexicalMethod = "nmf", seed: int = 0
) -> Discovery:
    """Find topics by words alone, the classical alternative; languages do not share them.

    Parameters
    ----------
    narratives : Narratives
        Documents and segments.
    n_topics : int, optional
        Topics wanted; None takes as many as :func:`discover` would.
    method : {'nmf', 'lda'}, default 'nmf'
        Factorisation of TF-IDF, or latent Dirichlet allocation.
    seed : int, default 0
        Seed of every random choice.

    Returns
    -------
    Discovery
        Without a model; segments without a known word have no topic.

    Raises
    ------
    InputError
        If there are too few words.
    """
    wanted = n_topics or default_topics(int(narratives.usable.sum()))
    try:
        found = lexical_topics(narratives.lexicon, wanted, method, seed=seed)
    except ValueError as error:
        raise InputError(f"{error}; check the text column and the languages (hr, ru, ja)") from error
    heaviest = found.topics
    weights = found.weights.max(axis=1).astype(np.float32)
    assignment = Assignment(heaviest, weights, np.maximum(heaviest, 0))
    topics = describe_topics(narratives.material, assignment, len(found.components))
    return Discovery(narratives, None, assignment, topics)


def seed_vectors(seeds: Mapping[str, Sequence[str]], encoder: EmbeddedEncoder) -> dict[str, np.ndarray]:
    """Encode the phrases of guided topics, centred by the languages that they are written in."""
    from cxmining.text import identify_many

    found = {}
    for name, phrases in seeds.items():
        languages = [guess.model_language for guess in identify_many(list(phrases))]
        found[name] = centre(encoder.encode(list(phrases)).documents, languages, encoder.means)
    return found
