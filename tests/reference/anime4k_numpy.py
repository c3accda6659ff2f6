"""A second opinion on Anime4K's networks: what the shaders do, four channels at a time, in numpy.

Written apart from Kizuna's sources. The wiring stands here by the network's name; which inputs a layer names in its file is not
looked at. `run` takes the JSON as a dict and a float array (3, height, width) in 0..1.
"""

import numpy as np


def _at(texels, dx, dy):
    """texels[y + dy][x + dx], zero beyond the border."""
    height, width, _ = texels.shape
    padded = np.pad(texels, ((1, 1), (1, 1), (0, 0)))
    return padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]


def _layer(network, name, inputs, taps=9):
    """A sum of matrices times texels. The matrices come input by input, each of them from left to right and from top to bottom
    within a column; each is written column by column."""
    layer = network["layers"][name]
    matrices = np.array(layer["weights"], np.float32).reshape(-1, 4, 4).transpose(0, 2, 1)
    assert len(matrices) == len(inputs) * taps, name
    result = np.zeros((*inputs[0].shape[:2], 4), np.float32) + np.array(layer["bias"], np.float32)
    for i, texels in enumerate(inputs):
        for tap in range(taps):
            dx, dy = (tap // 3 - 1, tap % 3 - 1) if taps == 9 else (0, 0)
            result += _at(texels, dx, dy) @ matrices[i * taps + tap].T
    return result


def _halves(*tensors):
    """What is above zero of each, then what is below of each."""
    return [np.maximum(t, 0) for t in tensors] + [np.maximum(-t, 0) for t in tensors]


def _chain(network, picture, depth, parts):
    """The features: lists of `parts` texels each. Suffixes are "", "1", …"""
    suffixes = ["", "1"][:parts]
    features = [[_layer(network, f"conv2d_tf{s}", [picture]) for s in suffixes]]
    for i in range(1, depth):
        inputs = _halves(*features[-1])
        features.append([_layer(network, f"conv2d_{i}_tf{s}", inputs) for s in suffixes])
    return features


def _dense(features):
    return [half for feature in features for half in _halves(*feature)]


def _square(texels):
    """Four channels as a square of pixels: left to right, then down."""
    height, width, _ = texels.shape
    return texels.reshape(height, width, 2, 2).transpose(0, 2, 1, 3).reshape(height * 2, width * 2)


def _bilinear(planes):
    """Twice as large; pixels lie in the middle of their areas, and the edge repeats."""
    for axis in (1, 2):
        before = np.concatenate([planes.take([0], axis), planes.take(range(planes.shape[axis] - 1), axis)], axis)
        after = np.concatenate([planes.take(range(1, planes.shape[axis]), axis), planes.take([-1], axis)], axis)
        pairs = np.stack([0.75 * planes + 0.25 * before, 0.75 * planes + 0.25 * after], axis + 1)
        shape = list(planes.shape)
        shape[axis] *= 2
        planes = pairs.reshape(shape)
    return planes


def run(network, planes):
    picture = np.concatenate([planes, np.ones((1, *planes.shape[1:]))]).transpose(1, 2, 0).astype(np.float32)
    kind = network["name"].removeprefix("anime4k/")
    if kind == "cnn-2x-s":
        last = _chain(network, picture, 3, 1)[-1]
        brightness = _square(_layer(network, "conv2d_last_tf", _halves(*last)))
        return _bilinear(planes) + brightness
    if kind in ("cnn-2x-m", "cnn-2x-l"):
        names = [f"conv2d_7_tf{s}" if kind == "cnn-2x-m" else f"conv2d_last_tf{s}" for s in ("", "1", "2")]
        inputs = _dense(_chain(network, picture, 7, 1 if kind == "cnn-2x-m" else 2))
        return _bilinear(planes) + np.stack([_square(_layer(network, name, inputs, 1)) for name in names])
    features = {"s": (3, 1), "m": (7, 1), "l": (4, 2)}[kind.removeprefix("cnn-restore-")]
    features = _chain(network, picture, *features)
    inputs, taps = (_dense(features), 1) if kind == "cnn-restore-m" else (_halves(*features[-1]), 9)
    return planes + _layer(network, "conv2d_out_tf", inputs, taps).transpose(2, 0, 1)[:3]
