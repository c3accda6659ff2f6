"""A second opinion on networks that come as weights alone: each architecture in numpy, from its paper's description.

Written apart from Kizuna's sources. A network is a function of its weights, a dict of arrays by PyTorch's names, and of the
picture, a float array (3, height, width) in 0..1.
"""

import numpy as np

from ncnn_numpy import leaky_relu, pixel_shuffle

WAIFU2X_SLOPE = 0.1


def conv(x, weights, name, padding=None, stride=1):
    """padding None: zeros around the picture, so that it keeps its size."""
    kernel = weights[f"{name}.weight"].astype(np.float32)
    size = kernel.shape[2]
    border = size // 2 if padding is None else padding
    x = np.pad(x, ((0, 0), (border, border), (border, border)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    result = np.einsum("oikl,ihwkl->ohw", kernel, windows, optimize=True)
    bias = weights.get(f"{name}.bias")
    return result if bias is None else result + bias.astype(np.float32)[:, None, None]


def transposed_conv(x, weights, name, stride, padding):
    """Every input pixel stamps the kernel onto the result, `padding` of which is cut off on each side."""
    kernel = weights[f"{name}.weight"].astype(np.float32)
    _, channels, size, _ = kernel.shape
    _, height, width = x.shape
    result = np.zeros((channels, (height - 1) * stride + size, (width - 1) * stride + size), np.float32)
    for dy in range(size):
        for dx in range(size):
            stamp = np.einsum("io,ihw->ohw", kernel[:, :, dy, dx], x)
            result[:, dy : dy + height * stride : stride, dx : dx + width * stride : stride] += stamp
    result = result[:, padding : result.shape[1] - padding, padding : result.shape[2] - padding]
    return result + weights[f"{name}.bias"].astype(np.float32)[:, None, None]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def nearest(x, factor):
    return x.repeat(factor, axis=1).repeat(factor, axis=2)


def pixel_unshuffle(x, factor):
    channels, height, width = x.shape
    x = x.reshape(channels, height // factor, factor, width // factor, factor)
    return x.transpose(0, 2, 4, 1, 3).reshape(-1, height // factor, width // factor)


def crop(x, border):
    return x[:, border:-border, border:-border]


def compact(weights, x):
    layers = 1 + max(int(name.split(".")[1]) for name in weights)
    y = x
    for i in range(layers):
        y = leaky_relu(y, weights[f"body.{i}.weight"]) if i % 2 else conv(y, weights, f"body.{i}")
    scale = int(np.sqrt(len(y) // len(x)))
    return pixel_shuffle(y, scale) + nearest(x, scale)


def _dense(weights, name, suffix, x):
    seen = [x]
    for i in range(1, 5):
        y = leaky_relu(conv(np.concatenate(seen), weights, f"{name}.conv{i}{suffix}"), 0.2)
        if f"{name}.conv1x1.weight" in weights:  # ESRGAN+
            if i == 2:
                y = y + conv(x, weights, f"{name}.conv1x1")
            if i == 4:
                y = y + seen[2]
        seen.append(y)
    return x + np.float32(0.2) * conv(np.concatenate(seen), weights, f"{name}.conv5{suffix}")


def _rrdb(weights, x, names):
    first = conv(x, weights, names["first"])
    y = first
    block = 0
    while f"{names['dense'](block, 1)}.conv1{names['suffix']}.weight" in weights:
        z = y
        for dense in (1, 2, 3):
            z = _dense(weights, names["dense"](block, dense), names["suffix"], z)
        y = y + np.float32(0.2) * z
        block += 1
    y = first + conv(y, weights, names["body"](block))
    for name in names["ups"]:
        y = leaky_relu(conv(nearest(y, 2), weights, name), 0.2)
    y = leaky_relu(conv(y, weights, names["detail"]), 0.2)
    return conv(y, weights, names["last"])


def esrgan_numbered(weights, x, doublings):
    return _rrdb(
        weights,
        x,
        {
            "first": "model.0",
            "dense": lambda block, dense: f"model.1.sub.{block}.RDB{dense}",
            "suffix": ".0",
            "body": lambda blocks: f"model.1.sub.{blocks}",
            "ups": [f"model.{3 * (i + 1)}" for i in range(doublings)],
            "detail": f"model.{3 * doublings + 2}",
            "last": f"model.{3 * doublings + 4}",
        },
    )


def esrgan_body(weights, x, unshuffle=1):
    if unshuffle > 1:
        x = pixel_unshuffle(x, unshuffle)
    return _rrdb(
        weights,
        x,
        {
            "first": "conv_first",
            "dense": lambda block, dense: f"body.{block}.rdb{dense}",
            "suffix": "",
            "body": lambda blocks: "conv_body",
            "ups": ["conv_up1", "conv_up2"],
            "detail": "conv_hr",
            "last": "conv_last",
        },
    )


def _conv3xc(weights, name, x):
    """1x1, 3x3, 1x1 in a row beside a 1x1. The borders are those of the one 3x3 that they amount to: the bias of the first
    goes on beyond the picture, the picture itself is zero there."""
    hidden = conv(np.pad(x, ((0, 0), (1, 1), (1, 1))), weights, f"{name}.conv.0")
    inner = conv(conv(hidden, weights, f"{name}.conv.1", padding=0), weights, f"{name}.conv.2")
    return inner + conv(x, weights, f"{name}.sk")


def span(weights, x):
    if "no_norm" not in weights:
        x = (x - np.array([0.4488, 0.4371, 0.4040], np.float32)[:, None, None]) * 255

    def silu(v):
        return v * sigmoid(v)

    def block(name, v):
        first = silu(_conv3xc(weights, f"{name}.c1_r", v))
        third = _conv3xc(weights, f"{name}.c3_r", silu(_conv3xc(weights, f"{name}.c2_r", first)))
        return (third + v) * (sigmoid(third) - 0.5), first

    start = _conv3xc(weights, "conv_1", x)
    results, y, first = [], start, None
    for i in range(1, 7):
        y, first = block(f"block_{i}", y)
        results.append(y)
    joined = np.concatenate([start, _conv3xc(weights, "conv_2", y), results[0], first])
    y = conv(conv(joined, weights, "conv_cat"), weights, "upsampler.0")
    return pixel_shuffle(y, int(np.sqrt(len(y) // len(x))))


def _read_at(planes, x, y):
    """planes[y, x] between pixels; what lies outside is read at the edge."""
    _, height, width = planes.shape
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    u, v = x - left, y - top
    above = planes[:, top, left] * (1 - u) + planes[:, top, right] * u
    below = planes[:, bottom, left] * (1 - u) + planes[:, bottom, right] * u
    return above * (1 - v) + below * v


def dysample(weights, x, scale):
    """Every pixel becomes a square, each pixel of which is read where the network says."""
    scope = sigmoid(conv(x, weights, "to_img.scope"))
    move = conv(x, weights, "to_img.offset") * scope * 0.5 + weights["to_img.init_pos"].reshape(-1, 1, 1)
    channels, height, width = x.shape
    groups = len(move) // (2 * scale**2)
    move = move.reshape(2, groups, scale, scale, height, width)
    rows, columns = np.mgrid[0:height, 0:width]
    result = np.zeros((channels, height * scale, width * scale), np.float32)
    each = channels // groups
    for group in range(groups):
        part = slice(group * each, (group + 1) * each)
        for dy in range(scale):
            for dx in range(scale):
                to_the_right, down = move[:, group, dy, dx]
                result[part, dy::scale, dx::scale] = _read_at(x[part], columns + to_the_right, rows + down)
    return conv(result, weights, "to_img.end_conv")


def real_plksr(weights, x):
    def mish(v):
        return v * np.tanh(np.log1p(np.exp(v)))

    def group_norm(v, name, groups=4):
        grouped = v.reshape(groups, -1).astype(np.float64)
        grouped = (grouped - grouped.mean(1, keepdims=True)) / np.sqrt(grouped.var(1, keepdims=True) + 1e-5)
        v = grouped.reshape(v.shape).astype(np.float32)
        return v * weights[f"{name}.weight"][:, None, None] + weights[f"{name}.bias"][:, None, None]

    def layer_norm(v, name):
        v = (v - v.mean(0)) / np.sqrt(v.var(0) + 1e-6)
        return v * weights[f"{name}.weight"][:, None, None] + weights[f"{name}.bias"][:, None, None]

    y = conv(x, weights, "feats.0")
    block = 1
    while f"feats.{block}.refine.weight" in weights:
        name = f"feats.{block}"
        z = layer_norm(y, f"{name}.layer_norm") if f"{name}.layer_norm.weight" in weights else y
        z = conv(mish(conv(z, weights, f"{name}.channel_mixer.0")), weights, f"{name}.channel_mixer.2")
        some = weights[f"{name}.lk.conv.weight"].shape[0]
        z = np.concatenate([conv(z[:some], weights, f"{name}.lk.conv"), z[some:]])
        if f"{name}.attn.f.0.weight" in weights:
            z = z * sigmoid(conv(z, weights, f"{name}.attn.f.0"))
        z = conv(z, weights, f"{name}.refine")
        if f"{name}.norm.weight" in weights:
            z = group_norm(z, f"{name}.norm")
        y = y + z
        block += 1
    y = conv(y, weights, f"feats.{block + 1}")
    scale = int(np.sqrt(len(y) // len(x)))
    if "to_img.offset.weight" in weights:
        return dysample(weights, y + x.repeat(scale**2, axis=0), scale)
    return pixel_shuffle(y + x.repeat(scale**2, axis=0), scale)


def _unet_conv(weights, name, x):
    for i in (0, 2):
        x = leaky_relu(conv(x, weights, f"{name}.conv.{i}", padding=0), WAIFU2X_SLOPE)
    if f"{name}.seblock.conv1.weight" not in weights:
        return x
    mean = x.mean((1, 2), keepdims=True)
    hidden = np.maximum(conv(mean, weights, f"{name}.seblock.conv1"), 0)
    return x * sigmoid(conv(hidden, weights, f"{name}.seblock.conv2"))


def _down(weights, name, x):
    return leaky_relu(conv(x, weights, name, padding=0, stride=2), WAIFU2X_SLOPE)


def _up(weights, name, x):
    return leaky_relu(transposed_conv(x, weights, name, 2, 0), WAIFU2X_SLOPE)


def _bottom(weights, name, x):
    size = weights[f"{name}.weight"].shape[2]
    if size == 3:
        return conv(x, weights, name, padding=0)
    return transposed_conv(x, weights, name, *{4: (2, 3), 5: (3, 2)}[size])


def _unet1(weights, x):
    a = _unet_conv(weights, "unet1.conv1", x)
    b = _unet_conv(weights, "unet1.conv2", _down(weights, "unet1.conv1_down", a))
    c = crop(a, 4) + _up(weights, "unet1.conv2_up", b)
    return _bottom(weights, "unet1.conv_bottom", leaky_relu(conv(c, weights, "unet1.conv3", padding=0), WAIFU2X_SLOPE))


def _unet2(weights, x):
    a = _unet_conv(weights, "unet2.conv1", x)
    b = _unet_conv(weights, "unet2.conv2", _down(weights, "unet2.conv1_down", a))
    c = _unet_conv(weights, "unet2.conv3", _down(weights, "unet2.conv2_down", b))
    d = _unet_conv(weights, "unet2.conv4", crop(b, 4) + _up(weights, "unet2.conv3_up", c))
    e = crop(a, 16) + _up(weights, "unet2.conv4_up", d)
    return _bottom(weights, "unet2.conv_bottom", leaky_relu(conv(e, weights, "unet2.conv5", padding=0), WAIFU2X_SLOPE))


def upcunet(weights, x, clip=False):
    """The picture must be larger than the result asks for: 18, 14, 19 (x2, x3, x4) or, without enlarging, 28 pixels around."""
    pro = "pro" in weights
    x = x * np.float32(0.7) + np.float32(0.15) if pro else x
    y = _unet1(weights, x)
    y = np.clip(y, 0, 1) if clip else y
    y = crop(y, 20) + _unet2(weights, y)
    y = np.clip(y, 0, 1) if clip else y
    if "conv_final.weight" in weights:
        y = pixel_shuffle(crop(conv(y, weights, "conv_final", padding=0), 1), 2) + nearest(crop(x, 19), 4)
    return (y - np.float32(0.15)) / np.float32(0.7) if pro else y


def upconv7(weights, x):
    """The picture must be 7 pixels larger on each side than the result asks for."""
    for i in range(0, 12, 2):
        x = leaky_relu(conv(x, weights, f"net.{i}", padding=0), WAIFU2X_SLOPE)
    return np.clip(transposed_conv(x, weights, "net.12", 2, 3), 0, 1)
