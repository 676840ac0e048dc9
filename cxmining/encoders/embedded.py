"""The embedded encoder: multilingual-e5-small on onnxruntime and tokenizers, no torch, no network.

The word embeddings lie outside the graph as 4-bit blocks, so that every model of the package shares one table.

References
----------
Wang et al. (2024). Multilingual E5 Text Embeddings: A Technical Report. arXiv:2402.05672.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmining.encoders.base import FloatArray
from cxmining.encoders.tokens import TokenEncoder
from cxmining.encoders.windows import Tokens
from cxmining.errors import ModelError

FORMAT = "cxmining.encoder/1"
_BLOCK = 32


class EmbeddingTable:
    """Word embeddings kept as 4-bit blocks of 32: one fp16 scale and 16 bytes of nibbles, low nibbles first."""

    def __init__(self, path: Path) -> None:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            tensors = load_file(path)
            self._nibbles = tensors["nibbles"]
            self._scales = tensors["scales"]
        except (OSError, SafetensorError, KeyError) as error:
            raise ModelError(
                f"{path}: the embedding table is missing or damaged ({error}); reinstall cxmining"
            ) from error
        if self._nibbles.shape[1] * 2 != self._scales.shape[1] * _BLOCK:
            raise ModelError(f"{path}: nibbles {self._nibbles.shape} and scales {self._scales.shape} do not fit")

    def __len__(self) -> int:
        return int(self._nibbles.shape[0])

    def rows(self, ids: NDArray[np.int32]) -> FloatArray:
        """Dequantise the rows of ``ids`` (any shape); the result adds one axis of the embedding's width."""
        unique, inverse = np.unique(ids, return_inverse=True)
        blocks = self._nibbles[unique].reshape(len(unique), -1, _BLOCK // 2)
        values = np.concatenate([blocks & 0x0F, blocks >> 4], axis=2).astype(np.float32) - 8.0
        values *= self._scales[unique].astype(np.float32)[:, :, None]
        table: FloatArray = values.reshape(len(unique), -1)
        return table[inverse.reshape(ids.shape)]


def _tokens(text: str, encoding: Any) -> Tokens:
    """Give ids and intervals; a piece's interval begins at its first character that is no space."""
    offsets = encoding.offsets
    starts = [_first(text, a, b) if a < b and text[a].isspace() else a for a, b in offsets]
    ends = [b for _, b in offsets]
    return Tokens(np.asarray(encoding.ids, np.int32), np.asarray(starts, np.int32), np.asarray(ends, np.int32))


def _first(text: str, start: int, end: int) -> int:
    """Find the first character of an interval that is no space."""
    while start < end and text[start].isspace():
        start += 1
    return start


def _load_means(path: Path) -> dict[str, FloatArray]:
    """Read the mean vectors; none where the file does not exist yet."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    if not path.exists():
        return {}
    try:
        return dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: damaged ({error}); reinstall cxmining") from error


def open_session(path: Path) -> Any:
    """Open an ONNX session that prints nothing; a run takes one thread, several runs may go on at once."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        # This fusion makes a slow operator out of quick ones, see graph.py.
        return ort.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
        )
    except Exception as error:  # onnxruntime raises its own unrelated classes for missing and damaged files
        raise ModelError(f"{path}: the model graph is missing or damaged ({error}); reinstall or retrain") from error


class EmbeddedEncoder(TokenEncoder):
    """Run the shipped encoder.

    Parameters
    ----------
    folder : Path
        Folder with ``encoder.json``, ``embeddings.safetensors``, ``tokenizer.json`` and ``layers.onnx``.
    threads : int, default 0
        Threads of the forward pass; 0 takes the cores there are.

    Raises
    ------
    ModelError
        If a file is missing, damaged or of another format.
    """

    def __init__(self, folder: Path, threads: int = 0) -> None:
        from tokenizers import Tokenizer

        try:
            settings = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"{folder}: no readable encoder.json ({error})") from error
        if settings.get("format") != FORMAT:
            raise ModelError(f"{folder}/encoder.json: format {settings.get('format')!r}, this version reads {FORMAT!r}")
        self.folder = folder
        self.name = str(settings["name"])
        self.dimension = int(settings["width"])
        self.fingerprint = hashlib.sha256(json.dumps(settings["files"], sort_keys=True).encode()).hexdigest()[:16]
        shared = [settings["files"][name] for name in ("embeddings.safetensors", "tokenizer.json")]
        self.vocabulary_fingerprint = hashlib.sha256("".join(shared).encode()).hexdigest()[:16]
        self.table = EmbeddingTable(folder / "embeddings.safetensors")
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelError(f"{folder}/tokenizer.json is missing or damaged ({error})") from error
        self._bos, self._eos, self.pad = settings["bos"], settings["eos"], int(settings["pad"])
        self._prefix: list[int] = self._tokenizer.encode(settings["prefix"].strip()).ids if settings["prefix"] else []
        self.max_content = int(settings["max_tokens"]) - 2
        self.window = self.max_content - len(self._prefix)
        self.means = _load_means(folder / "means.safetensors")
        self.threads = threads or os.cpu_count() or 1
        self._session: Any = None

    def tokenise(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokenise texts without special tokens."""
        encodings = self._tokenizer.encode_batch(list(texts))
        return [_tokens(text, encoding) for text, encoding in zip(texts, encodings, strict=True)]

    def embed(self, tokens: Tokens, prefix: Sequence[int]) -> tuple[FloatArray, NDArray[np.int32]]:
        """Put one window between the special tokens: embeddings (1, length, width) and lengths (1,)."""
        ids = self.with_specials(np.concatenate([prefix, tokens.ids]))
        return self.table.rows(ids[None]), np.array([len(ids)], np.int32)

    def with_specials(self, ids: NDArray[np.generic]) -> NDArray[np.int32]:
        """Put the special tokens around piece ids."""
        return np.concatenate([[self._bos], ids, [self._eos]]).astype(np.int32)

    def forward(self, batch: Sequence[Tokens]) -> list[FloatArray]:
        """Run windows, each on its own; prefix and special tokens are cut from the result.

        The graph quantises activations by the range of what it is given. Alone, a text gets the same states whatever
        its neighbours in a batch are, and on CPUs that is no slower than padded batches.
        """
        if self._session is None:
            self._session = open_session(self.folder / "layers.onnx")
        skip = 1 + len(self._prefix)

        def run(tokens: Tokens) -> FloatArray:
            embeddings, lengths = self.embed(tokens, self._prefix)
            states: FloatArray = self._session.run(["states"], {"embeddings": embeddings, "lengths": lengths})[0]
            return states[0, skip:-1]

        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(run, batch))
