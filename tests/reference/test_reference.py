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
CONTINUED_PX = 14  # what the picture is mirrored outwards by, for networks that see zeros beyond their border
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
                planes = pictures.planar(pictures.to_floats(given))
                wanted = pictures.interleaved(network.run_continued(planes, CONTINUED_PX))
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

    def test_a_picture_smaller_than_what_is_mirrored(self):
        given = pictures.to_integers(np.random.default_rng(3).random((5, 9, 3)), np.uint16)
        network = Network(models_dir(), ANIMEVIDEO[2])
        wanted = network.run_continued(pictures.planar(pictures.to_floats(given)), CONTINUED_PX)
        result = pictures.to_floats(kizuna_untiled(given, ANIMEVIDEO[2]))
        self.assertGreaterEqual(pictures.psnr(result, np.clip(pictures.interleaved(wanted), 0, 1)), LEAST_PSNR_DB)


class ColoursThatCannotBeSeen(unittest.TestCase):
    """What editors leave under transparent pixels must not show at the edges of what is visible."""

    MODEL = ANIMEVIDEO[2]

    def disc(self, colour, hidden):
        y, x = np.mgrid[0:60, 0:70]
        visible = np.hypot(x - 34, y - 30) < 21
        picture = np.zeros((60, 70, 4), np.uint8)
        picture[visible] = (*colour, 255)
        picture[~visible, :3] = hidden if isinstance(hidden, tuple) else hidden[~visible]
        return picture

    def test_do_not_matter(self):
        noise = np.random.default_rng(5).integers(0, 256, (60, 70, 3), np.uint8)
        results = [kizuna_untiled(self.disc((240, 200, 30), hidden), self.MODEL) for hidden in ((0, 0, 0), (255, 0, 255), noise)]
        self.assertTrue(np.array_equal(results[0], results[1]) and np.array_equal(results[0], results[2]))

    def test_leave_no_fringe(self):
        result = kizuna_untiled(self.disc((250, 250, 250), (0, 0, 0)), self.MODEL).astype(int)
        worst = np.abs(result[..., :3] - 250)[result[..., 3] > 0].max()
        print(f"a white disc on hidden black: its edge strays by {worst} of 255")
        self.assertLessEqual(worst, 2)


class APlainColour(unittest.TestCase):
    """Networks see zeros beyond their border, and without being shown more of the picture they let it show."""

    COLOURS = {
        "black": (0, 0, 0), "white": (255, 255, 255), "grey": (128, 128, 128), "red": (255, 0, 0), "green": (0, 255, 0),
        "blue": (0, 0, 255), "yellow": (255, 255, 0), "cyan": (0, 255, 255), "magenta": (255, 0, 255),
    }  # fmt: skip
    SIDE_PX = 48

    def judge(self, model):
        scale = SCALES[model]
        for name, colour in self.COLOURS.items():
            with self.subTest(model=model, colour=name):
                given = np.full((self.SIDE_PX, self.SIDE_PX, 3), colour, np.uint8)
                result = kizuna_untiled(given, model).astype(int)
                # What one input pixel becomes may be a little pattern of its own: that in the middle is the yardstick.
                middle = self.SIDE_PX // 2 * scale
                wanted = np.tile(result[middle : middle + scale, middle : middle + scale], (self.SIDE_PX, self.SIDE_PX, 1))
                worst = np.abs(result - wanted).max()
                print(f"{model}, plain {name}: the border strays by {worst} of 255")
                self.assertLessEqual(worst, 1)

    def test_stays_one_colour_to_the_very_border_in_animevideov3_x2(self):
        self.judge(ANIMEVIDEO[2])

    def test_stays_one_colour_to_the_very_border_in_animevideov3_x3(self):
        self.judge(ANIMEVIDEO[3])

    def test_stays_one_colour_to_the_very_border_in_animevideov3_x4(self):
        self.judge(ANIMEVIDEO[4])


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
