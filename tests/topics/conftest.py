import numpy as np
import pytest

from cxmining.topics.lexicon import LexiconBuilder
from cxmining.topics.space import Segments


class W:
    def __init__(self, surface, lemma=None, pos="NOUN"):
        self.surface, self.lemma, self.pos = surface, lemma or surface.lower(), pos


def words(text):
    return [W(part) for part in text.split()]


@pytest.fixture
def cloud():
    """Six tight groups in 24 dimensions, two languages shifted apart, three segments a document."""
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(6, 24))
    group = np.repeat(np.arange(6), 30)
    vectors = centres[group] + 0.15 * rng.normal(size=(180, 24))
    languages = np.where(np.arange(180) // 3 % 2 == 0, "hr", "ru")
    vectors += np.where(languages == "hr", 2.0, -2.0)[:, None]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Segments(vectors.astype(np.float32), languages, np.arange(180) // 3), group


@pytest.fixture
def lexicon():
    """Two topics of ten segments each in Croatian, and one Japanese segment."""
    builder = LexiconBuilder()
    for n in range(10):
        builder.add(words("topla linija zvuk" if n % 2 else "topla linija operater"), "hr")
        builder.add(words("kava okus mlijeko" if n % 2 else "kava okus šalica"), "hr")
    builder.add([W("配送"), W("が", pos="X"), W("遅延")], "ja")
    return builder.finish()
