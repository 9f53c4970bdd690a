"""A tiny network with everything that the landmark networks have, made here."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 32


def small_network(*, seed: int = 1) -> onnx.ModelProto:
    """Return u8 [1, 32, 32, 3] to landmarks [1, 195], presence [1, 1], heatmap [1, 8, 8, 39].

    Two clipped convolutions, a linear bottleneck with a residual addition, a pooling, a
    resizing, and heads; 4-pixel maps at the end.
    """
    rng = np.random.default_rng(seed)
    weights: dict[str, np.ndarray] = {
        "div_by": np.array([255.0]),
        "low": np.array(0.0),
        "high": np.array(6.0),
        "r_shape": np.array([1, 195]),
        "p_shape": np.array([1, 1]),
    }
    nodes = [
        helper.make_node("Transpose", ["image"], ["chw"], name="chw", perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["chw"], ["real"], name="real", to=TensorProto.FLOAT),
        helper.make_node("Div", ["real", "div_by"], ["unit"], name="unit"),
    ]

    def conv(
        name: str, tensor: str, shape: tuple[int, ...], *, stride: int = 1, pad: int = 0
    ) -> str:
        weights[f"{name}_w"] = rng.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape)
        weights[f"{name}_b"] = rng.normal(0, 0.1, shape[0])
        nodes.append(
            helper.make_node(
                "Conv",
                [tensor, f"{name}_w", f"{name}_b"],
                [f"{name}_out"],
                name=name,
                kernel_shape=shape[2:],
                strides=[stride] * 2,
                pads=[pad] * 4,
                group=1,
            )
        )
        return f"{name}_out"

    def clip(name: str, tensor: str) -> str:
        nodes.append(helper.make_node("Clip", [tensor, "low", "high"], [name], name=name))
        return name

    first = clip("first", conv("conv_a", "unit", (8, 3, 3, 3), stride=2, pad=1))
    # Uneven on purpose: half of the bottleneck's channels are a hundred times smaller.
    narrow = conv("conv_b", first, (6, 8, 1, 1))
    weights["conv_b_w"][::2] *= 0.01
    weights["conv_b_b"][::2] *= 0.01
    wide = clip("wide", conv("conv_c", narrow, (12, 6, 1, 1)))
    back = conv("conv_d", wide, (6, 12, 1, 1))
    nodes.append(helper.make_node("Add", [back, narrow], ["sum"], name="sum"))
    last = clip("last", conv("conv_e", "sum", (16, 6, 3, 3), stride=2, pad=1))
    nodes.append(
        helper.make_node(
            "MaxPool", [last], ["pooled"], name="pooled", kernel_shape=[2, 2], strides=[2, 2]
        )
    )
    landmarks = conv("conv_f", "pooled", (195, 16, 4, 4))
    nodes.append(helper.make_node("Reshape", [landmarks, "r_shape"], ["landmarks"], name="r"))
    logit = conv("conv_g", "pooled", (1, 16, 4, 4))
    nodes.append(helper.make_node("Sigmoid", [logit], ["p"], name="p"))
    nodes.append(helper.make_node("Reshape", ["p", "p_shape"], ["presence"], name="pr"))
    heat = conv("conv_h", last, (39, 16, 1, 1))
    nodes.append(helper.make_node("Transpose", [heat], ["heatmap"], name="h", perm=[0, 2, 3, 1]))
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, SIDE, SIDE, 3])],
        [
            helper.make_tensor_value_info("landmarks", TensorProto.FLOAT, [1, 195]),
            helper.make_tensor_value_info("presence", TensorProto.FLOAT, [1, 1]),
            helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, [1, 8, 8, 39]),
        ],
        [
            numpy_helper.from_array(
                array.astype(np.int64 if name.endswith("_shape") else np.float32), name
            )
            for name, array in weights.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return onnx.shape_inference.infer_shapes(model)


def pictures(count: int) -> list[np.ndarray]:
    """Return random (1, 32, 32, 3) pictures."""
    rng = np.random.default_rng(5)
    return list(rng.integers(0, 256, (count, 1, SIDE, SIDE, 3), dtype=np.uint8))
