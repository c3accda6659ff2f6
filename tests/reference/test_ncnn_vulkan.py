"""Does `kizuna` give what another program gives with the same networks?

`realesrgan-ncnn-vulkan` computes in 16-bit floats, so the two differ by a level or two of 8 bits, and it mirrors the picture
outwards by 10 pixels where we take 14, which makes a few levels in the outermost ones. On software Vulkan devices values
beyond 0..1 wrap around instead of being clipped: so only the pixels count that are not at, or by its rounding within reach
of, the ends of the range.
"""

import os
import unittest

import numpy as np

import pictures
from program import ANIMEVIDEO, X4PLUS_ANIME, kizuna_untiled, realesrgan_ncnn_vulkan

LEAST_PSNR_DB = 45
ROUNDING_LEVELS = 3  # what 16-bit floats make of 8-bit levels, with room
LEAST_SHARE = 0.4  # of the samples that is compared, lest nothing be


@unittest.skipUnless("KIZUNA_TEST_REALESRGAN" in os.environ, "KIZUNA_TEST_REALESRGAN names no realesrgan-ncnn-vulkan")
class TheProgramAgreesWithNcnnVulkan(unittest.TestCase):
    def judge(self, model):
        for name, draw in pictures.ALL.items():
            with self.subTest(model=model, picture=name):
                given = pictures.to_integers(draw(), np.uint8)
                ours = kizuna_untiled(given, model)
                theirs = realesrgan_ncnn_vulkan(given, model)
                self.assertEqual(ours.shape, theirs.shape)
                ours, theirs = ours[..., :3], theirs[..., :3]
                counts = (ours >= ROUNDING_LEVELS) & (ours <= 255 - ROUNDING_LEVELS)
                self.assertGreater(counts.mean(), LEAST_SHARE)
                figure = pictures.psnr(pictures.to_floats(ours[counts]), pictures.to_floats(theirs[counts]))
                print(f"{model}, {name}: {figure:.1f} dB over {100 * counts.mean():.0f} % of the samples")
                self.assertGreaterEqual(figure, LEAST_PSNR_DB)

    def test_animevideov3_x2(self):
        self.judge(ANIMEVIDEO[2])

    def test_animevideov3_x3(self):
        self.judge(ANIMEVIDEO[3])

    def test_animevideov3_x4(self):
        self.judge(ANIMEVIDEO[4])

    def test_x4plus_anime(self):
        self.judge(X4PLUS_ANIME)


if __name__ == "__main__":
    unittest.main()
