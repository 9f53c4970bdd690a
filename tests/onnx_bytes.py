"""A tiny ONNX model as bytes, written by hand so that the tests need no model library."""


def doubling_model() -> bytes:
    """Return y = x + x on float32 (1, 3); ONNX protobuf, operator set 17."""
    node = _text(1, "x") + _text(1, "x") + _text(2, "y") + _text(4, "Add")
    graph = (
        _field(1, node) + _text(2, "doubling") + _field(11, _value("x")) + _field(12, _value("y"))
    )
    return _number(1, 8) + _field(7, graph) + _field(8, _number(2, 17))


def _value(name: str) -> bytes:
    dims = b"".join(_field(1, _number(1, size)) for size in (1, 3))
    tensor = _number(1, 1) + _field(2, dims)
    return _text(1, name) + _field(2, _field(1, tensor))


def _field(number: int, body: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(body)) + body


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _number(number: int, value: int) -> bytes:
    return bytes([number << 3]) + _varint(value)


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
