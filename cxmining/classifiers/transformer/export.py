"""Writes a fine-tuned network as an int8 ONNX graph with float heads."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.transformer.network import TaggerNetwork
from cxmining.encoders.graph import GraphWriter, encoder_nodes, quantise, write_model

_HEADS = ("token", "attention")


def export(network: TaggerNetwork, path: Path) -> None:
    """Write the network with inputs ``embeddings`` and ``lengths``, outputs ``tokens`` and ``documents`` (logits).

    Parameters
    ----------
    network : TaggerNetwork
        In evaluation mode.
    path : Path
        ONNX file to write.
    """
    weights = _layer_weights(network)
    width = network.position.shape[1]
    n_labels = network.token.out_features
    graph = GraphWriter()
    eps = network.ln.eps
    last = encoder_nodes(graph, weights, len(network.layers), network.heads, eps)
    scale, mean = _array(network.scale), _array(network.mean)
    graph.constant("mean", mean)
    graph.constant("scale", scale)
    graph.node("Sub", [last, "mean"], "centred")
    graph.node("Mul", ["centred", "scale"], "standard")
    for name in _HEADS:
        graph.constant(f"{name}.w", _array(getattr(network, name).weight).T)
        graph.node("MatMul", ["standard", f"{name}.w"], f"{name}.raw")
    graph.constant("token.b", _array(network.token.bias))
    graph.node("Add", ["token.raw", "token.b"], "tokens")
    graph.node("Softmax", ["attention.raw"], "attention.read", axis=1)
    graph.node("Transpose", ["attention.read"], "attention.label", perm=[0, 2, 1])
    graph.node("MatMul", ["attention.label", "standard"], "read")
    graph.constant("document.w", _array(network.document.weight))
    graph.constant("document.b", _array(network.document.bias))
    graph.constant("last", np.array([2], np.int64))
    graph.node("Mul", ["read", "document.w"], "weighed")
    graph.node("ReduceSum", ["weighed", "last"], "summed.read", keepdims=0)
    graph.node("Add", ["summed.read", "document.b"], "documents")
    outputs: dict[str, list[str | int]] = {"tokens": ["batch", "length", n_labels], "documents": ["batch", n_labels]}
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        write_model(graph, outputs, width, full)
        quantise(full, path, keep_float=[f"MatMul:{name}.raw" for name in _HEADS])


def _layer_weights(network: TaggerNetwork) -> dict[str, NDArray[np.float32]]:
    """Give the layers' tensors under the names that the graph wants."""
    width = network.position.shape[1]
    weights = {
        "position": _array(network.position),
        "type": np.zeros(width, np.float32),
        "ln.w": _array(network.ln.weight),
        "ln.b": _array(network.ln.bias),
    }
    for i, layer in enumerate(network.layers):
        qkv: Any = layer.qkv
        for j, name in enumerate("qkv"):
            part = slice(j * width, (j + 1) * width)
            weights[f"{i}.{name}.w"] = _array(qkv.weight)[part]
            weights[f"{i}.{name}.b"] = _array(qkv.bias)[part]
        for name in ("ao", "fi", "fo", "aln", "oln"):
            module: Any = getattr(layer, name)
            weights[f"{i}.{name}.w"] = _array(module.weight)
            weights[f"{i}.{name}.b"] = _array(module.bias)
    return weights


def _array(tensor: Any) -> NDArray[np.float32]:
    """Give a tensor as a float32 array."""
    return np.asarray(tensor.detach().float().numpy(), np.float32)
