"""The float form of a landmark model, with a look at the tensors inside."""

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
from onnx import helper

from appliance.domain.arrays import Float32Array, UInt8Array

HEADS = ("landmarks", "presence", "heatmap")


class Teacher:
    """Runs a prepared file on one thread."""

    def __init__(self, model: onnx.ModelProto, *, extra: Sequence[str]) -> None:
        """Load it.

        Args:
            model: From ``formats.prepare``.
            extra: Tensors to show beside the outputs.
        """
        opened = onnx.ModelProto()
        opened.CopyFrom(model)
        shown = {output.name for output in opened.graph.output}
        opened.graph.output.extend(
            helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
            for name in extra
            if name not in shown
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._names = [*HEADS, *extra]
        self._session = onnxruntime.InferenceSession(
            opened.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def ask(self, crops: UInt8Array) -> dict[str, Float32Array]:
        """Return the tensors for (B, 256, 256, 3) crops, one after the other."""
        rows = [self._session.run(self._names, {"image": crop[None]}) for crop in crops]
        return {
            name: np.concatenate([row[index] for row in rows])
            for index, name in enumerate(self._names)
        }
