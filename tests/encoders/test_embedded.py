import shutil

import numpy as np
import pytest

from cxmining.encoders import EmbeddedEncoder, centre
from cxmining.encoders.embedded import EmbeddingTable
from cxmining.errors import ModelError
from cxmining.models import shipped_encoder
from cxmining.paths import shipped

TEXTS = [
    "Djelatnica je bila bezobrazna.",
    "店員の態度が失礼でした。",
    "Сотрудница нахамила мне.",
    "Paket je stigao oštećen.",
]


@pytest.fixture(scope="module")
def encoder():
    return shipped_encoder()


def test_vectors_are_unit_and_span_vectors_lie_in_order(encoder):
    spans = [[(0, 10), (11, len(TEXTS[0]))], [], [(0, 5)], []]
    encoded = encoder.encode(TEXTS, spans)
    assert encoded.documents.shape == (4, encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(encoded.documents, axis=1), 1, atol=1e-5)
    assert encoded.offsets.tolist() == [0, 2, 2, 3, 3]
    np.testing.assert_allclose(np.linalg.norm(encoded.segments, axis=1), 1, atol=1e-5)


def test_meaning_crosses_languages_after_centring(encoder):
    vectors = centre(encoder.encode(TEXTS).documents, ["hr", "ja", "ru", "hr"], encoder.means)
    rude = vectors[0] @ vectors[[1, 2]].T
    damaged = vectors[3] @ vectors[[1, 2]].T
    assert rude.min() > damaged.max()


def test_a_text_gets_the_same_vector_alone_and_in_any_company(encoder):
    together = encoder.encode([*TEXTS, "x" * 3000, *TEXTS[::-1]]).documents
    alone = np.concatenate([encoder.encode([t]).documents for t in TEXTS])
    np.testing.assert_array_equal(together[:4], alone)
    np.testing.assert_array_equal(together[5:][::-1], alone)


def test_empty_and_unknown_texts(encoder):
    encoded = encoder.encode(["", "   ", "한국어"])
    assert not encoded.documents[0].any()
    assert np.isfinite(encoded.documents).all()


def test_long_text_is_read_whole(encoder):
    head = "Sve je u redu. " * 200
    plain, told = encoder.encode([head, head + "Djelatnik me izvrijeđao pred svima."]).documents
    assert encoder.tokenise([head])[0].ids.size > encoder.window
    assert not np.array_equal(plain, told)


def test_token_offsets_are_characters_of_the_text(encoder):
    text = "Čekao sam 3 sata na Ilici"
    tokens = encoder.tokenise([text])[0]
    assert "".join(text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)).replace(" ", "") == text.replace(
        " ", ""
    )


def test_embedding_rows_follow_the_block_layout(tmp_path):
    from safetensors.numpy import save_file

    rng = np.random.default_rng(0)
    nibbles = rng.integers(0, 256, (5, 32), dtype=np.uint8)
    scales = rng.random((5, 2)).astype(np.float16)
    save_file({"nibbles": nibbles, "scales": scales}, tmp_path / "t.safetensors")
    got = EmbeddingTable(tmp_path / "t.safetensors").rows(np.array([[3, 1], [3, 0]], np.int32))
    assert got.shape == (2, 2, 64)
    block = nibbles[3, 16:]
    expected = np.concatenate([block & 15, block >> 4]).astype(np.float32) - 8
    np.testing.assert_allclose(got[1, 0, 32:], expected * np.float32(scales[3, 1]))


@pytest.mark.parametrize("name", ["embeddings.safetensors", "tokenizer.json", "layers.onnx", "encoder.json"])
def test_damaged_files_are_named(tmp_path, name):
    folder = tmp_path / "encoder"
    shutil.copytree(shipped("models") / "encoder", folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:100])
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        EmbeddedEncoder(folder).encode(["tekst"])
