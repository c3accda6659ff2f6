"""What the tests of sr_vulkan have in common."""

import importlib

import kizuna
from kizuna_case import KizunaCase, noise
from ncnn_nearest import write as write_network
from sr_vulkan import sr_vulkan as sr

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
