"""What the codebook explains in narratives and what it does not: evidence by segment, and the complaints left over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxmining.batch import read_tags, record_batch
from cxmining.discovery import seed_vectors
from cxmining.encoders import EmbeddedEncoder, centre
from cxmining.models import shipped_encoder
from cxmining.narratives import Narratives
from cxmining.topics.complaint import load_direction
from cxmining.topics.describe import Topic, describe_topics
from cxmining.topics.model import Assignment, FitOptions, TopicModel, seed_centroids
from cxmining.topics.modes import segment_evidence, uncovered

if TYPE_CHECKING:
    from cxmining.pipeline import Tagger
    from cxmining.taxonomy import Taxonomy

BoolArray = NDArray[np.bool_]
Evidence = list[tuple[int, int, int]]

_BATCH = 256
_LEAST_UNCOVERED = 30


@dataclass(frozen=True)
class Explained:
    """Failure modes by segment.

    Parameters
    ----------
    labels : tuple of str
        Failure modes, the columns; outcome signals are left out.
    evidence : ndarray of bool, shape (n_segments, n_labels)
        Whether evidence of a mode lies in a segment.
    documents : ndarray of bool, shape (n_documents, n_labels)
        Whether a document has a mode.
    """

    labels: tuple[str, ...]
    evidence: BoolArray
    documents: BoolArray


@dataclass(frozen=True)
class Uncovered:
    """Complaints that no failure mode explains.

    Parameters
    ----------
    complaint : ndarray of float32, shape (n_segments,)
        Probability that each segment complains.
    n_complaints : int
        Segments that complain and have enough words to say about what.
    n_uncovered : int
        Those without evidence of a failure mode.
    assignment : Assignment
        Candidate of each segment, -1 for all others.
    candidates : list of Topic
        Clusters of the uncovered, the largest first: candidates for new codes.
    closest : list of str
        The failure mode whose definition lies closest to each candidate, beyond what it does to all of them: a
        candidate that is its mode's plain subject tells of complaints that the tagger missed, not of a new code.
    """

    complaint: NDArray[np.float32]
    n_complaints: int
    n_uncovered: int
    assignment: Assignment | None
    candidates: list[Topic]
    closest: list[str]


def explain_narratives(
    narratives: Narratives,
    tagger: Callable[[], Tagger],
    taxonomy: Taxonomy,
    on_progress: Callable[[int], None] | None = None,
) -> Explained:
    """Find which failure modes the segments give evidence of.

    Parameters
    ----------
    narratives : Narratives
        Documents that carry the ``tags`` of an earlier ``cxmining tag`` keep them; the others are tagged.
    tagger : callable
        Loads the tagger; called only where there is something to tag.
    taxonomy : Taxonomy
        Labels.
    on_progress : callable, optional
        Told the number of documents done.

    Returns
    -------
    Explained
        Evidence by segment and document.
    """
    modes = tuple(label.id for label in taxonomy.labels if label.kind == "failure_mode")
    index = {label: k for k, label in enumerate(modes)}
    spans: list[Evidence] = [[] for _ in narratives.records]
    todo: list[int] = []
    for d, record in enumerate(narratives.records):
        earlier = record.columns.get("tags")
        if isinstance(earlier, list):
            spans[d] = list(_earlier(earlier, index))
        else:
            todo.append(d)
    if todo:
        model = tagger()
        for at in range(0, len(todo), _BATCH):
            part = todo[at : at + _BATCH]
            tagged = model.tag_batch(record_batch([narratives.records[d] for d in part]))
            for d, (_, _, _, tags) in zip(part, read_tags(tagged), strict=True):
                spans[d] = [(index[t.label], s.start, s.end) for t in tags if t.label in index for s in t.evidence]
            if on_progress:
                on_progress(len(narratives.records) - len(todo) + at + len(part))
    owners = narratives.segments.documents
    evidence = segment_evidence(owners, narratives.starts, narratives.ends, spans, len(modes))
    documents = np.zeros((len(spans), len(modes)), np.bool_)
    for d, row in enumerate(spans):
        documents[d, [label for label, _, _ in row]] = True
    return Explained(modes, evidence, documents)


def _earlier(tags: Sequence[Any], index: dict[str, int]) -> Iterator[tuple[int, int, int]]:
    """Read the evidence of tags that a file carries; what is no tag is passed over."""
    for tag in tags:
        if isinstance(tag, dict) and tag.get("label") in index:
            for span in tag.get("evidence") or ():
                if isinstance(span, dict) and {"start", "end"} <= span.keys():
                    yield index[tag["label"]], int(span["start"]), int(span["end"])


def find_uncovered(
    narratives: Narratives,
    explained: Explained,
    n_topics: int | None = None,
    threshold: float = 0.5,
    encoder: EmbeddedEncoder | None = None,
    definitions: Mapping[str, Sequence[str]] | None = None,
) -> Uncovered:
    """Cluster the complaints that no failure mode explains.

    Parameters
    ----------
    narratives : Narratives
        Documents and segments.
    explained : Explained
        Evidence of failure modes.
    n_topics : int, optional
        Candidates wanted; None takes as many as the segments call for.
    threshold : float, default 0.5
        Least probability of a complaint.
    encoder : EmbeddedEncoder, optional
        By default the shipped one.
    definitions : mapping of str to sequence of str, optional
        Names and definitions of the failure modes, for :attr:`Uncovered.closest`.

    Returns
    -------
    Uncovered
        No candidates where fewer than 30 segments are left.
    """
    encoder = encoder or shipped_encoder()
    direction = load_direction(encoder.fingerprint)
    parts = narratives.segments
    complaint = np.zeros(len(parts), np.float32)
    for part in parts.chunks():
        vectors = centre(parts.vectors[part].astype(np.float32), parts.languages[part].tolist(), encoder.means)
        complaint[part] = direction.score(vectors)
    left = uncovered(complaint, explained.evidence, narratives.usable, threshold)
    n_complaints = int((narratives.usable & (complaint >= threshold)).sum())
    if left.sum() < _LEAST_UNCOVERED:
        return Uncovered(complaint, n_complaints, int(left.sum()), None, [], [])
    model = TopicModel.fit(parts, left, encoder.means, FitOptions(n_topics))
    found = model.assign(parts)
    assignment = Assignment(np.where(left, found.topics, -1), found.weights, found.nearest)
    candidates = describe_topics(narratives.material, assignment, model.n_topics)
    closest = _closest(model, seed_vectors(definitions, encoder)) if definitions else []
    return Uncovered(complaint, n_complaints, int(left.sum()), assignment, candidates, closest)


def _closest(model: TopicModel, modes: Mapping[str, NDArray[np.float32]]) -> list[str]:
    """Name the mode that is closest to each topic, each mode held against its mean closeness to all topics."""
    names = list(modes)
    similar = model.centroids @ seed_centroids(model.space, modes).T
    nearest = (similar - similar.mean(axis=0)).argmax(axis=1)
    return [names[k] for k in nearest]
