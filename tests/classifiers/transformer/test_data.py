import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="learning needs the extra [transformers]; CI installs it")

from cxmining.classifiers.base import Gold  # noqa: E402
from cxmining.classifiers.transformer.augment import vary  # noqa: E402
from cxmining.classifiers.transformer.data import Example, base_examples, crop, join, windows  # noqa: E402
from cxmining.models import shipped_encoder  # noqa: E402


@given(st.text(max_size=80), st.sampled_from(["hr", "ru", "ja"]), st.integers(0, 99))
def test_varied_texts_keep_their_length(text, language, seed):
    assert len(vary(text, language, random.Random(seed))) == len(text)


def example(text, **spans):
    labels = np.array([1 if name in spans else 0 for name in ("a", "b", "c")], np.int8)
    found = {"abc".index(k): [(text.index(v), text.index(v) + len(v))] for k, v in spans.items()}
    return Example(text, labels, found)


def test_join_unites_labels_and_moves_spans():
    left, right = example("Čekao sam.", a="Čekao"), example("Bio je grub.", b="grub")
    right.labels[2] = -1
    joined = join(left, right, random.Random(0))
    assert joined.labels.tolist() == [1, 1, -1]
    a, b = joined.spans[1][0]
    assert joined.text[a:b] == "grub"


def test_crop_keeps_evidence_or_opens_the_label(tagger):
    text = "Čekao sam sat. Sunce je sjalo. Bio je grub. Otišao sam. Kupio sam kruh."
    whole = example(text, a="Čekao sam sat", b="grub")
    passage = tagger.passages([text], language="hr")[0]
    seen = set()
    for seed in range(30):
        part = crop(whole, passage, random.Random(seed))
        for k, quote in ((0, "Čekao sam sat"), (1, "grub")):
            if quote in part.text:
                a, b = part.spans[k][0]
                assert part.text[a:b] == quote
                assert part.labels[k] == 1
            else:
                assert part.labels[k] == -1
            seen.add(quote in part.text)
        assert part.labels[2] == 0
    assert seen == {True, False}


def test_windows_mark_evidence_tokens_and_open_what_lies_elsewhere():
    encoder = shipped_encoder()
    text = "Čekao sam tri sata. " + "Sve je bilo u redu. " * 30 + "Bio je grub."
    whole = example(text, a="Čekao sam tri sata", b="grub")
    found = windows(whole, encoder.tokenise([text])[0], encoder, 60)
    assert len(found) > 2
    assert found[0].labels.tolist() == [1, -1, 0]
    assert found[-1].labels.tolist() == [-1, 1, 0]
    assert (found[0].tokens[:, 0] == 1).sum() >= 4
    assert (found[0].tokens[[0, -1]] == -1).all()
    assert all(len(w.ids) == len(w.tokens) <= 62 for w in found)


def test_open_cells_stay_open(tagger):
    passages = tagger.passages(["Čekao sam."], language="hr")
    gold = Gold(np.array([[True, False]]), np.array([[True, False]]), [{}], ["g"])
    assert base_examples(passages, gold)[0].labels.tolist() == [1, -1]
