"""Any Hugging Face or sentence-transformers encoder, by name or path (extra ``transformers``)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cxmining.encoders.base import FloatArray
from cxmining.encoders.tokens import TokenEncoder
from cxmining.encoders.windows import Tokens
from cxmining.errors import ModelError


class HubEncoder(TokenEncoder):
    """Run an encoder through torch, pooled by the mean of its token states.

    A sentence-transformers folder is read as the transformer it wraps; mean pooling is what most of them ask for. A
    name that is no folder is fetched from the hub, the only way in which the package reaches a network.

    Parameters
    ----------
    name : str
        Path of a folder or name on the hub.
    prefix : str, default ''
        Text put before every input (``query: `` for E5); its states are cut away.
    means : mapping of str to ndarray of shape (dimension,), optional
        Mean vector of each language, for centring.

    Raises
    ------
    ModelError
        If the extra is missing, the model cannot be had, or its tokenizer gives no offsets.
    """

    def __init__(self, name: str, prefix: str = "", means: Mapping[str, FloatArray] | None = None) -> None:
        try:
            import torch
            from transformers import AutoModel, AutoTokenizer
        except ImportError as error:
            raise ModelError("hub models need torch: pip install 'cxmining[transformers]'") from error
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(name, use_fast=True)
            self._model: Any = AutoModel.from_pretrained(name).eval()
        except (OSError, ValueError) as error:
            raise ModelError(f"{name}: neither a model folder nor a model that can be fetched ({error})") from error
        if not self._tokenizer.is_fast:
            raise ModelError(f"{name}: its tokenizer gives no character offsets (a fast tokenizer is needed)")
        self._torch = torch
        config = self._model.config
        self.name = str(name)
        self.dimension = int(config.hidden_size)
        self.means = dict(means or {})
        self._prefix: list[int] = self._tokenizer(prefix, add_special_tokens=False).input_ids if prefix else []
        special = self._tokenizer.build_inputs_with_special_tokens([]) if self._wraps() else []
        self._n_special = len(special)
        limit = min(int(self._tokenizer.model_max_length), int(getattr(config, "max_position_embeddings", 512)) - 2)
        self.window = min(limit, 512) - self._n_special - len(self._prefix)
        self.fingerprint = self._hash()

    def tokenise(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokenise texts without special tokens."""
        if not texts:
            return []
        found = self._tokenizer(
            list(texts),
            add_special_tokens=False,
            return_offsets_mapping=True,
            return_attention_mask=False,
            verbose=False,
        )
        return [
            Tokens(
                np.asarray(ids, np.int32),
                np.asarray([a for a, _ in offsets], np.int32),
                np.asarray([b for _, b in offsets], np.int32),
            )
            for ids, offsets in zip(found["input_ids"], found["offset_mapping"], strict=True)
        ]

    def forward(self, batch: Sequence[Tokens]) -> list[FloatArray]:
        """Run one padded batch; prefix and special tokens are cut from the result."""
        rows = [self._with_specials([*self._prefix, *map(int, t.ids)]) for t in batch]
        length = max(len(row) for row in rows)
        pad = self._tokenizer.pad_token_id or 0
        ids = np.full((len(rows), length), pad, np.int64)
        mask = np.zeros((len(rows), length), np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        with self._torch.inference_mode():
            inputs = {"input_ids": self._torch.from_numpy(ids), "attention_mask": self._torch.from_numpy(mask)}
            states = self._model(**inputs).last_hidden_state.float().numpy()
        first = self._head() + len(self._prefix)
        return [states[i, first : first + len(t.ids)] for i, t in enumerate(batch)]

    def _wraps(self) -> bool:
        """Whether the tokenizer puts special tokens around a sequence."""
        return hasattr(self._tokenizer, "build_inputs_with_special_tokens")

    def _with_specials(self, ids: list[int]) -> list[int]:
        """Put the model's special tokens around piece ids."""
        return list(self._tokenizer.build_inputs_with_special_tokens(ids)) if self._wraps() else ids

    def _head(self) -> int:
        """Count the special tokens before the first piece."""
        marker = -1
        return self._with_specials([marker]).index(marker)

    def _hash(self) -> str:
        """Hash name and weights, so that a head made for other weights is refused."""
        digest = hashlib.sha256(self.name.encode())
        for key, value in sorted(self._model.state_dict().items()):
            digest.update(key.encode())
            digest.update(np.ascontiguousarray(value.detach().float().numpy().reshape(-1)[:64]).tobytes())
        return digest.hexdigest()[:16]
