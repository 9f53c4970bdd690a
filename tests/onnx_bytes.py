"""Tiny ONNX models as bytes, written by hand so that the tests need no model library.

Protobuf fields as in onnx.proto3, operator set 17. Weights stand for nothing; what counts is how
long a model takes and whether it can fail.
"""

import struct
from collections.abc import Mapping, Sequence

FLOAT, INT64 = 1, 7  # TensorProto.DataType


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
        _node("Range", "zero limit one", "low"),
        _node("Add", "low half", "high"),
        _node("Unsqueeze", "low axes_02", "low3"),
        _node("Unsqueeze", "high axes_02", "high3"),
        _node("Concat", "low3 low3 high3 high3", "boxes", axis=2),
        _node("Div", "high high", "score"),
        _node("Unsqueeze", "score axes_01", "scores"),
        _node("NonMaxSuppression", "boxes scores most half", "kept"),
        _node("Cast", "kept", "kept_f32", to=FLOAT),
        _node("ReduceMax", "kept_f32", "last", keepdims=1),
        _node("Add", "x last", "y"),
    ]
    constants = [
        _constant("zero", FLOAT, (), struct.pack("<f", 0)),
        _constant("half", FLOAT, (), struct.pack("<f", 0.5)),
        _constant("one", FLOAT, (), struct.pack("<f", 1)),
        _constant("most", INT64, (1,), struct.pack("<q", 1 << 30)),
        _constant("axes_02", INT64, (2,), struct.pack("<qq", 0, 2)),
        _constant("axes_01", INT64, (2,), struct.pack("<qq", 0, 1)),
    ]
    return _model(
        nodes, inputs={"x": (1, 3), "n": (1,)}, outputs={"y": (1, 3)}, constants=constants
    )


def _model(
    nodes: Sequence[bytes],
    *,
    inputs: Mapping[str, Sequence[int]],
    outputs: Mapping[str, Sequence[int]],
    constants: Sequence[bytes] = (),
) -> bytes:
    graph = b"".join(
        [
            *(_field(1, node) for node in nodes),
            _text(2, "graph"),
            *(_field(5, constant) for constant in constants),
            *(_field(11, _value(name, shape)) for name, shape in inputs.items()),
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


def _value(name: str, shape: Sequence[int]) -> bytes:
    """Return a float32 tensor's description; -1 is a free axis, named after the tensor."""
    dims = b"".join(_field(1, _text(2, name) if size == -1 else _number(1, size)) for size in shape)
    tensor = _number(1, FLOAT) + _field(2, dims)
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
