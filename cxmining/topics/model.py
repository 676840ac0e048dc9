"""The topic model: fitted on segments, deterministic, with a merge tree; new segments are assigned, not refitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cxmining.topics.clusters import FloatArray, IntArray, group_sums, nearest, spherical_kmeans, unit_rows
from cxmining.topics.space import Segments, Space
from cxmining.topics.tree import Merge, cut, ward_tree

NO_TOPIC = -1
"""Topic of an outlier."""

_LEAVES_A_TOPIC = 4
_REFINEMENTS = 15


@dataclass(frozen=True, slots=True)
class Assignment:
    """Topics of segments.

    Parameters
    ----------
    topics : ndarray of int64, shape (n,)
        Topic of each segment, :data:`NO_TOPIC` for outliers.
    weights : ndarray of float32, shape (n,)
        Cosine to the nearest topic's centre in [0, 1], also for outliers.
    nearest : ndarray of int64, shape (n,)
        Nearest topic, also for outliers.
    """

    topics: IntArray
    weights: FloatArray
    nearest: IntArray


@dataclass(frozen=True, slots=True)
class FitOptions:
    """What a fit may be told.

    Parameters
    ----------
    n_topics : int or None, default None
        Topics wanted; None takes 0.41 times the square root of the segments, from 2 to 150.
    outlier_share : float, default 0.1
        Share of the fitted segments, in [0, 1), that lie too far from every topic to belong to one.
    n_axes : int, default 64
        Axes of the space.
    """

    n_topics: int | None = None
    outlier_share: float = 0.1
    n_axes: int = 64


@dataclass(frozen=True)
class TopicModel:
    """A fitted model.

    Parameters
    ----------
    space : Space
        Where the topics live.
    centroids : ndarray of shape (n_topics, d)
        Unit vectors; topic 0 is the largest, guided topics come first in the order of their seeds.
    sizes : ndarray of int64, shape (n_topics,)
        Fitted segments of each topic, outliers left out.
    threshold : float
        Cosine below which a segment is an outlier.
    merges : tuple of Merge
        Merge tree over the topics.
    seeds : tuple of str
        Names of the guided topics, which are the first topics.
    """

    space: Space
    centroids: FloatArray
    sizes: IntArray
    threshold: float
    merges: tuple[Merge, ...]
    seeds: tuple[str, ...] = ()

    @property
    def n_topics(self) -> int:
        """Number of topics."""
        return len(self.centroids)

    @classmethod
    def fit(
        cls,
        segments: Segments,
        usable: NDArray[np.bool_],
        priors: Mapping[str, FloatArray],
        options: FitOptions = FitOptions(),
        seeds: Mapping[str, FloatArray] | None = None,
    ) -> TopicModel:
        """Find topics.

        Parameters
        ----------
        segments : Segments
            In an order that does not depend on the order of the input.
        usable : ndarray of bool, shape (n,)
            Segments that carry enough meaning to shape topics; the others are only assigned.
        priors : mapping of str to ndarray of shape (dimension,)
            Mean vectors of languages known beforehand.
        options : FitOptions
            Number of topics, share of outliers, axes.
        seeds : mapping of str to ndarray of shape (n_phrases, dimension), optional
            Guided topics: name to centred unit vectors of phrases that describe it.

        Returns
        -------
        TopicModel
            The same for the same segments.

        Raises
        ------
        ValueError
            If fewer than two segments are usable.
        """
        if usable.sum() < 2:
            raise ValueError(f"topics need at least 2 segments with content words, there are {int(usable.sum())}")
        space = Space.fit(segments, priors, options.n_axes)
        points = space.project(segments)[usable]
        n_topics = options.n_topics or default_topics(len(points))
        centroids = _first_centroids(points, min(n_topics, len(points)))
        fixed = seed_centroids(space, seeds or {})
        if len(fixed):
            centroids = np.concatenate([fixed, _away_from(centroids, fixed)])
        centroids, labels, cosines = _refine(points, centroids, len(fixed))
        threshold = float(np.quantile(cosines, options.outlier_share)) if options.outlier_share > 0 else -1.0
        kept = np.where(cosines >= threshold, labels, NO_TOPIC)
        sizes = np.bincount(kept[kept >= 0], minlength=len(centroids))
        order = [*range(len(fixed)), *sorted(range(len(fixed), len(centroids)), key=lambda k: (-sizes[k], k))]
        order = [k for k in order if sizes[k] or k < len(fixed)]
        merges = ward_tree(centroids[order], np.maximum(sizes[order], 1))
        return cls(space, centroids[order], sizes[order].astype(np.int64), threshold, merges, tuple(seeds or ()))

    def assign(self, segments: Segments, outliers: bool = True) -> Assignment:
        """Give segments, old or new, their topics.

        Parameters
        ----------
        segments : Segments
            Whole documents.
        outliers : bool, default True
            Keep outliers apart; False gives every segment its nearest topic.

        Returns
        -------
        Assignment
            One topic a segment.
        """
        points = self.space.project(segments)
        labels, cosines = nearest(points, self.centroids)
        silent = ~points.any(axis=1)
        apart = silent | (cosines < self.threshold) if outliers else silent
        return Assignment(np.where(apart, NO_TOPIC, labels), np.clip(cosines, 0.0, 1.0), labels)

    def cut(self, n_topics: int) -> tuple[TopicModel, IntArray]:
        """Merge topics along the tree until a number is left.

        Parameters
        ----------
        n_topics : int
            Topics wanted, clipped to ``[1, self.n_topics]``.

        Returns
        -------
        model : TopicModel
            With the merged topics; the largest first. Guided topics lose their names.
        topics : ndarray of int64, shape (self.n_topics,)
            New topic of each old one.
        """
        raw = cut(self.merges, self.n_topics, n_topics)
        sums = np.zeros((int(raw.max()) + 1, self.centroids.shape[1]), np.float32)
        np.add.at(sums, raw, self.centroids * np.maximum(self.sizes, 1)[:, None].astype(np.float32))
        sizes = np.bincount(raw, weights=self.sizes, minlength=len(sums)).astype(np.int64)
        order = sorted(range(len(sums)), key=lambda k: (-int(sizes[k]), k))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        centroids = unit_rows(sums)[order]
        merges = ward_tree(centroids, np.maximum(sizes[order], 1))
        return replace(self, centroids=centroids, sizes=sizes[order], merges=merges, seeds=()), rank[raw]


def default_topics(n_segments: int) -> int:
    """Give the number of topics for a number of usable segments."""
    return int(np.clip(round(0.41 * n_segments**0.5), 2, 150))


def document_weights(documents: IntArray, topics: IntArray, weights: FloatArray) -> dict[int, dict[int, float]]:
    """Give each document its topics.

    Parameters
    ----------
    documents, topics : ndarray of int64, shape (n_segments,)
        Document and topic of each segment; outliers count for nothing.
    weights : ndarray of shape (n_segments,)
        Weight of each segment, at least 0.

    Returns
    -------
    dict of int to dict of int to float
        Document to topic to weight, greatest first; a document's weights add up to 1. Documents of outliers alone are
        left out.
    """
    found: dict[int, dict[int, float]] = {}
    for document, topic, weight in zip(documents.tolist(), topics.tolist(), weights.tolist(), strict=True):
        if topic != NO_TOPIC:
            row = found.setdefault(document, {})
            row[topic] = row.get(topic, 0.0) + weight
    for document, row in found.items():
        total = sum(row.values()) or 1.0
        found[document] = {k: v / total for k, v in sorted(row.items(), key=lambda item: (-item[1], item[0]))}
    return found


def seed_centroids(space: Space, seeds: Mapping[str, FloatArray]) -> FloatArray:
    """Carry the phrases of each guided topic into the space; one unit vector a topic."""
    rows = [unit_rows(unit_rows(vectors).mean(axis=0, keepdims=True) @ space.axes)[0] for vectors in seeds.values()]
    return np.stack(rows).astype(np.float32) if rows else np.zeros((0, space.axes.shape[1]), np.float32)


def _first_centroids(points: FloatArray, n_topics: int) -> FloatArray:
    """Cluster finely, then merge along Ward's tree."""
    n_leaves = min(_LEAVES_A_TOPIC * n_topics, max(n_topics, len(points) // 5))
    leaves, labels = spherical_kmeans(points, n_leaves)
    tree = ward_tree(leaves, np.bincount(labels, minlength=len(leaves)))
    topic = cut(tree, len(leaves), n_topics)
    return unit_rows(group_sums(points, topic[labels], int(topic.max()) + 1))


def _away_from(centroids: FloatArray, fixed: FloatArray) -> FloatArray:
    """Drop the found centroids that a seed is nearest to: as many as there are seeds, one remains at least."""
    closeness = (centroids @ fixed.T).max(axis=1)
    kept = np.sort(np.argsort(closeness, kind="stable")[: max(1, len(centroids) - len(fixed))])
    return centroids[kept]


def _refine(points: FloatArray, centroids: FloatArray, n_seeds: int) -> tuple[FloatArray, IntArray, FloatArray]:
    """Move centroids to the means of their points; a seed counts as much as the points it has drawn."""
    seeds: Sequence[int] = range(n_seeds)
    anchors = centroids[:n_seeds].copy()
    labels, cosines = nearest(points, centroids)
    for _ in range(_REFINEMENTS):
        sums = group_sums(points, labels, len(centroids))
        moved = unit_rows(sums)
        moved[~sums.any(axis=1)] = centroids[~sums.any(axis=1)]
        for k in seeds:
            moved[k] = unit_rows((anchors[k] + moved[k])[None])[0]
        centroids = moved
        previous = labels
        labels, cosines = nearest(points, centroids)
        if np.array_equal(labels, previous):
            break
    return centroids, labels, cosines
