"""The landmark network in torch, read from its ONNX file, rounding as its eight-bit form will.

A port, not a copy: whatever the prepared file holds is what runs, so lite and full need no code of
their own. Which layers round is decided by the caller; gradients pass the rounding unchanged
(straight through), after Jacob et al., CVPR 2018, and the steps of activations are learned, after
Esser et al., ICLR 2020.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from appliance.errors import ModelLoadError
from quantization.build.onnx.qdq import ACTIVATION_MAX, WEIGHT_MAX, Range

IMAGE = "image"
CLIP_HIGH = 6.0  # ReLU6 everywhere; asserted when the file is read

Step = Callable[[dict[str, Tensor]], Tensor]


class PoseNetwork(nn.Module):
    """All layers of the file up to the raw outputs, with rounding where it is asked for."""

    zeros: Tensor

    def __init__(
        self, model: onnx.ModelProto, *, layers: Sequence[str], ranges: Mapping[str, Range]
    ) -> None:
        """Read the layers.

        Args:
            model: From ``formats.prepare``.
            layers: Names of the ``Conv`` and ``Add`` nodes that round.
            ranges: Where each tensor that they read or write starts; zeros stay, steps are
                learned.

        Raises:
            ModelLoadError: The file holds an operation that this port does not know.
        """
        super().__init__()
        self._constants = {
            weight.name: numpy_helper.to_array(weight) for weight in model.graph.initializer
        }
        self.rounding = set(layers)
        """Layers that round now; the others compute in float, on tensors that may be rounded."""
        self._names = tuple(ranges)
        # Part of the saved state: a training that is resumed keeps the zeros it began with.
        self.register_buffer(
            "zeros", torch.tensor([float(chosen.zero) for chosen in ranges.values()])
        )
        self._clipped = {node.output[0] for node in model.graph.node if node.op_type == "Clip"}
        self.weights = nn.ParameterDict()
        self.biases = nn.ParameterDict()
        self.log_steps = nn.ParameterDict(
            {
                _key(name): nn.Parameter(torch.tensor([np.log(chosen.scale)]).float())
                for name, chosen in ranges.items()
            }
        )
        self._owners = {
            name: {
                node.name
                for node in model.graph.node
                if node.name in self.rounding and touches(model, node, name)
            }
            for name in ranges
        }
        self.pixels = next(node.output[0] for node in model.graph.node if node.op_type == "Div")
        self._steps = [(node.output[0], self._step(node)) for node in model.graph.node]

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Run every layer.

        Args:
            image: (B, H, W, 3) u8 BGR.

        Returns:
            Every tensor by its name in the file, channels first.
        """
        tensors = {IMAGE: image}
        for name, step in self._steps:
            tensors[name] = step(tensors)
            if self.rounding & self._owners.get(name, set()):
                tensors[name] = self._round(name, tensors[name])
        return tensors

    def learned_ranges(self) -> dict[str, Range]:
        """Return the ranges as they are now."""
        return {
            name: Range(scale=self._scale(name).item(), zero=int(self._zero(name).item()))
            for name in self._names
        }

    def learned_model(self, model: onnx.ModelProto) -> onnx.ModelProto:
        """Return a copy of the file with the weights as they are now."""
        learned = onnx.ModelProto()
        learned.CopyFrom(model)
        current = {
            **{_original(key): value for key, value in self.weights.items()},
            **{_original(key): value for key, value in self.biases.items()},
        }
        for weight in learned.graph.initializer:
            if weight.name in current:
                array = current[weight.name].detach().numpy()
                weight.CopyFrom(numpy_helper.from_array(array, weight.name))
        return learned

    def _step(self, node: onnx.NodeProto) -> Step:
        match node.op_type:
            case "Conv":
                return self._convolution(node)
            case "Add":
                first, second = node.input
                return lambda tensors: tensors[first] + tensors[second]
            case "Clip":
                self._check_clip(node)
        tensor, *constants = node.input
        function = self._function(node, constants)
        return lambda tensors: function(tensors[tensor])

    def _function(
        self, node: onnx.NodeProto, constants: Sequence[str]
    ) -> Callable[[Tensor], Tensor]:
        functions: dict[str, Callable[[Tensor], Tensor]] = {
            "Clip": lambda x: functional.hardtanh(x, 0.0, CLIP_HIGH),
            "MaxPool": lambda x: functional.max_pool2d(x, 2),
            "Resize": lambda x: functional.interpolate(
                x, scale_factor=2, mode="bilinear", align_corners=False
            ),
            "Transpose": lambda x: x.permute(list(_attribute(node, "perm"))),
            "Cast": Tensor.float,
            "Div": lambda x: x / self._constants[constants[0]].item(),
            "Sigmoid": Tensor.sigmoid,
            "Reshape": lambda x: x.flatten(1),
        }
        if node.op_type not in functions:
            msg = f"{node.name}: this port knows no {node.op_type}"
            raise ModelLoadError(msg)
        return functions[node.op_type]

    def _convolution(self, node: onnx.NodeProto) -> Step:
        tensor, weight, bias = node.input
        for store, name in ((self.weights, weight), (self.biases, bias)):
            array = self._constants[name].astype(np.float32)
            store[_key(name)] = nn.Parameter(torch.from_numpy(array.copy()))
        top, left, bottom, right = _attribute(node, "pads")
        stride, groups = list(_attribute(node, "strides")), _attribute(node, "group")

        def step(tensors: dict[str, Tensor]) -> Tensor:
            values, kernel = tensors[tensor], self.weights[_key(weight)]
            if node.name in self.rounding:
                kernel = _round_weight(kernel)
            return functional.conv2d(
                functional.pad(values, (left, right, top, bottom)),
                kernel,
                self.biases[_key(bias)].reshape(-1),
                stride=stride,
                groups=groups,
            )

        return step

    def _scale(self, name: str) -> Tensor:
        scale = self.log_steps[_key(name)].exp()
        # Beyond 6 nothing is left of a clipped tensor, and run times could not drop the clipping.
        return scale.clamp(max=CLIP_HIGH / ACTIVATION_MAX) if name in self._clipped else scale

    def _zero(self, name: str) -> Tensor:
        place = self._names.index(name)
        return self.zeros[place : place + 1]

    def _round(self, name: str, values: Tensor) -> Tensor:
        zero = self._zero(name)
        rounded: Tensor = torch._fake_quantize_learnable_per_tensor_affine(  # noqa: SLF001
            values, self._scale(name), zero, 0, ACTIVATION_MAX, values[0].numel() ** -0.5
        )
        return rounded

    def _check_clip(self, node: onnx.NodeProto) -> None:
        low, high = (self._constants[name].item() for name in node.input[1:])
        if (low, high) != (0.0, CLIP_HIGH):
            msg = f"{node.name}: clips to {low:g} to {high:g}, this port knows 0 to {CLIP_HIGH:g}"
            raise ModelLoadError(msg)


def touches(model: onnx.ModelProto, node: onnx.NodeProto, tensor: str) -> bool:
    """Tell whether a layer reads or writes a tensor; clipping counts as part of the layer."""
    written = {
        clip.output[0]
        for clip in model.graph.node
        if clip.op_type == "Clip" and clip.input[0] in node.output
    }
    return tensor in {*node.input, *(written or node.output)}


def _round_weight(weight: Tensor) -> Tensor:
    scales = weight.detach().flatten(1).abs().amax(dim=1).clamp(min=1e-8) / WEIGHT_MAX
    zeros = torch.zeros(len(scales), dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(weight, scales, zeros, 0, -WEIGHT_MAX, WEIGHT_MAX)


def _attribute(node: onnx.NodeProto, name: str) -> Any:  # noqa: ANN401 - ONNX attributes are of any kind
    return next(
        onnx.helper.get_attribute_value(entry) for entry in node.attribute if entry.name == name
    )


def _key(name: str) -> str:
    return name.replace(".", "|")  # torch allows no dots in names of parameters


def _original(key: str) -> str:
    return key.replace("|", ".")
