"""Linear heads on frozen encoder states, over segments and documents, stacked with rules into a probability a label.

The segment head learns from evidence spans, so that a long letter is judged by its telling sentences; the document head
sees what no single sentence says. Both are logistic regressions on centred vectors. Because a segment's vector is the
mean of its tokens' states, the segment logit splits exactly into token contributions, which give the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import BoolArray, FloatArray, Gold, Interval, Scores
from cxmining.classifiers.heads import Head, fit_heads, fit_stack
from cxmining.classifiers.rules import Rules
from cxmining.classifiers.spans import best_stretch
from cxmining.classifiers.state import read_state, write_state
from cxmining.classifiers.thresholds import tune_f1
from cxmining.encoders import TokenEncoder, TokenStates, centre
from cxmining.encoders.base import unit
from cxmining.records import Passage

FORMAT = "cxmining.linear_head/2"


@dataclass(frozen=True, slots=True)
class _Features:
    """Vectors of a batch: documents (n, d), segments (m, d), the segments' ranges, token states and rule hits."""

    documents: FloatArray
    segments: FloatArray
    offsets: NDArray[np.int64]
    states: list[TokenStates]
    hits: list[dict[int, list[Interval]]]


class LinearHead:
    """Multi-label logistic regression on segment and document vectors of an encoder.

    Parameters
    ----------
    encoder : TokenEncoder
        Gives token states and per-language means.
    classes : sequence of str
        Label ids in order.
    c_segment, c_document : float
        Inverse regularisation strengths of the two heads.
    n_folds : int, default 5
        Folds (grouped by scenario) whose held-out scores teach the stacking and the thresholds.
    seed : int, default 0
        Seed of the folds.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_labels,)
        Thresholds with the best held-out F1.
    held_out_ : ndarray of shape (n_passages, n_labels)
        Held-out probabilities of the training rows, set by :meth:`fit`; not saved.
    """

    name = "linear-head"

    def __init__(
        self,
        encoder: TokenEncoder,
        classes: Sequence[str],
        c_segment: float = 3.0,
        c_document: float = 3.0,
        n_folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.encoder = encoder
        self.classes = classes
        self.c_segment = c_segment
        self.c_document = c_document
        self.n_folds = n_folds
        self.seed = seed
        self._rules = Rules.load(classes)

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return tuple(self.classes)

    def fit(self, passages: Sequence[Passage], gold: Gold) -> LinearHead:
        """Learn both heads, the stacking and the thresholds.

        Parameters
        ----------
        passages : sequence of Passage, length n
            Training texts.
        gold : Gold
            Labels, open cells, evidence and groups of the same rows.

        Returns
        -------
        LinearHead
            Itself.
        """
        from sklearn.model_selection import GroupKFold

        features = self._features(passages)
        segment_labels = _segment_labels(passages, gold)
        counts = np.diff(features.offsets)
        held_out = np.zeros((len(passages), len(self.classes), 3), np.float32)
        n_groups = len(set(gold.groups))
        folds = GroupKFold(min(self.n_folds, n_groups), shuffle=True, random_state=self.seed)
        for learn, test in folds.split(features.documents, groups=list(gold.groups)):
            in_learn = np.repeat(np.isin(np.arange(len(passages)), learn), counts)
            document_head = fit_heads(features.documents[learn], gold.labels[learn], gold.known[learn], self.c_document)
            known = np.repeat(gold.known, counts, axis=0)[in_learn]
            segment_head = fit_heads(features.segments[in_learn], segment_labels[in_learn], known, self.c_segment)
            held_out[test] = self._logits(features, document_head, segment_head)[test]
        self._stack, self._stack_bias = fit_stack(held_out, gold.labels, gold.known)
        self.held_out_ = self._combine(held_out)
        self.thresholds_ = tune_f1(self.held_out_, gold.labels, gold.known)
        known = np.repeat(gold.known, counts, axis=0)
        self._document_head = fit_heads(features.documents, gold.labels, gold.known, self.c_document)
        self._segment_head = fit_heads(features.segments, segment_labels, known, self.c_segment)
        return self

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is the best stretch of the best segments."""
        features = self._features(passages)
        probabilities = self._combine(self._logits(features, self._document_head, self._segment_head))

        def evidence(i: int, k: int) -> list[Interval]:
            return list(self._evidence(passages[i], features, i, k))

        return Scores(probabilities, evidence)

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return self.score(passages).documents

    def _features(self, passages: Sequence[Passage]) -> _Features:
        """Encode the classified segments of each passage, in context."""
        texts = [p.document.text for p in passages]
        spans = [[(s.start, s.end) for s in _classified(p)] for p in passages]
        states = self.encoder.states(texts, spans)
        offsets = np.concatenate([[0], np.cumsum([len(s) for s in spans])]).astype(np.int64)
        dimension = self.encoder.dimension
        documents = np.zeros((len(passages), dimension), np.float32)
        segments = np.zeros((int(offsets[-1]), dimension), np.float32)
        for i, (state, row) in enumerate(zip(states, spans, strict=True)):
            weights = np.zeros(len(state.states), np.float32)
            for j, (start, end) in enumerate(row):
                inside = _token_range(state, start, end)
                weights[inside] = 1.0
                if inside.stop > inside.start:
                    segments[offsets[i] + j] = state.states[inside].mean(axis=0)
            if weights.any():
                documents[i] = weights @ state.states / weights.sum()
        languages = [p.language for p in passages]
        per_segment = [code for code, n in zip(languages, np.diff(offsets), strict=True) for _ in range(n)]
        means = self.encoder.means
        return _Features(
            centre(unit(documents), languages, means),
            centre(unit(segments), per_segment, means),
            offsets,
            states,
            [self._rules.hits(p) for p in passages],
        )

    def _logits(self, features: _Features, document_head: Head, segment_head: Head) -> FloatArray:
        """Give the document logit, the largest segment logit and whether a rule fires, shape (n, n_labels, 3)."""
        documents = _apply(features.documents, document_head)
        segments = _apply(features.segments, segment_head)
        top = np.full_like(documents, -8.0)
        for i in range(len(top)):
            rows = segments[features.offsets[i] : features.offsets[i + 1]]
            if len(rows):
                top[i] = rows.max(axis=0)
        fires = np.zeros_like(documents)
        for i, found in enumerate(features.hits):
            fires[i, list(found)] = 1.0
        return np.stack([documents, top, fires], axis=2)

    def _combine(self, logits: FloatArray) -> FloatArray:
        """Stack the features into a probability."""
        z = (logits * self._stack[None]).sum(axis=2) + self._stack_bias
        return np.asarray(1.0 / (1.0 + np.exp(-z)), np.float32)

    def _evidence(self, passage: Passage, features: _Features, i: int, k: int) -> Iterator[Interval]:
        """Yield up to two intervals: what a rule matched, else the stretch of tokens that carries the best segments."""
        if k in features.hits[i]:
            yield from features.hits[i][k][:2]
            return
        weight, bias = self._segment_head
        first, last = features.offsets[i], features.offsets[i + 1]
        logits = features.segments[first:last] @ weight[k] + bias[k]
        segments = _classified(passage)
        for j in np.argsort(-logits, kind="stable")[:2]:
            if j != int(np.argmax(logits)) and logits[j] < 0:
                break
            segment = segments[j]
            inside = _token_range(features.states[i], segment.start, segment.end)
            contributions = unit(features.states[i].states[inside]) @ weight[k]
            tokens = features.states[i].tokens
            yield best_stretch(
                passage.document.text, segment, tokens.starts[inside], tokens.ends[inside], contributions
            )

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors`` and ``model.json``."""
        arrays = {
            "document.weight": self._document_head[0],
            "document.bias": self._document_head[1],
            "segment.weight": self._segment_head[0],
            "segment.bias": self._segment_head[1],
            "stack.weight": self._stack,
            "stack.bias": self._stack_bias,
            "thresholds": self.thresholds_,
        }
        settings = {
            "classes": list(self.classes),
            "encoder": self.encoder.name,
            "encoder_fingerprint": self.encoder.fingerprint,
            "parameters": {"c_segment": self.c_segment, "c_document": self.c_document, "seed": self.seed},
        }
        write_state(folder, FORMAT, settings, arrays)

    @classmethod
    def load(cls, folder: Path, encoder: TokenEncoder) -> LinearHead:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ModelError
            If files are missing, damaged, of another format or made for another encoder.
        """
        n = encoder.dimension
        settings, arrays = read_state(folder, FORMAT, encoder.fingerprint)
        classes = settings["classes"]
        shapes = {
            "document.weight": (len(classes), n),
            "segment.weight": (len(classes), n),
            "stack.weight": (len(classes), 3),
            **{f"{part}.bias": (len(classes),) for part in ("document", "segment", "stack")},
            "thresholds": (len(classes),),
        }
        arrays.require(shapes)
        told = settings.get("parameters")
        parameters = told if isinstance(told, dict) else {}
        known = {k: v for k, v in parameters.items() if k in {"c_segment", "c_document", "seed"}}
        head = cls(encoder, classes, **known)
        head._document_head = (arrays["document.weight"], arrays["document.bias"])
        head._segment_head = (arrays["segment.weight"], arrays["segment.bias"])
        head._stack, head._stack_bias = arrays["stack.weight"], arrays["stack.bias"]
        head.thresholds_ = arrays["thresholds"]
        return head


def _apply(x: FloatArray, head: Head) -> FloatArray:
    """Give logits (n, n_labels); einsum sums each row by itself, where a matrix product rounds by its neighbours."""
    logits: FloatArray = np.einsum("nd,kd->nk", x, head[0]) + head[1]
    return logits


def _classified(passage: Passage) -> list:  # type: ignore[type-arg]
    """Give the segments that are classified: all but boilerplate."""
    return [s for s in passage.segments if s.kind != "boilerplate"]


def _token_range(state: TokenStates, start: int, end: int) -> slice:
    """Give the tokens that overlap a character interval."""
    first = int(np.searchsorted(state.tokens.ends, start, side="right"))
    return slice(first, max(first, int(np.searchsorted(state.tokens.starts, end, side="left"))))


def _segment_labels(passages: Sequence[Passage], gold: Gold) -> BoolArray:
    """Mark the segments that overlap a label's evidence; a label without evidence marks every segment."""
    rows = []
    for i, passage in enumerate(passages):
        segments = _classified(passage)
        block = np.zeros((len(segments), gold.labels.shape[1]), np.bool_)
        for k in np.flatnonzero(gold.labels[i]):
            spans = gold.spans[i].get(int(k))
            for j, s in enumerate(segments):
                block[j, k] = not spans or any(a < s.end and s.start < b for a, b in spans)
        rows.append(block)
    return np.concatenate(rows)
