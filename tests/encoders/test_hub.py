import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="hub models need the extra [transformers]; CI installs it")
transformers = pytest.importorskip("transformers", reason="hub models need the extra [transformers]; CI installs it")

from cxmining.encoders import Encoder  # noqa: E402
from cxmining.encoders.hub import HubEncoder  # noqa: E402
from cxmining.errors import ModelError  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model of the real kind, tiny and untrained, saved as a hub folder is."""
    path = tmp_path_factory.mktemp("tiny")
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "query",
        ":",
        "sam",
        "sata",
        "red",
        ".",
        *"abcdefghijklmnoprstuvz",
    ]
    (path / "vocab.txt").write_text(
        "\n".join([*words, *(f"##{c}" for c in "abcdefghijklmnoprstuvz")]), encoding="utf-8"
    )
    transformers.BertTokenizerFast(vocab=str(path / "vocab.txt"), model_max_length=64).save_pretrained(path)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=80, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=66,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(path)
    return path


def test_it_is_an_encoder_and_spans_are_read_in_context(folder):
    encoder = HubEncoder(str(folder), prefix="query: ")
    assert isinstance(encoder, Encoder)
    texts = ["red sam sata.", "", "sata"]
    encoded = encoder.encode(texts, [[(0, 3), (8, 12)], [], [(0, 4)]])
    assert encoded.documents.shape == (3, 16)
    np.testing.assert_allclose(np.linalg.norm(encoded.documents[[0, 2]], axis=1), 1, atol=1e-5)
    assert not encoded.documents[1].any()
    assert encoded.offsets.tolist() == [0, 2, 2, 3]
    assert not np.allclose(encoded.segments[1], encoded.segments[2])


def test_long_texts_are_read_in_windows(folder):
    encoder = HubEncoder(str(folder))
    state = encoder.states(["red sam sata. " * 60])[0]
    assert len(state.states) == 240 > encoder.window
    assert np.abs(state.states).sum(axis=1).all()


def test_vectors_do_not_depend_on_padding(folder):
    encoder = HubEncoder(str(folder))
    together = encoder.encode(["red", "sam sata red sam sata red"]).documents
    np.testing.assert_allclose(together[:1], encoder.encode(["red"]).documents, atol=1e-5)


def test_what_cannot_be_had_is_told(tmp_path):
    with pytest.raises(ModelError, match="neither a model folder"):
        HubEncoder(str(tmp_path))
