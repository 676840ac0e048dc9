"""Which failure modes a topic speaks of, and the complaints that none of them explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.topics.clusters import FloatArray, IntArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Topics against failure modes, counted in segments.

    Parameters
    ----------
    labels : tuple of str
        Failure modes, the columns.
    counts : ndarray of int64, shape (n_topics, n_labels)
        Segments of the topic with evidence of the mode.
    shares : ndarray of float64, shape (n_topics, n_labels)
        The same as a share of the topic's segments, in [0, 1].
    lifts : ndarray of float64, shape (n_topics, n_labels)
        Share in the topic over share in all segments; 1 where the mode is as frequent as everywhere, 0 where it is
        absent.
    """

    labels: tuple[str, ...]
    counts: IntArray
    shares: NDArray[np.float64]
    lifts: NDArray[np.float64]

    def of_topic(self, topic: int, n: int = 5) -> list[dict[str, object]]:
        """List the modes that a topic speaks of most, by count."""
        order = np.argsort(-self.counts[topic], kind="stable")[:n]
        return [
            {
                "mode": self.labels[k],
                "segments": int(self.counts[topic, k]),
                "share": round(float(self.shares[topic, k]), 4),
                "lift": round(float(self.lifts[topic, k]), 2),
            }
            for k in order
            if self.counts[topic, k]
        ]


def overlap(topics: IntArray, evidence: BoolArray, labels: Sequence[str], n_topics: int) -> Overlap:
    """Count topics against failure modes.

    Parameters
    ----------
    topics : ndarray of int64, shape (n_segments,)
        Topic of each segment, negative for none.
    evidence : ndarray of bool, shape (n_segments, n_labels)
        Whether evidence of a mode lies in a segment.
    labels : sequence of str
        Modes, the columns of ``evidence``.
    n_topics : int
        Number of topics.

    Returns
    -------
    Overlap
        Counts, shares and lifts.
    """
    counts = np.zeros((n_topics, len(labels)), np.int64)
    kept = topics >= 0
    np.add.at(counts, topics[kept], evidence[kept].astype(np.int64))
    sizes = np.bincount(topics[kept], minlength=n_topics)[:, None]
    shares = counts / np.maximum(sizes, 1)
    everywhere = evidence.mean(axis=0) if len(evidence) else np.zeros(len(labels))
    lifts = np.divide(shares, everywhere, out=np.zeros_like(shares), where=everywhere > 0)
    return Overlap(tuple(labels), counts, shares, lifts)


def segment_evidence(
    documents: IntArray,
    starts: IntArray,
    ends: IntArray,
    spans: Sequence[Sequence[tuple[int, int, int]]],
    n_labels: int,
) -> BoolArray:
    """Tell in which segments evidence lies.

    Parameters
    ----------
    documents, starts, ends : ndarray of int64, shape (n_segments,)
        Document and raw offsets of each segment; documents do not decrease.
    spans : sequence of sequences of (label, start, end)
        Evidence of each document, raw offsets.
    n_labels : int
        Number of labels.

    Returns
    -------
    ndarray of bool, shape (n_segments, n_labels)
        True where at least one character of evidence lies in the segment.
    """
    found = np.zeros((len(documents), n_labels), np.bool_)
    first = np.searchsorted(documents, np.arange(len(spans) + 1))
    for document, rows in enumerate(spans):
        part = slice(first[document], first[document + 1])
        for label, start, end in rows:
            found[part, label] |= (starts[part] < end) & (ends[part] > start)
    return found


def uncovered(complaint: FloatArray, evidence: BoolArray, usable: BoolArray, threshold: float = 0.5) -> BoolArray:
    """Find the complaints that no failure mode explains.

    Parameters
    ----------
    complaint : ndarray of shape (n_segments,)
        Probability that a segment complains, in [0, 1].
    evidence : ndarray of bool, shape (n_segments, n_labels)
        Whether evidence of a mode lies in a segment.
    usable : ndarray of bool, shape (n_segments,)
        Segments with enough words to say what they complain about.
    threshold : float, default 0.5
        Least probability.

    Returns
    -------
    ndarray of bool, shape (n_segments,)
        Candidates for new codes.
    """
    return np.asarray((complaint >= threshold) & ~evidence.any(axis=1) & usable)
