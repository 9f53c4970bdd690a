"""Tiny ONNX models as bytes, written by hand so that the tests need no model library.

Protobuf fields as in onnx.proto3, operator set 17. Weights stand for nothing; what counts is how
long a model takes and whether it can fail.
"""

import struct
from collections.abc import Mapping, Sequence

FLOAT, UINT8, INT64 = 1, 2, 7  # TensorProto.DataType


def doubling_model() -> bytes:
    """Return y = x + x on float32 (1, 3)."""
    return _model([_node("Add", "x x", "y")], inputs={"x": (1, 3)}, outputs={"y": (1, 3)})


def adding_model() -> bytes:
    """Return sum = a + b on two vectors of any length, which fails where the lengths differ."""
    return _model(
        [_node("Add", "a b", "sum")],
        inputs={"a": (-1,), "b": (-1,)},
        outputs={"sum": (-1,)},
    )


def slow_model() -> bytes:
    """Return y = x + n - 1 on float32 (1, 3), which takes n^2 steps within one operator.

    Suppression of n boxes that do not overlap compares each with all before it. Run times look at
    a request that should end only between two operators, so a large n is a request that is stuck.
    """
    nodes = [
        _node("Squeeze", "n", "limit"),
        *_SUPPRESSION,
        _node("Add", "x last", "y"),
    ]
    return _model(
        nodes, inputs={"x": (1, 3), "n": (1,)}, outputs={"y": (1, 3)}, constants=_constants()
    )


def stuck_detector() -> bytes:
    """Return a pose detector with the right tensors that takes minutes for every picture."""
    nodes = [
        _node("Cast", "image", "pixels", to=FLOAT),
        _node("ReduceMax", "pixels", "brightest", keepdims=0),
        _node("Mul", "brightest zero", "nothing"),
        _node("Add", "nothing many", "limit"),
        *_SUPPRESSION,
        _node("ReduceMax", "last", "flat", keepdims=0),
        _node("Expand", "flat boxes_shape", "boxes"),
        _node("Expand", "flat scores_shape", "scores"),
    ]
    return _model(
        nodes,
        inputs={"image": (1, 224, 224, 3)},
        outputs={"boxes": (1, 2254, 12), "scores": (1, 2254, 1)},
        constants=[
            *_constants(),
            _constant("many", FLOAT, (), struct.pack("<f", 1_000_000)),
            _constant("boxes_shape", INT64, (3,), struct.pack("<qqq", 1, 2254, 12)),
            _constant("scores_shape", INT64, (3,), struct.pack("<qqq", 1, 2254, 1)),
        ],
        input_kind=UINT8,
    )


def _model(
    nodes: Sequence[bytes],
    *,
    inputs: Mapping[str, Sequence[int]],
    outputs: Mapping[str, Sequence[int]],
    constants: Sequence[bytes] = (),
    input_kind: int = FLOAT,
) -> bytes:
    graph = b"".join(
        [
            *(_field(1, node) for node in nodes),
            _text(2, "graph"),
            *(_field(5, constant) for constant in constants),
            *(_field(11, _value(name, shape, input_kind)) for name, shape in inputs.items()),
            *(_field(12, _value(name, shape)) for name, shape in outputs.items()),
        ]
    )
    return _number(1, 8) + _field(7, graph) + _field(8, _number(2, 17))


def _node(kind: str, inputs: str, output: str, **attributes: int) -> bytes:
    body = b"".join(_text(1, name) for name in inputs.split()) + _text(2, output) + _text(4, kind)
    for name, value in attributes.items():
        body += _field(5, _text(1, name) + _number(3, value) + _number(20, 2))
    return body


def _constant(name: str, kind: int, shape: Sequence[int], data: bytes) -> bytes:
    dims = b"".join(_number(1, size) for size in shape)
    return dims + _number(2, kind) + _text(8, name) + _field(9, data)


def _value(name: str, shape: Sequence[int], kind: int = FLOAT) -> bytes:
    """Return a tensor's description; -1 is a free axis, named after the tensor."""
    dims = b"".join(_field(1, _text(2, name) if size == -1 else _number(1, size)) for size in shape)
    tensor = _number(1, kind) + _field(2, dims)
    return _text(1, name) + _field(2, _field(1, tensor))


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


# From a scalar ``limit``: so many boxes on a diagonal, and the number of the last one kept.
_SUPPRESSION = (
    _node("Range", "zero limit one", "low"),
    _node("Add", "low half", "high"),
    _node("Unsqueeze", "low axes_02", "low3"),
    _node("Unsqueeze", "high axes_02", "high3"),
    _node("Concat", "low3 low3 high3 high3", "corners", axis=2),
    _node("Div", "high high", "certainty"),
    _node("Unsqueeze", "certainty axes_01", "certainties"),
    _node("NonMaxSuppression", "corners certainties most half", "kept"),
    _node("Cast", "kept", "kept_f32", to=FLOAT),
    _node("ReduceMax", "kept_f32", "last", keepdims=1),
)


def _constants() -> list[bytes]:
    return [
        _constant("zero", FLOAT, (), struct.pack("<f", 0)),
        _constant("half", FLOAT, (), struct.pack("<f", 0.5)),
        _constant("one", FLOAT, (), struct.pack("<f", 1)),
        _constant("most", INT64, (1,), struct.pack("<q", 1 << 30)),
        _constant("axes_02", INT64, (2,), struct.pack("<qq", 0, 2)),
        _constant("axes_01", INT64, (2,), struct.pack("<qq", 0, 1)),
    ]
