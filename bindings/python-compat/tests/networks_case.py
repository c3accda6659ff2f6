"""What the tests of sr_vulkan have in common: model folders in its layout, filled with a small network."""

import importlib

import kizuna
from kizuna_case import KizunaCase, noise
from sr_vulkan import sr_vulkan as sr

# Enlarges twice by repeating pixels, in ncnn's format: a transposed convolution of each channel by itself, all weights 1.
_PARAM = """7767517
2 2
Input data 0 1 data
DeconvolutionDepthWise up 1 1 data output 0=3 1=2 3=2 6=12 7=3
"""
_TAG_FLOAT32 = b"\0\0\0\0"


def write_network(folder, name):
    """`folder` is that of setModelPath()."""
    family = folder / name.split("_")[0].lower()
    family.mkdir(parents=True, exist_ok=True)
    (family / (name + ".param")).write_text(_PARAM)
    (family / (name + ".bin")).write_bytes(_TAG_FLOAT32 + b"\0\0\x80\x3f" * 12)


class SrVulkanCase(KizunaCase):
    """Each test begins before init()."""

    NAME = "REALESRGAN_ANIMAVIDEOV3_UP2X"

    def setUp(self):
        super().setUp()
        importlib.reload(sr)
        self.addCleanup(sr.stop)
        write_network(self.folder / "models", self.NAME)
        self.model = sr.MODEL_REALESRGAN_ANIMAVIDEOV3_UP2X
        self.png = kizuna.encode_image(noise(20, 30), "png")

    def start(self):
        sr.setModelPath(str(self.folder / "models"))
        sr.init()
        self.assertEqual(sr.initSet(-1), 0)

    def load_all(self, count):
        return {loaded[2]: loaded for loaded in (sr.load() for _ in range(count))}


__all__ = ["SrVulkanCase", "noise", "sr", "write_network"]
