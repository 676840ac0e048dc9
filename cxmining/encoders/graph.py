"""Writes BERT encoder layers as an ONNX graph with fused operators, and quantises it to int8.

The word embeddings stay outside the graph: it takes their rows, so that several encoders can share one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

Weights = Mapping[str, NDArray[np.float32]]
"""Tensors ``position``, ``type``, ``ln.w|b`` and ``{i}.q|k|v|ao|fi|fo.w|b``, ``{i}.aln|oln.w|b``."""


class GraphWriter:
    """Collects nodes and initialisers of one graph."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Add an initialiser and give its name."""
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output and give the output's name."""
        self.nodes.append(helper.make_node(op, inputs, [output], name=f"{op}:{output}", domain=domain, **attributes))
        return output


def encoder_nodes(g: GraphWriter, w: Weights, n_layers: int, n_heads: int, eps: float) -> str:
    """Add the nodes from ``embeddings`` (batch, length, width) and ``lengths`` (batch,) to the last layer's states."""
    width = w["ln.w"].shape[0]
    g.constant("position", w["position"] + w["type"][:width])
    g.constant("zero1", np.array([0], np.int64))
    g.node("Shape", ["embeddings"], "length", start=1, end=2)
    g.node("Slice", ["position", "zero1", "length", "zero1"], "positions")
    g.node("Add", ["embeddings", "positions"], "summed")
    g.constant("ln.w", w["ln.w"])
    g.constant("ln.b", w["ln.b"])
    x = g.node("LayerNormalization", ["summed", "ln.w", "ln.b"], "x0", axis=-1, epsilon=eps)
    ms = "com.microsoft"
    for i in range(n_layers):
        p = f"{i}."
        qkv = np.concatenate([w[f"{p}{k}.w"] for k in "qkv"], axis=0).T
        g.constant(f"{p}qkv.w", qkv.astype(np.float32))
        g.constant(f"{p}qkv.b", np.concatenate([w[f"{p}{k}.b"] for k in "qkv"]))
        g.node("Attention", [x, f"{p}qkv.w", f"{p}qkv.b", "lengths"], f"{p}context", ms, num_heads=n_heads)
        for name in ("ao", "fi", "fo"):
            g.constant(f"{p}{name}.w", w[f"{p}{name}.w"].T.astype(np.float32))
            g.constant(f"{p}{name}.b", w[f"{p}{name}.b"])
        for name in ("aln", "oln"):
            g.constant(f"{p}{name}.w", w[f"{p}{name}.w"])
            g.constant(f"{p}{name}.b", w[f"{p}{name}.b"])
        g.node("MatMul", [f"{p}context", f"{p}ao.w"], f"{p}ao")
        x = _normalised_sum(g, f"{p}ao", x, f"{p}aln", f"{p}attended", eps)
        g.node("MatMul", [x, f"{p}fi.w"], f"{p}fi")
        g.node("BiasGelu", [f"{p}fi", f"{p}fi.b"], f"{p}gelu", ms)
        g.node("MatMul", [f"{p}gelu", f"{p}fo.w"], f"{p}fo")
        x = _normalised_sum(g, f"{p}fo", x, f"{p}oln", f"x{i + 1}", eps)
    return x


def _normalised_sum(g: GraphWriter, name: str, skip: str, norm: str, output: str, eps: float) -> str:
    """Add a sublayer's bias and its input, and normalise.

    onnxruntime has one operator for it, SkipLayerNormalization, which takes three times as long on a CPU.
    """
    g.node("Add", [name, f"{name}.b"], f"{output}.biased")
    g.node("Add", [f"{output}.biased", skip], f"{output}.sum")
    return g.node("LayerNormalization", [f"{output}.sum", f"{norm}.w", f"{norm}.b"], output, axis=-1, epsilon=eps)


def write_model(g: GraphWriter, outputs: dict[str, list[str | int]], width: int, path: Path) -> None:
    """Write the graph as an ONNX model with inputs ``embeddings`` and ``lengths``."""
    inputs = [
        helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["batch", "length", width]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
    ]
    outs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
    graph = helper.make_graph(g.nodes, "encoder", inputs, outs, g.initialisers)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="cxmining")
    onnx.save(model, str(path))


def quantise(source: Path, target: Path, keep_float: list[str] | None = None) -> None:
    """Quantise attention and matrix products to int8 weights, activations dynamically."""
    quantize_dynamic(
        source,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["Attention", "MatMul"],
        nodes_to_exclude=keep_float or [],
        extra_options={"DefaultTensorType": TensorProto.FLOAT, "MatMulConstBOnly": True},
    )
