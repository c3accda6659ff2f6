"""Two judges of the files of Real-CUGAN and waifu2x (families.py), for all files of a family.

Numpy (ncnn_numpy.py) is the strict one: it and the program share no line. The programs that these networks were made for are
another: on the processor they compute in float32, too; cunet runs on a Vulkan device, in 16-bit floats.
"""

import unittest

import numpy as np

import families
import pictures
from program import kizuna_untiled

# Numpy: rounding to 16 bits alone gives 107. The programs write 8 bits.
LEAST_PSNR_DB = {"numpy": 90, families.PROCESSOR: 50, families.VULKAN: 45}
# Small: what a network sees is 28 to 56 pixels wider and higher.
DRAWN = {
    "line art": lambda: pictures.line_art(40, 32),
    "odd sides": lambda: pictures.odd_sides(37, 29),
    "with alpha": lambda: pictures.with_alpha(35, 33),
}


class EveryFile(unittest.TestCase):
    def judge_all(self, files, *how):
        self.assertTrue(files)
        for file in files:
            for name, draw in DRAWN.items():
                with self.subTest(file=file.name, picture=name):
                    self.judge(file, name, draw(), *how)

    def compare(self, judge, file, name, ours, theirs):
        self.assertEqual(ours.shape, theirs.shape)
        figure = pictures.psnr(ours, theirs)
        print(f"{file.name}, {name}: {figure:.1f} dB")
        self.assertGreaterEqual(figure, LEAST_PSNR_DB[judge])


class AgreesWithNumpy(EveryFile):
    def judge(self, file, name, picture):
        given = pictures.to_integers(picture, np.uint16)
        ours = pictures.to_floats(kizuna_untiled(given, file.model))[..., :3]
        theirs = pictures.interleaved(file.by_numpy(pictures.planar(pictures.to_floats(given))))
        self.compare("numpy", file, name, ours, np.clip(theirs, 0, 1))


class AgreesWithTheProgram(EveryFile):
    def judge(self, file, name, picture, folder=None):
        """`folder`: where the program finds the file under a name that it knows."""
        given = pictures.to_integers(picture, np.uint8)
        ours, theirs = kizuna_untiled(given, file.model), file.by_program(given, folder)
        self.compare(file.gpu, file, name, *(pictures.to_floats(result)[..., :3] for result in (ours, theirs)))
