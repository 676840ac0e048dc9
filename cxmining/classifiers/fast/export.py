"""Writes the student's blocks and heads as an ONNX graph over a stream of texts, parted by zeros."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from cxmining.classifiers.fast.network import StudentNetwork
from cxmining.encoders.graph import GraphWriter


def export(network: StudentNetwork, path: Path) -> None:
    """Write the network from ``projected`` (1, width, length) and ``real`` (length, 1) to ``found`` (length, 3 labels).

    Between two texts the stream holds zeros, at least as many as half a kernel, so that no text sees another.

    Parameters
    ----------
    network : StudentNetwork
        In evaluation mode.
    path : Path
        ONNX file to write.
    """
    g = GraphWriter()
    g.constant("first", np.array([0], np.int64))
    state = "projected"
    for i, block in enumerate(network.blocks):
        state = _block(g, i, block, state)
    g.node("Squeeze", [state, "first"], "columns")
    g.node("Transpose", ["columns"], "rows", perm=[1, 0])
    _norm(g, "last", network.norm, "rows")
    _linear(g, "heads", network.heads, "last.normed")
    width, n_out = network.heads.in_features, network.heads.out_features
    inputs = [
        helper.make_tensor_value_info("projected", TensorProto.FLOAT, [1, width, "length"]),
        helper.make_tensor_value_info("real", TensorProto.FLOAT, ["length", 1]),
    ]
    g.node("Identity", ["heads.out"], "found")
    outputs = [helper.make_tensor_value_info("found", TensorProto.FLOAT, ["length", n_out])]
    graph = helper.make_graph(g.nodes, "student", inputs, outputs, g.initialisers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _block(g: GraphWriter, i: int, block: object, state: str) -> str:
    """Add one block; states are (1, width, length) between blocks."""
    depthwise = block.depthwise  # type: ignore[attr-defined]
    g.constant(f"{i}.dw.w", _array(depthwise.weight))
    g.constant(f"{i}.dw.b", _array(depthwise.bias))
    width, half = depthwise.weight.shape[0], depthwise.weight.shape[2] // 2
    g.node("Conv", [state, f"{i}.dw.w", f"{i}.dw.b"], f"{i}.mixed", group=width, pads=[half, half])
    g.node("Squeeze", [f"{i}.mixed", "first"], f"{i}.columns")
    g.node("Transpose", [f"{i}.columns"], f"{i}.rows", perm=[1, 0])
    _norm(g, str(i), block.norm, f"{i}.rows")  # type: ignore[attr-defined]
    _linear(g, f"{i}.widen", block.widen, f"{i}.normed")  # type: ignore[attr-defined]
    g.node("Relu", [f"{i}.widen.out"], f"{i}.wide")
    _linear(g, f"{i}.narrow", block.narrow, f"{i}.wide")  # type: ignore[attr-defined]
    g.node("Mul", [f"{i}.narrow.out", "real"], f"{i}.masked")
    g.node("Transpose", [f"{i}.masked"], f"{i}.back", perm=[1, 0])
    g.node("Unsqueeze", [f"{i}.back", "first"], f"{i}.added")
    return g.node("Add", [state, f"{i}.added"], f"{i}.state")


def _norm(g: GraphWriter, name: str, norm: object, source: str) -> None:
    """Add a layer norm over the last axis."""
    g.constant(f"{name}.ln.w", _array(norm.weight))  # type: ignore[attr-defined]
    g.constant(f"{name}.ln.b", _array(norm.bias))  # type: ignore[attr-defined]
    inputs = [source, f"{name}.ln.w", f"{name}.ln.b"]
    g.node("LayerNormalization", inputs, f"{name}.normed", axis=-1, epsilon=norm.eps)  # type: ignore[attr-defined]


def _linear(g: GraphWriter, name: str, linear: object, source: str) -> None:
    """Add a matrix product with bias."""
    g.constant(f"{name}.w", _array(linear.weight).T)  # type: ignore[attr-defined]
    g.constant(f"{name}.b", _array(linear.bias))  # type: ignore[attr-defined]
    g.node("MatMul", [source, f"{name}.w"], f"{name}.raw")
    g.node("Add", [f"{name}.raw", f"{name}.b"], f"{name}.out")


def _array(tensor: object) -> NDArray[np.float32]:
    """Give a tensor as a float32 array."""
    return np.asarray(tensor.detach().float().numpy(), np.float32)  # type: ignore[attr-defined]
