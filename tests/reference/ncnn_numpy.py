"""A second opinion on ncnn networks: reads a .param/.bin pair and runs it with numpy, one obvious line per operator.

It is written from the description of the format and of its operators, not from Kizuna's sources, so that the two can
only agree by both being right. Only the operators that the networks of Real-ESRGAN, Real-CUGAN and waifu2x use are known,
and only in the forms in which they use them: anything else raises, it is never guessed.

    network = Network("models", "realesr-animevideov3-x2")
    out = network.run(rgb)          # rgb: float array (3, height, width) in 0..1; out: (3, 2*height, 2*width), unclipped
"""

import pathlib

import numpy as np

MAGIC = 7767517
TAG_FLOAT32 = 0
TAG_FLOAT16 = 0x01306B47


class Layer:
    """One line of a .param file."""

    def __init__(self, line):
        words = line.split()
        self.type, self.name = words[0], words[1]
        inputs, outputs = int(words[2]), int(words[3])
        self.inputs = words[4 : 4 + inputs]
        self.outputs = words[4 + inputs : 4 + inputs + outputs]
        self.params = {}
        for word in words[4 + inputs + outputs :]:
            key, value = word.split("=")
            key = int(key)
            if key <= -23300:  # an array: its length, then its values
                self.params[-23300 - key] = [float(v) for v in value.split(",")[1:]]
            else:
                self.params[key] = float(value) if "." in value or "e" in value else int(value)

    def get(self, key, default):
        return self.params.get(key, default)

    def require(self, key, wanted, default):
        if self.get(key, default) != wanted:
            raise ValueError(f"{self.type} {self.name}: parameter {key} is {self.get(key, default)}, only {wanted} is known")


class Weights:
    """A .bin file, read from front to back in the order of the layers."""

    def __init__(self, data):
        self.data = data
        self.position = 0

    def take(self, dtype, count):
        values = np.frombuffer(self.data, dtype, count, self.position)
        self.position += values.nbytes
        return values.astype(np.float32)

    def take_tagged(self, count):
        tag = int(np.frombuffer(self.data, "<u4", 1, self.position)[0])
        self.position += 4
        if tag == TAG_FLOAT32:
            return self.take("<f4", count)
        if tag != TAG_FLOAT16:
            raise ValueError(f"weights with tag {tag:#x} are not known")
        values = self.take("<f2", count)
        self.position += -self.position % 4
        return values


def convolution(x, weight, bias, border, stride=1):
    """weight: (out, in, k, k). `border` zeros around the picture."""
    channels_out, channels_in, kernel, _ = weight.shape
    padded = np.pad(x, ((0, 0), (border, border), (border, border)))
    height, width = ((side - kernel) // stride + 1 for side in padded.shape[1:])
    windows = [
        padded[:, i : i + (height - 1) * stride + 1 : stride, j : j + (width - 1) * stride + 1 : stride]
        for i in range(kernel)
        for j in range(kernel)
    ]
    columns = np.stack(windows, axis=1).reshape(channels_in * kernel * kernel, height * width)
    return (weight.reshape(channels_out, -1) @ columns + bias[:, None]).reshape(channels_out, height, width)


def deconvolution(x, weight, bias, cut, stride):
    """weight: (out, in, k, k). Every pixel paints a kernel; `cut` pixels of the result are lost on each side."""
    channels_out, _, kernel, _ = weight.shape
    _, height, width = x.shape
    out = np.zeros((channels_out, (height - 1) * stride + kernel, (width - 1) * stride + kernel), np.float32)
    for i in range(kernel):
        for j in range(kernel):
            part = np.tensordot(weight[:, :, i, j], x, axes=1)
            out[:, i : i + (height - 1) * stride + 1 : stride, j : j + (width - 1) * stride + 1 : stride] += part
    out += bias[:, None, None]
    return out[:, cut : out.shape[1] - cut, cut : out.shape[2] - cut]


def activated(y, layer):
    """What a layer does to its sums: parameter 9, with parameter 10 for its numbers."""
    kind = layer.get(9, 0)
    if kind == 0:
        return y
    if kind == 1:
        return np.maximum(y, 0)
    if kind == 2:
        return leaky_relu(y, layer.params[10][0])
    if kind == 4:
        return (1 + np.tanh(y / 2)) / 2  # the logistic function, without overflow
    raise ValueError(f"{layer.name}: activation {kind} is not known")


def crop(inputs, layer):
    """To the size of the second input, or by how much the parameters 9, 10 (from, to, for axes 11) say."""
    x = inputs[0]
    if len(inputs) == 2:
        left, top = layer.get(0, 0), layer.get(1, 0)
        return x[:, top : top + inputs[1].shape[1], left : left + inputs[1].shape[2]]
    layer.require(11, [-2.0, -1.0], None)
    (top, left), (bottom, right) = (map(int, layer.params[key]) for key in (9, 10))
    return x[:, top:bottom, left:right]


def by_channel(vector):
    """One number for each channel, to be used with a picture."""
    return vector.reshape(-1, 1, 1)


def leaky_relu(x, slope):
    """slope: one number, or one per channel (then this is PReLU)."""
    return np.where(x < 0, x * np.reshape(slope, (-1, 1, 1)).astype(np.float32), x)


def pixel_shuffle(x, factor):
    channels, height, width = x.shape
    x = x.reshape(channels // factor**2, factor, factor, height, width)
    return x.transpose(0, 3, 1, 4, 2).reshape(-1, height * factor, width * factor)


def linear_taps(position):
    first = np.floor(position)
    t = position - first
    return [(first, 1 - t), (first + 1, t)]


def cubic_taps(position, a=-0.75):
    """R. Keys, "Cubic convolution interpolation", 1981, with the a that networks use."""

    def kernel(d):
        d = np.abs(d)
        near = (a + 2) * d**3 - (a + 3) * d**2 + 1
        far = a * (d**3 - 5 * d**2 + 8 * d - 4)
        return np.where(d <= 1, near, np.where(d < 2, far, 0))

    first = np.floor(position)
    return [(first + k, kernel(position - (first + k))) for k in (-1, 0, 1, 2)]


def resize_rows(x, size, taps):
    """Resizes axis 1. Pixel centres lie at halves; beyond the border the outermost pixel is repeated."""
    old = x.shape[1]
    position = (np.arange(size) + 0.5) * old / size - 0.5
    result = 0
    for index, weight in taps(position):
        result = result + x[:, np.clip(index, 0, old - 1).astype(int), :] * weight.astype(np.float32)[None, :, None]
    return result


def resize(x, height, width, taps):
    rows_done = resize_rows(x, height, taps)
    return resize_rows(rows_done.transpose(0, 2, 1), width, taps).transpose(0, 2, 1)


def interp(x, layer):
    layer.require(5, 0, 0)  # a target size that comes from another blob
    layer.require(6, 0, 0)  # align_corners
    kind, scale_y, scale_x = layer.get(0, 0), layer.get(1, 1.0), layer.get(2, 1.0)
    if kind == 1:  # nearest
        return x.repeat(whole(scale_y), axis=1).repeat(whole(scale_x), axis=2)
    _, height, width = x.shape
    return resize(x, int(height * scale_y), int(width * scale_x), {2: linear_taps, 3: cubic_taps}[kind])


def whole(number):
    if number != int(number):
        raise ValueError(f"a nearest resize by {number} is not known")
    return int(number)


class Network:
    def __init__(self, folder, name):
        folder = pathlib.Path(folder)
        lines = (folder / f"{name}.param").read_text().splitlines()
        if int(lines[0]) != MAGIC:
            raise ValueError(f"{name}.param does not begin with {MAGIC}")
        self.layers = [Layer(line) for line in lines[2:] if line.strip()]
        if len(self.layers) != int(lines[1].split()[0]):
            raise ValueError(f"{name}.param has {len(self.layers)} layers, but says {lines[1].split()[0]}")
        weights = Weights((folder / f"{name}.bin").read_bytes())
        self.constants = {layer.name: self._load(layer, weights) for layer in self.layers}
        if weights.position != len(weights.data):
            raise ValueError(f"{name}.bin: {len(weights.data) - weights.position} bytes are left over")

    @staticmethod
    def _load(layer, weights):
        if layer.type == "PReLU":
            return weights.take("<f4", layer.get(0, 0))
        if layer.type == "InnerProduct":
            layer.require(1, 1, 0)  # has a bias
            weight = weights.take_tagged(layer.get(2, 0)).reshape(layer.get(0, 0), -1)
            return weight, weights.take("<f4", layer.get(0, 0))
        if layer.type not in ("Convolution", "Deconvolution"):
            return None
        channels_out, kernel, count = layer.get(0, 0), layer.get(1, 0), layer.get(6, 0)
        layer.require(2, 1, 1)  # dilation
        layer.require(5, 1, 0)  # has a bias
        layer.require(11, kernel, kernel)  # square
        weight = weights.take_tagged(count).reshape(channels_out, -1, kernel, kernel)
        return weight, weights.take("<f4", channels_out)

    def run(self, rgb):
        """rgb: (3, height, width), 0..1. Returns the blob that nobody reads, which may leave 0..1 a little."""
        (given,) = [layer.outputs[0] for layer in self.layers if layer.type == "Input"]
        blobs = {given: np.asarray(rgb, np.float32)}
        uses = {}
        for layer in self.layers:
            for name in layer.inputs:
                uses[name] = uses.get(name, 0) + 1
        (result,) = {name for layer in self.layers for name in layer.outputs} - uses.keys()
        for layer in self.layers:
            if layer.type == "Input":
                continue
            outputs = self._run_layer(layer, [blobs[name] for name in layer.inputs])
            blobs.update(zip(layer.outputs, outputs, strict=True))
            for name in layer.inputs:  # let go of what nobody reads any more
                uses[name] -= 1
                if uses[name] == 0:
                    del blobs[name]
        return blobs[result]

    def run_continued(self, rgb, beyond):
        """As run, but the network sees the picture mirrored outwards by so many pixels: what it makes of its own border,
        where it sees zeros, is cut off."""
        result = self.run(np.pad(rgb, ((0, 0), (beyond, beyond), (beyond, beyond)), mode="reflect"))
        scale = result.shape[1] // (rgb.shape[1] + 2 * beyond)
        return result[:, scale * beyond : -scale * beyond, scale * beyond : -scale * beyond]

    def _run_layer(self, layer, inputs):
        x = inputs[0]
        if layer.type == "Split":
            return [x] * len(layer.outputs)
        if layer.type in ("Convolution", "Deconvolution"):
            operation = convolution if layer.type == "Convolution" else deconvolution
            y = operation(x, *self.constants[layer.name], layer.get(4, 0), layer.get(3, 1))
            return [activated(y, layer)]
        if layer.type == "Pooling":
            layer.require(0, 1, 0)  # 1 = mean
            layer.require(4, 1, 0)  # of everything
            return [by_channel(x.mean(axis=(1, 2), dtype=np.float64).astype(np.float32))]
        if layer.type == "InnerProduct":
            weight, bias = self.constants[layer.name]
            return [by_channel(activated(weight @ x.reshape(-1) + bias, layer))]
        if layer.type == "Scale":
            layer.require(0, -233, 0)  # by the second input
            return [x * inputs[1]]
        if layer.type == "Crop":
            return [crop(inputs, layer)]
        if layer.type == "PReLU":
            return [leaky_relu(x, self.constants[layer.name])]
        if layer.type == "PixelShuffle":
            layer.require(1, 0, 0)
            return [pixel_shuffle(x, layer.get(0, 1))]
        if layer.type == "Interp":
            return [interp(x, layer)]
        if layer.type == "BinaryOp":
            layer.require(1, 0, 0)  # not with a number
            return [{0: np.add, 2: np.multiply}[layer.get(0, 0)](inputs[0], inputs[1])]
        if layer.type == "Eltwise":
            layer.require(0, 1, 0)  # 1 = sum
            factors = layer.get(1, [1.0] * len(inputs))
            return [sum(np.float32(f) * blob for f, blob in zip(factors, inputs, strict=True))]
        if layer.type == "Concat":
            layer.require(0, 0, 0)  # along the channels
            return [np.concatenate(inputs, axis=0)]
        raise ValueError(f"operator {layer.type} ({layer.name}) is not known")
