"""Does `kizuna` compute what weights alone mean? The judges are architectures_numpy.py and torch_files.py, written apart from it:
the first says what each architecture is, the second writes the files by Python's own pickle.

KIZUNA_TEST_PTH names a real file of weights; without it that one comparison is skipped.
"""

import functools
import os
import pathlib
import tempfile
import unittest

import numpy as np

import architectures_numpy as judge
import pictures
import torch_files
from program import kizuna_untiled

LEAST_PSNR_DB = 90  # rounding to 16 bits alone gives 107
CONTINUED_PX = 14  # what pictures are mirrored outwards by at the most, for networks that see zeros beyond their border


class Net:
    """Weights at random, such that what they make of a picture stays a picture."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.weights = {}

    def tensor(self, name, shape, spread, middle=0.0):
        self.weights[name] = (middle + spread * self.random.standard_normal(shape)).astype(np.float32)

    def conv(self, name, channels_in, channels_out, kernel=3, gain=1.0, middle=0.0):
        self.tensor(f"{name}.weight", (channels_out, channels_in, kernel, kernel), gain / np.sqrt(channels_in * kernel**2))
        self.tensor(f"{name}.bias", (channels_out,), 0.05, middle)

    def up(self, name, channels_in, channels_out, kernel, gain=1.0, middle=0.0):
        """A transposed convolution."""
        shape = (channels_in, channels_out, kernel, kernel)
        self.tensor(f"{name}.weight", shape, gain / np.sqrt(channels_in * kernel))
        self.tensor(f"{name}.bias", (channels_out,), 0.05, middle)


def compact(channels, depth, scale):
    net = Net(scale)
    net.conv("body.0", 3, channels)
    for i in range(depth):
        net.tensor(f"body.{2 * i + 1}.weight", (channels,), 0.1, 0.2)
        net.conv(f"body.{2 * i + 2}", channels, channels if i + 1 < depth else 3 * scale**2, gain=0.6)
    return net.weights


def _blocks(net, name, suffix, plus, features=8, growth=4):
    for dense in (1, 2, 3):
        for i in range(1, 6):
            channels_out = features if i == 5 else growth
            net.conv(f"{name(dense)}.conv{i}{suffix}", features + (i - 1) * growth, channels_out)
        if plus:
            net.tensor(f"{name(dense)}.conv1x1.weight", (growth, features, 1, 1), 0.3)


def esrgan_numbered(doublings, plus=False):
    net = Net(10 + doublings)
    net.conv("model.0", 3, 8)
    for block in (0, 1):
        _blocks(net, lambda dense, block=block: f"model.1.sub.{block}.RDB{dense}", ".0", plus)
    net.conv("model.1.sub.2", 8, 8)
    for i in range(doublings):
        net.conv(f"model.{3 * (i + 1)}", 8, 8)
    net.conv(f"model.{3 * doublings + 2}", 8, 8)
    net.conv(f"model.{3 * doublings + 4}", 8, 3, gain=0.3, middle=0.5)
    return net.weights


def esrgan_body(unshuffle):
    net = Net(20 + unshuffle)
    net.conv("conv_first", 3 * unshuffle**2, 8)
    _blocks(net, lambda dense: f"body.0.rdb{dense}", "", False)
    for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        net.conv(name, 8, 8)
    net.conv("conv_last", 8, 3, gain=0.3, middle=0.5)
    return net.weights


def span(scale, normalised):
    net, features = Net(30 + scale), 8

    def conv3xc(name, channels_in, channels_out, gain=1.0):
        net.conv(f"{name}.sk", channels_in, channels_out, 1, gain)
        net.conv(f"{name}.conv.0", channels_in, 2 * channels_in, 1)
        net.conv(f"{name}.conv.1", 2 * channels_in, 2 * channels_out, 3)
        net.conv(f"{name}.conv.2", 2 * channels_out, channels_out, 1, gain)
        net.conv(f"{name}.eval_conv", channels_in, channels_out)

    conv3xc("conv_1", 3, features, 0.005 if normalised else 1)
    for block in range(1, 7):
        for part in (1, 2, 3):
            conv3xc(f"block_{block}.c{part}_r", features, features)
    conv3xc("conv_2", features, features)
    net.conv("conv_cat", 4 * features, features, 1)
    net.conv("upsampler.0", features, 3 * scale**2, gain=0.3, middle=0.5)
    if not normalised:
        net.weights["no_norm"] = np.zeros(1, np.float32)
    return net.weights


def real_plksr(scale, layer_norm, attention=True):
    net, channels = Net(40 + scale), 16
    net.conv("feats.0", 3, channels)
    for block in ("feats.1", "feats.2"):
        net.conv(f"{block}.channel_mixer.0", channels, 2 * channels, gain=3)
        net.conv(f"{block}.channel_mixer.2", 2 * channels, channels)
        net.conv(f"{block}.lk.conv", 4, 4, 17)
        if attention:
            net.conv(f"{block}.attn.f.0", channels, channels)
        net.conv(f"{block}.refine", channels, channels, 1)
        norm = f"{block}.layer_norm" if layer_norm else f"{block}.norm"
        net.tensor(f"{norm}.weight", (channels,), 0.3, 0.5)
        net.tensor(f"{norm}.bias", (channels,), 0.1)
    net.conv("feats.4", channels, 3 * scale**2, gain=0.1)
    return net.weights


def real_plksr_dysample(scale, groups):
    net = Net(70 + scale)
    features, places = 3 * scale**2, 2 * groups * scale**2
    net.conv("to_img.offset", features, places, 1, gain=3)
    net.conv("to_img.scope", features, places, 1, gain=3)
    del net.weights["to_img.scope.bias"]
    middles = (np.arange(scale) + 0.5) / scale - 0.5
    down, right = np.meshgrid(middles, middles, indexing="ij")
    start = np.stack([np.tile(right, (groups, 1, 1)), np.tile(down, (groups, 1, 1))])
    net.weights["to_img.init_pos"] = start.reshape(1, -1, 1, 1).astype(np.float32)
    net.conv("to_img.end_conv", features, 3, 1, gain=0.2)
    for colour in range(3):  # else all of a picture's colours would be mixed
        net.weights["to_img.end_conv.weight"][colour, colour * scale**2 : (colour + 1) * scale**2] += 0.9 / scale**2
    return {**real_plksr(scale, layer_norm=True), **net.weights}


def unets(channels_in, channels_out, kernel, pro=False):
    net = Net(50 + kernel + channels_out)

    def double(name, first, inner, last, squeezes=True):
        net.conv(f"{name}.conv.0", first, inner)
        net.conv(f"{name}.conv.2", inner, last)
        if squeezes:
            net.conv(f"{name}.seblock.conv1", last, 2, 1, gain=3)
            net.conv(f"{name}.seblock.conv2", 2, last, 1, gain=3)

    def bottom(name, size, middle):
        if size == 3:
            net.conv(name, 8, channels_out, gain=0.4, middle=middle)
        else:
            net.up(name, 8, channels_out, size, gain=0.4, middle=middle)

    double("unet1.conv1", channels_in, 6, 8, False)
    double("unet1.conv2", 8, 10, 8)
    double("unet2.conv1", channels_out, 6, 8, False)
    double("unet2.conv2", 8, 8, 10)
    double("unet2.conv3", 10, 12, 10)
    double("unet2.conv4", 10, 8, 8)
    for name, channels in (("unet1.conv1_down", 8), ("unet2.conv1_down", 8), ("unet2.conv2_down", 10)):
        net.conv(name, channels, channels, 2)
    for name, channels in (("unet1.conv2_up", 8), ("unet2.conv3_up", 10), ("unet2.conv4_up", 8)):
        net.up(name, channels, channels, 2)
    net.conv("unet1.conv3", 8, 8)
    net.conv("unet2.conv5", 8, 8)
    bottom("unet1.conv_bottom", kernel, 0.5)
    bottom("unet2.conv_bottom", 3, 0.0)
    if channels_out > 3:
        net.conv("conv_final", channels_out, 12, gain=0.2)
    if pro:
        net.weights["pro"] = np.zeros(1, np.float32)
    return net.weights


def upconv7():
    net, widths = Net(60), [3, 4, 4, 6, 6, 8, 8]
    for i in range(6):
        net.conv(f"net.{2 * i}", widths[i], widths[i + 1], gain=1.2)
    net.up("net.12", widths[6], 3, 4, gain=0.4, middle=0.5)
    return net.weights


def continued(planes, around, mode="reflect"):
    return np.pad(planes, ((0, 0), (around, around), (around, around)), mode=mode)


class TheProgramAgreesWithNumpy(unittest.TestCase):
    def judge(self, value, weights, run, around, scale, border=0, mode="reflect", write=torch_files.write_zip, provider="cpu"):
        """`value` is written to a file; `run` says what `weights` make of planes that are continued by `around` pixels, of
        which the network itself consumes `border`."""
        # Sides that every alignment divides: what lies beyond is judged elsewhere.
        given = pictures.to_integers(pictures.odd_sides(64, 48), np.uint16)
        with tempfile.TemporaryDirectory() as folder:
            suffix = ".safetensors" if write is torch_files.write_safetensors else ".pth"
            path = pathlib.Path(folder, "weights" + suffix)
            write(path, value)
            result = pictures.to_floats(kizuna_untiled(given, path, provider=provider))
        planes = continued(pictures.planar(pictures.to_floats(given)).astype(np.float32), around, mode)
        wanted = run(weights, planes)
        rim = (around - border) * scale
        wanted = wanted[:, rim : wanted.shape[1] - rim, rim : wanted.shape[2] - rim]
        wanted = np.clip(pictures.interleaved(wanted), 0, 1)
        self.assertEqual(result.shape, wanted.shape)
        self.assertGreater(wanted.std(), 0.01, "a plain result would prove nothing")
        inside = np.mean((wanted > 0) & (wanted < 1))
        self.assertGreater(inside, 0.5, "a result that is mostly clipped would prove little")
        figure = pictures.psnr(result, wanted)
        print(f"{self._testMethodName}: {figure:.1f} dB, {100 * inside:.0f} % within range")
        self.assertGreaterEqual(figure, LEAST_PSNR_DB)

    def test_compact(self):
        for scale in (1, 2, 4):
            weights = compact(12, 4, scale)
            self.judge(weights, weights, judge.compact, 5, scale, write=torch_files.write_legacy)

    def test_compact_in_safetensors_of_half_precision(self):
        weights = {name: array.astype(np.float16) for name, array in compact(8, 2, 3).items()}
        self.judge(weights, weights, judge.compact, 3, 3, write=torch_files.write_safetensors)

    def test_esrgan_by_numbers(self):
        for doublings in (0, 1, 2, 3):
            weights = esrgan_numbered(doublings)
            value = {"params_ema": weights, "params": esrgan_numbered(1), "iteration": 7}
            self.judge(value, weights, functools.partial(judge.esrgan_numbered, doublings=doublings), 14, 2**doublings)

    def test_esrgan_plus(self):
        weights = esrgan_numbered(2, plus=True)
        self.judge(weights, weights, functools.partial(judge.esrgan_numbered, doublings=2), 14, 4)

    def test_esrgan_by_words(self):
        weights = esrgan_body(1)
        value = {f"module.{name}": array for name, array in weights.items()}
        self.judge(value, weights, judge.esrgan_body, 14, 4)

    def test_esrgan_that_folds_the_picture(self):
        for unshuffle in (2, 4):
            weights = esrgan_body(unshuffle)
            # 14 pixels, and what makes the sides multiples of the factor: 64 + 28 and 48 + 28 are multiples of 4.
            self.judge(weights, weights, functools.partial(judge.esrgan_body, unshuffle=unshuffle), 14, 4 // unshuffle)

    def test_span(self):
        for normalised in (True, False):
            weights = span(2, normalised)
            self.judge(weights, weights, judge.span, 14, 2, write=torch_files.write_safetensors)

    def test_real_plksr(self):
        for layer_norm in (False, True):
            weights = real_plksr(2, layer_norm, attention=not layer_norm)
            self.judge(weights, weights, judge.real_plksr, 14, 2)

    def test_real_plksr_with_dysample(self):
        for scale, groups in ((1, 3), (2, 4), (3, 3), (4, 4)):
            weights = real_plksr_dysample(scale, groups)
            self.judge(weights, weights, judge.real_plksr, 14, scale, provider="ort-cpu")

    def test_real_cugan(self):
        for pro in (False, True):
            for kernel, out, scale, border in ((4, 3, 2, 18), (5, 3, 3, 14), (4, 6, 4, 19)):
                weights = unets(3, out, kernel, pro)
                self.judge(weights, weights, judge.upcunet, border, scale, border)

    def test_waifu2x_cunet(self):
        for kernel, name, scale, border in ((3, "waifu2x.cunet", 1, 28), (4, "waifu2x.upcunet", 2, 18)):
            weights = unets(3, 3, kernel)
            value = {"nunif_model": 1, "name": name, "kwargs": {"in_channels": 3}, "state_dict": weights}
            self.judge(value, weights, functools.partial(judge.upcunet, clip=True), border, scale, border, mode="edge")

    def test_waifu2x_upconv7(self):
        weights = upconv7()
        self.judge(weights, weights, judge.upconv7, 7, 2, 7, mode="edge")


class ARealFile(unittest.TestCase):
    def test_agrees_with_numpy(self):
        path = pathlib.Path(os.environ.get("KIZUNA_TEST_PTH", ""))
        if not path.is_file():
            self.skipTest(f"KIZUNA_TEST_PTH ({path}) is not a file")
        weights = torch_files.load_legacy(path)
        given = pictures.to_integers(pictures.line_art(), np.uint16)
        result = pictures.to_floats(kizuna_untiled(given, path))
        planes = continued(pictures.planar(pictures.to_floats(given)).astype(np.float32), CONTINUED_PX)
        rim = 4 * CONTINUED_PX
        wanted = judge.esrgan_numbered(weights, planes, 2)[:, rim:-rim, rim:-rim]
        figure = pictures.psnr(result, np.clip(pictures.interleaved(wanted), 0, 1))
        print(f"{path.name}: {figure:.1f} dB")
        self.assertGreaterEqual(figure, LEAST_PSNR_DB)


if __name__ == "__main__":
    unittest.main()
