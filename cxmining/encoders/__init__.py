"""Texts to vectors: one protocol, an embedded model that needs no torch, and any Hugging Face model."""

from cxmining.encoders.base import Encoded, Encoder, centre
from cxmining.encoders.embedded import EmbeddedEncoder
from cxmining.encoders.tokens import TokenEncoder, TokenStates

__all__ = ["EmbeddedEncoder", "Encoded", "Encoder", "TokenEncoder", "TokenStates", "centre"]
