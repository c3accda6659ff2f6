"""Writes ONNX files small enough to run in no time, by hand: the few fields of onnx.proto that they need.

Every network here is known by what it does to pixels, so that tests can say what must come out.
"""

import struct

import numpy as np

FLOAT, INT64, FLOAT16 = 1, 7, 10
TYPES = {np.dtype(np.float32): FLOAT, np.dtype(np.float16): FLOAT16, np.dtype(np.int64): INT64}
DEFAULT_OPSET = 13
IR_VERSION = 8


def _varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def _number(field, value):
    return _varint(field << 3) + _varint(value)


def _bytes(field, value):
    value = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _attribute(name, value):
    head = _bytes(1, name)
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, 2)
    if isinstance(value, str):
        return head + _bytes(4, value) + _number(20, 3)
    return head + b"".join(_number(8, each) for each in value) + _number(20, 7)


def node(kind, inputs, outputs, **attributes):
    body = b"".join(_bytes(1, each) for each in inputs) + b"".join(_bytes(2, each) for each in outputs)
    return body + _bytes(4, kind) + b"".join(_bytes(5, _attribute(*pair)) for pair in attributes.items())


def constant(name, values):
    values = np.asarray(values)
    dims = b"".join(_number(1, side) for side in values.shape)
    return dims + _number(2, TYPES[values.dtype]) + _bytes(8, name) + _bytes(9, values.tobytes())


def _value(name, kind, shape):
    dims = b"".join(_bytes(1, _bytes(2, side) if isinstance(side, str) else _number(1, side)) for side in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, dims)))


def model(nodes, constants, *, channels=3, size=None, kind=FLOAT, names=("input", "output"), opset=DEFAULT_OPSET):
    """The nodes lead from names[0] to names[1]. size: (height, width) if nothing else may come in."""
    given = (1, channels, *size) if size else ("n", channels, "h", "w")
    graph = b"".join(_bytes(1, each) for each in nodes) + _bytes(2, "tiny")
    graph += b"".join(_bytes(5, each) for each in constants)
    graph += _bytes(11, _value(names[0], kind, given)) + _bytes(12, _value(names[1], kind, ("a", "b", "c", "d")))
    return _number(1, IR_VERSION) + _bytes(2, "tiny_onnx") + _bytes(7, graph) + _bytes(8, _number(2, opset))


def _pixel_shuffle(scale, channels, number):
    """A 1x1 convolution and DepthToSpace that repeat every pixel."""
    weight = np.repeat(np.eye(channels), scale * scale, axis=0).reshape(-1, channels, 1, 1).astype(number)
    return (
        lambda given, result: [
            node("Conv", [given, "repeat"], ["repeated"]),
            node("DepthToSpace", ["repeated"], [result], blocksize=scale, mode="CRD"),
        ],
        [constant("repeat", weight)],
    )


def nearest(scale=2, channels=3, *, float16=False, names=("input", "output"), **options):
    """Every pixel becomes scale x scale pixels."""
    number = np.float16 if float16 else np.float32
    nodes, constants = _pixel_shuffle(scale, channels, number)
    kind = FLOAT16 if float16 else FLOAT
    return model(nodes(*names), constants, channels=channels, kind=kind, names=names, **options)


def dim(factor, scale=2):
    """As nearest, but darker: what has been through it twice shows it."""
    nodes, constants = _pixel_shuffle(scale, 3, np.float32)
    darken = node("Mul", ["input", "factor"], ["darker"])
    return model([darken] + nodes("darker", "output"), constants + [constant("factor", np.full((1,), factor, np.float32))])


def blur(scale=2, radius=2):
    """The mean around every pixel, then as nearest: a receptive field that tiles can get wrong."""
    side = 2 * radius + 1
    weight = np.zeros((3, 3, side, side), np.float32)
    for channel in range(3):
        weight[channel, channel] = 1 / side**2
    nodes, constants = _pixel_shuffle(scale, 3, np.float32)
    mean = node("Conv", ["input", "mean"], ["blurred"], pads=[radius] * 4)
    return model([mean] + nodes("blurred", "output"), constants + [constant("mean", weight)])


def with_unknown_operator(scale=2):
    """As nearest, by way of an operator that ONNX Runtime has and our graph has not: asin(sin x) = x for 0 to 1."""
    nodes, constants = _pixel_shuffle(scale, 3, np.float32)
    there_and_back = [node("Sin", ["input"], ["sine"]), node("Asin", ["sine"], ["back"])]
    return model(there_and_back + nodes("back", "output"), constants)


def with_operator_of_nobody():
    """With an operator that neither ONNX Runtime nor our graph has."""
    nodes, constants = _pixel_shuffle(2, 3, np.float32)
    return model([node("Frobnicate", ["input"], ["changed"])] + nodes("changed", "output"), constants)


def not_a_number():
    """What a network with broken weights gives."""
    nodes, constants = _pixel_shuffle(2, 3, np.float32)
    spoil = node("Add", ["input", "nan"], ["spoilt"])
    return model([spoil] + nodes("spoilt", "output"), constants + [constant("nan", np.full((1,), np.nan, np.float32))])


def uneven():
    """Twice as wide, three times as high: no scale at all."""
    resize = node("Resize", ["input", "", "scales"], ["output"], mode="nearest",
                  coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    return model([resize], [constant("scales", np.array([1, 1, 3, 2], np.float32))])


def five_channels():
    weight = np.ones((5 * 4, 3, 1, 1), np.float32)
    nodes = [node("Conv", ["input", "w"], ["wide"]), node("DepthToSpace", ["wide"], ["output"], blocksize=2)]
    return model(nodes, [constant("w", weight)])


def slow(layers=24, channels=64):
    """As nearest, after convolutions that cost much and change nothing."""
    inward = np.zeros((channels, 3, 3, 3), np.float32)
    keep = np.zeros((channels, channels, 3, 3), np.float32)
    outward = np.zeros((3, channels, 3, 3), np.float32)
    for channel in range(channels):
        keep[channel, channel, 1, 1] = 1
    for channel in range(3):
        inward[channel, channel, 1, 1] = outward[channel, channel, 1, 1] = 1
    nodes, constants = _pixel_shuffle(2, 3, np.float32)
    chain = [node("Conv", ["input", "inward"], ["x0"], pads=[1] * 4)]
    chain += [node("Conv", [f"x{i}", "keep"], [f"x{i + 1}"], pads=[1] * 4) for i in range(layers)]
    chain += [node("Conv", [f"x{layers}", "outward"], ["kept"], pads=[1] * 4)]
    weights = [constant("inward", inward), constant("keep", keep), constant("outward", outward)]
    return model(chain + nodes("kept", "output"), constants + weights)
