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

from cxmining.classifiers.base import FloatArray, Gold, Interval, Scores
from cxmining.classifiers.folds import Rows, grouped_folds
from cxmining.classifiers.heads import Head, fit_heads, fit_stack
from cxmining.classifiers.rules import Rules
from cxmining.classifiers.spans import best_stretch
from cxmining.classifiers.state import Arrays, read_state, write_state
from cxmining.classifiers.thresholds import tune_f1
from cxmining.classifiers.vectors import Vectors, classified, read_vectors, segment_labels, token_range
from cxmining.encoders import TokenEncoder
from cxmining.encoders.base import unit
from cxmining.records import Passage

FORMAT = "cxmining.linear_head/2"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the head sees of a batch: its vectors, and what rules find in each passage, intervals by label index."""

    vectors: Vectors
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
    held_out_logits_ : ndarray of shape (n_passages, n_labels, 3)
        What they were stacked from, as :meth:`logits` gives it; not saved.
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
        return self.learn(self.read(passages), passages, gold)

    def learn(self, reading: Reading, passages: Sequence[Passage], gold: Gold) -> LinearHead:
        """Learn as :meth:`fit` does, from passages that were read before."""
        vectors = reading.vectors
        labels_of_segments = segment_labels(passages, gold)
        known_of_segments = np.repeat(gold.known, np.diff(vectors.offsets), axis=0)
        owner = np.repeat(np.arange(len(passages)), np.diff(vectors.offsets))

        def heads(learn: Rows) -> tuple[Head, Head]:
            rows = np.isin(owner, learn)
            return (
                fit_heads(vectors.documents[learn], gold.labels[learn], gold.known[learn], self.c_document),
                fit_heads(vectors.segments[rows], labels_of_segments[rows], known_of_segments[rows], self.c_segment),
            )

        held_out = np.zeros((len(passages), len(self.classes), 3), np.float32)
        for learn, test in grouped_folds(gold.groups, self.n_folds, self.seed):
            self._document_head, self._segment_head = heads(learn)
            held_out[test] = self.logits(reading)[test]
        self._document_head, self._segment_head = heads(np.arange(len(passages)))
        self._stack, self._stack_bias = fit_stack(held_out, gold.labels, gold.known)
        self.held_out_logits_ = held_out
        self.held_out_ = self._combine(held_out)
        self.thresholds_ = tune_f1(self.held_out_, gold.labels, gold.known)
        return self

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is the best stretch of the best segments."""
        reading = self.read(passages)
        return Scores(self._combine(self.logits(reading)), lambda i, k: list(self.evidence(passages[i], reading, i, k)))

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return self.score(passages).documents

    def read(self, passages: Sequence[Passage]) -> Reading:
        """Encode the classified segments of each passage, in context, and ask the rules."""
        return Reading(read_vectors(self.encoder, passages), [self._rules.hits(p) for p in passages])

    def logits(self, reading: Reading) -> FloatArray:
        """Give the document logit, the largest segment logit and whether a rule fires, shape (n, n_labels, 3)."""
        documents = _apply(reading.vectors.documents, self._document_head)
        segments = reading.vectors.largest(_apply(reading.vectors.segments, self._segment_head), missing=-8.0)
        fires = np.zeros_like(documents)
        for i, found in enumerate(reading.hits):
            fires[i, list(found)] = 1.0
        return np.stack([documents, segments, fires], axis=2)

    def _combine(self, logits: FloatArray) -> FloatArray:
        """Stack the features into a probability."""
        z = (logits * self._stack[None]).sum(axis=2) + self._stack_bias
        return np.asarray(1.0 / (1.0 + np.exp(-z)), np.float32)

    def evidence(self, passage: Passage, reading: Reading, i: int, k: int) -> Iterator[Interval]:
        """Yield up to two intervals: what a rule matched, else the stretch of tokens that carries the best segments."""
        if k in reading.hits[i]:
            yield from reading.hits[i][k][:2]
            return
        weight, bias = self._segment_head
        vectors, state = reading.vectors, reading.vectors.states[i]
        logits = vectors.segments[vectors.offsets[i] : vectors.offsets[i + 1]] @ weight[k] + bias[k]
        segments = classified(passage)
        for j in np.argsort(-logits, kind="stable")[:2]:
            if j != int(np.argmax(logits)) and logits[j] < 0:
                break
            segment = segments[j]
            inside = token_range(state, segment.start, segment.end)
            contributions = unit(state.states[inside]) @ weight[k]
            starts, ends = state.tokens.starts[inside], state.tokens.ends[inside]
            yield best_stretch(passage.document.text, segment, starts, ends, contributions)

    def arrays(self) -> dict[str, FloatArray]:
        """Give what was learned, by name."""
        return {
            "document.weight": self._document_head[0],
            "document.bias": self._document_head[1],
            "segment.weight": self._segment_head[0],
            "segment.bias": self._segment_head[1],
            "stack.weight": self._stack,
            "stack.bias": self._stack_bias,
            "thresholds": self.thresholds_,
        }

    def take(self, arrays: Arrays) -> LinearHead:
        """Take what :meth:`arrays` gave; ModelError if an array is missing or of another shape."""
        n, dimension = len(self.classes), self.encoder.dimension
        shapes = {
            "document.weight": (n, dimension),
            "segment.weight": (n, dimension),
            "stack.weight": (n, 3),
            **{f"{part}.bias": (n,) for part in ("document", "segment", "stack")},
            "thresholds": (n,),
        }
        arrays.require(shapes)
        self._document_head = (arrays["document.weight"], arrays["document.bias"])
        self._segment_head = (arrays["segment.weight"], arrays["segment.bias"])
        self._stack, self._stack_bias = arrays["stack.weight"], arrays["stack.bias"]
        self.thresholds_ = arrays["thresholds"]
        return self

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors`` and ``model.json``."""
        settings = {
            "classes": list(self.classes),
            "encoder": self.encoder.name,
            "encoder_fingerprint": self.encoder.fingerprint,
            "parameters": {"c_segment": self.c_segment, "c_document": self.c_document, "seed": self.seed},
        }
        write_state(folder, FORMAT, settings, self.arrays())

    @classmethod
    def load(cls, folder: Path, encoder: TokenEncoder) -> LinearHead:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ModelError
            If files are missing, damaged, of another format or made for another encoder.
        """
        settings, arrays = read_state(folder, FORMAT, encoder.fingerprint)
        told = settings.get("parameters")
        parameters = told if isinstance(told, dict) else {}
        known = {k: v for k, v in parameters.items() if k in {"c_segment", "c_document", "seed"}}
        return cls(encoder, settings["classes"], **known).take(arrays)


def _apply(x: FloatArray, head: Head) -> FloatArray:
    """Give logits (n, n_labels); einsum sums each row by itself, where a matrix product rounds by its neighbours."""
    logits: FloatArray = np.einsum("nd,kd->nk", x, head[0]) + head[1]
    return logits
