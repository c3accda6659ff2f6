"""Does `kizuna` compute what the network says? The judge is ncnn_numpy.py, written apart from it.

16-bit pictures go in, so that 16-bit pictures come out and rounding hides nothing.
"""

import functools
import unittest

import numpy as np

import pictures
from ncnn_numpy import Network, cubic_taps, resize
from program import ANIMEVIDEO, SCALES, X4PLUS_ANIME, kizuna_untiled, models_dir

LEAST_PSNR_DB = 90  # rounding to 16 bits alone gives 107
CUBIC_REACH_PX = 4  # two input pixels at a scale of two
ALPHA_CUBIC_A = -0.5  # Catmull-Rom: rings less than the networks' -0.75


class TheProgramAgreesWithNumpy(unittest.TestCase):
    def judge(self, model):
        network = Network(models_dir(), model)
        for name, draw in pictures.ALL.items():
            with self.subTest(model=model, picture=name):
                given = pictures.to_integers(draw(), np.uint16)
                result = kizuna_untiled(given, model)
                height, width, channels = given.shape
                self.assertEqual(result.shape, (height * SCALES[model], width * SCALES[model], channels))
                self.assertEqual(result.dtype, np.uint16)
                wanted = pictures.interleaved(network.run(pictures.planar(pictures.to_floats(given))))
                figure = pictures.psnr(pictures.to_floats(result[..., :3]), np.clip(wanted, 0, 1))
                print(f"{model}, {name}: {figure:.1f} dB")
                self.assertGreaterEqual(figure, LEAST_PSNR_DB)

    def test_animevideov3_x2(self):
        self.judge(ANIMEVIDEO[2])

    def test_animevideov3_x3(self):
        self.judge(ANIMEVIDEO[3])

    def test_animevideov3_x4(self):
        self.judge(ANIMEVIDEO[4])

    def test_x4plus_anime(self):
        self.judge(X4PLUS_ANIME)


class AlphaGoesBesideTheNetwork(unittest.TestCase):
    def test_alpha_is_resized_bicubically_and_whole(self):
        given = pictures.to_integers(pictures.with_alpha(), np.uint16)
        result = kizuna_untiled(given, ANIMEVIDEO[2])
        height, width, _ = result.shape
        alpha = pictures.to_floats(given)[None, ..., 3]
        wanted = resize(alpha, height, width, functools.partial(cubic_taps, a=ALPHA_CUBIC_A))[0]
        inside = (slice(CUBIC_REACH_PX, -CUBIC_REACH_PX),) * 2  # what lies beyond the border is a matter of taste
        figure = pictures.psnr(pictures.to_floats(result[..., 3])[inside], np.clip(wanted, 0, 1)[inside])
        print(f"alpha: {figure:.1f} dB")
        self.assertGreaterEqual(figure, LEAST_PSNR_DB)


if __name__ == "__main__":
    unittest.main()
