"""Does `kizuna` compute what Anime4K's networks mean? The judge is anime4k_numpy.py, written apart from it.

KIZUNA_TEST_ANIME4K names a folder with real files; without it only networks with weights at random are judged.
"""

import json
import os
import pathlib
import tempfile
import unittest

import numpy as np

import anime4k_numpy as judge
import pictures
from program import kizuna_untiled

LEAST_PSNR_DB = 90  # rounding to 16 bits alone gives 107
CONTINUED_PX = 14  # more than any of them sees
PICTURE = "input_image"


class Net:
    """Weights at random, such that what they add to a picture leaves it a picture."""

    def __init__(self, name):
        self.random = np.random.default_rng(len(name))
        self.document = {"name": f"anime4k/{name}", "layers": {}}

    def conv(self, name, inputs, taps=9, spread=1.0):
        texels = sum(1 if source == PICTURE else 2 for source in inputs)
        weights = self.random.standard_normal((texels, taps, 4, 4)) * spread / np.sqrt(texels * taps * 4)
        if inputs == [PICTURE]:
            weights[:, :, 3] = 0  # of transparency
        bias = self.random.standard_normal(4) * 0.05
        layer = {"name": name, "type": "conv", "inputs": inputs, "output": name}
        self.document["layers"][name] = {**layer, "weights": weights.ravel().tolist(), "bias": bias.tolist()}
        return name

    def chain(self, depth, parts):
        features, inputs = [], [PICTURE]
        for i in range(depth):
            stem = f"conv2d_{i}_tf" if i else "conv2d_tf"
            inputs = [self.conv(stem + suffix, inputs, spread=1.4) for suffix in ("", "1")[:parts]]
            features.append(inputs)
        return features

    def upscale(self, names, inputs, taps):
        last = [self.conv(name, inputs, taps, spread=0.3) for name in names]
        self.document["layers"]["pixel_shuffle"] = {"name": "pixel_shuffle", "type": "pixel_shuffle", "inputs": last}
        return self.document

    def restore(self, inputs, taps):
        self.conv("conv2d_out_tf", inputs, taps, spread=0.3)
        self.document["layers"]["conv2d_out_tf"]["inputs"] = [PICTURE, *inputs]
        return self.document


def networks():
    def flat(features):
        return [name for feature in features for name in feature]

    net = Net("cnn-2x-s")
    yield net.upscale(["conv2d_last_tf"], net.chain(3, 1)[-1], 9)
    for name, stem, parts in (("cnn-2x-m", "conv2d_7_tf", 1), ("cnn-2x-l", "conv2d_last_tf", 2)):
        net = Net(name)
        yield net.upscale([stem, stem + "1", stem + "2"], flat(net.chain(7, parts)), 1)
    net = Net("cnn-restore-s")
    yield net.restore(net.chain(3, 1)[-1], 9)
    net = Net("cnn-restore-m")
    yield net.restore(flat(net.chain(7, 1)), 1)
    net = Net("cnn-restore-l")
    yield net.restore(net.chain(4, 2)[-1], 9)


class TheProgramAgreesWithNumpy(unittest.TestCase):
    def judge(self, path):
        network = json.loads(path.read_text())
        given = pictures.to_integers(pictures.odd_sides(64, 48), np.uint16)
        result = pictures.to_floats(kizuna_untiled(given, path))
        planes = pictures.planar(pictures.to_floats(given)).astype(np.float32)
        around = ((0, 0), (CONTINUED_PX, CONTINUED_PX), (CONTINUED_PX, CONTINUED_PX))
        wanted = judge.run(network, np.pad(planes, around, mode="reflect"))
        rim = CONTINUED_PX * (result.shape[0] // given.shape[0])
        wanted = np.clip(pictures.interleaved(wanted[:, rim:-rim, rim:-rim]), 0, 1)
        self.assertEqual(result.shape, wanted.shape)
        if wanted.shape == given.shape:
            self.assertLess(pictures.psnr(wanted, pictures.to_floats(given)), 60, "a network that does nothing proves little")
        figure = pictures.psnr(result, wanted)
        print(f"{network['name']}, {path.name}: {figure:.1f} dB")
        self.assertGreaterEqual(figure, LEAST_PSNR_DB)

    def test_with_weights_at_random(self):
        for network in networks():
            with self.subTest(network["name"]), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, "network.json")
                path.write_text(json.dumps(network))
                self.judge(path)

    def test_with_real_files(self):
        files = sorted(pathlib.Path(os.environ.get("KIZUNA_TEST_ANIME4K", "/nowhere")).glob("cnn-*.json"))
        for path in files:  # without any, the networks at random have to do
            with self.subTest(path.name):
                self.judge(path)


if __name__ == "__main__":
    unittest.main()
