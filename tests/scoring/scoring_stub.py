"""A tagger without a model, fast and picklable: labels follow from the text alone."""

import hashlib
import os
import signal
import time
from dataclasses import dataclass

import pyarrow as pa

from cxmining.batch import output_batch
from cxmining.records import Span, Tag
from cxmining.requests import TaggerChoice

LABELS = ("long_wait", "contempt", "praise")


def tags_of(text):
    digest = hashlib.sha256(text.encode()).digest()
    if not text or digest[0] % 3 == 0:
        return ()
    end = min(len(text), 1 + digest[1] % 9)
    evidence = (Span(0, end, text[:end]),)
    return tuple(Tag(LABELS[digest[i] % 3], digest[i] / 256, evidence, "stub") for i in range(2, 3 + digest[3] % 2))


def tag_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    texts = batch.column("text").to_pylist()
    return output_batch(batch, ["hr"] * len(texts), [tags_of(text) for text in texts])


def make(threads):
    return tag_batch


@dataclass(frozen=True, slots=True)
class StubChoice(TaggerChoice):
    """Stands in for the model; ``pause_s`` makes it slow, ``kill_at`` ends the process before that batch."""

    pause_s: float = 0.0
    kill_at: int = -1

    def tag_batch(self, threads):
        count = iter(range(10**9))

        def tag(batch):
            if next(count) == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(self.pause_s)
            return tag_batch(batch)

        return tag
