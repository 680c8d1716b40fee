"""Cuts an ONNX file in two at one tensor, by its bytes alone, so that the second half can run on slices of it.

A Piper voice is one graph: phonemes -> frames (must see the whole sentence) -> sound (looks ten frames around). Cut
between the two, sound starts as soon as the first frames are rendered. Layout: onnx/onnx.proto, Protocol Buffers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_NAME, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 2, 5, 11, 12
_NODE_INPUT, _NODE_OUTPUT = 1, 2
_TENSOR_DIMS, _TENSOR_NAME = 1, 8
_FLOAT = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_Field = tuple[int, int | memoryview]


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """Two models: `front` ends with the tensor `name`, float32 (batch, `channels`, frames); `back` begins with it."""

    front: bytes
    back: bytes
    name: str
    channels: int


@dataclass(frozen=True, slots=True)
class _Node:
    raw: memoryview
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class _Graph:
    def __init__(self, raw: memoryview) -> None:
        fields = list(_fields(raw))
        self.nodes = [_node(blob) for blob in _blobs(fields, _GRAPH_NODE)]
        self.initializers = {_name(blob, _TENSOR_NAME): blob for blob in _blobs(fields, _GRAPH_INITIALIZER)}
        self.inputs = {_name(blob, 1): blob for blob in _blobs(fields, _GRAPH_INPUT)}
        self.outputs = {_name(blob, 1): blob for blob in _blobs(fields, _GRAPH_OUTPUT)}
        self.title = _name(raw, _GRAPH_NAME)
        self._maker = {output: index for index, node in enumerate(self.nodes) for output in node.outputs}

    def needed_for(self, names: Iterable[str], given: frozenset[str] = frozenset()) -> tuple[list[int], set[str]]:
        """The nodes that make these tensors, in order, and every tensor they read, when `given` are there already."""
        waiting, nodes, tensors = list(names), set[int](), set[str]()
        while waiting:
            name = waiting.pop()
            tensors.add(name)
            index = self._maker.get(name)
            if name not in given and index is not None and index not in nodes:
                nodes.add(index)
                waiting.extend(self.nodes[index].inputs)
        return sorted(nodes), tensors

    def part(self, nodes: list[int], tensors: set[str], inputs: list[memoryview], outputs: list[memoryview]) -> bytes:
        pieces = [_field(_GRAPH_NODE, self.nodes[index].raw) for index in nodes]
        pieces.append(_field(_GRAPH_NAME, self.title.encode()))
        pieces.extend(_field(_GRAPH_INITIALIZER, raw) for name, raw in self.initializers.items() if name in tensors)
        pieces.extend(_field(_GRAPH_INPUT, raw) for raw in inputs)
        pieces.extend(_field(_GRAPH_OUTPUT, raw) for raw in outputs)
        return b"".join(pieces)


def split_before(model: bytes, weight: str) -> Halves:
    """Cut in front of the convolution that uses the initializer `weight`, shape (out, channels, width).

    Raises:
        ValueError: this is no ONNX file, has no such weight, or its second half needs more than that one tensor.
    """
    top = list(_fields(memoryview(model)))
    graph = _Graph(next(iter(_blobs(top, _MODEL_GRAPH)), memoryview(b"")))
    user = next((node for node in graph.nodes if weight in node.inputs[1:]), None)
    if user is None or weight not in graph.initializers:
        raise ValueError(f"no weight {weight}")
    cut = user.inputs[0]
    channels = _dims(graph.initializers[weight])[1]
    seam = memoryview(_tensor_info(cut, channels))
    front_nodes, front_tensors = graph.needed_for([cut])
    back_nodes, back_tensors = graph.needed_for(graph.outputs, frozenset([cut]))
    shared = [graph.nodes[index] for index in set(front_nodes) & set(back_nodes)]
    if back_tensors & set(graph.inputs) or any(node.inputs for node in shared):  # both may use the same constants
        raise ValueError("the second half needs more than one tensor")
    front = graph.part(front_nodes, front_tensors, list(graph.inputs.values()), [seam])
    back = graph.part(back_nodes, back_tensors, [seam], list(graph.outputs.values()))
    return Halves(front=_with_graph(top, front), back=_with_graph(top, back), name=cut, channels=channels)


def _with_graph(top: list[_Field], graph: bytes) -> bytes:
    return b"".join(_field(n, graph if n == _MODEL_GRAPH else value) for n, value in top)


def _tensor_info(name: str, channels: int) -> bytes:
    """A ValueInfoProto: float32 (batch, channels, frames), two of them free."""
    free = [_field(1, _field(2, label)) for label in (b"batch", b"frames")]
    shape = free[0] + _field(1, _field(1, channels)) + free[1]
    return _field(1, name.encode()) + _field(2, _field(1, _field(1, _FLOAT) + _field(2, shape)))


def _node(raw: memoryview) -> _Node:
    fields = list(_fields(raw))
    inputs, outputs = ([bytes(blob).decode() for blob in _blobs(fields, n)] for n in (_NODE_INPUT, _NODE_OUTPUT))
    return _Node(raw, tuple(inputs), tuple(outputs))


def _dims(tensor: memoryview) -> list[int]:
    dims: list[int] = []
    for number, value in _fields(tensor):
        if number == _TENSOR_DIMS:
            dims.extend(_packed(value) if isinstance(value, memoryview) else [value])
    if len(dims) != 3:
        raise ValueError("not the weight of a convolution over time")
    return dims


def _packed(raw: memoryview) -> Iterator[int]:
    at = 0
    while at < len(raw):
        value, at = _varint(raw, at)
        yield value


def _name(raw: memoryview, wanted: int) -> str:
    return next((bytes(blob).decode() for blob in _blobs(_fields(raw), wanted)), "")


def _blobs(fields: Iterable[_Field], wanted: int) -> list[memoryview]:
    """The values of all fields of one number that are bytes: texts, tensors and messages."""
    return [value for number, value in fields if number == wanted and isinstance(value, memoryview)]


def _fields(raw: memoryview) -> Iterator[_Field]:
    """(field number, value) of one message. Raises: ValueError on bytes that are no message."""
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(raw, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            size, at = _varint(raw, at)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError("not an ONNX file")
        if at + size > len(raw):
            raise ValueError("the file is cut off")
        yield key >> 3, raw[at : at + size]
        at += size


def _varint(raw: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(raw) and shift < 64:
        byte = raw[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise ValueError("not an ONNX file")


def _field(number: int, value: int | bytes | memoryview) -> bytes:
    if isinstance(value, int):
        return _encode(number << 3 | _VARINT) + _encode(value)
    return b"".join((_encode(number << 3 | _BYTES), _encode(len(value)), value))


def _encode(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
