"""Does anything show where tiles meet? Tiled results against the untiled one, all in 16 bits."""

import unittest

import numpy as np

import pictures
from png_io import read_png
from program import ANIMEVIDEO, EXAMPLES, SCALES, X4PLUS_ANIME, kizuna_tiled, kizuna_untiled

ONE_LEVEL = 1 / 255
ROUNDING = 4 / 65535  # 16-bit results of the same arithmetic in another order
LEAST_PSNR_DB = 90  # rounding to 16 bits alone gives 107
EXACT_TILES = (32, 64, 100)
FEATHER = ("--blend", "feather", "--tile", "64", "--overlap", "32")


def lineart_crop():
    """160x120 out of the middle of the example: half a face, hair, a speech bubble, thin wires."""
    picture = read_png(EXAMPLES / "lineart.png")
    top, left = (picture.shape[0] - 120) // 2, (picture.shape[1] - 160) // 2
    return pictures.to_integers(pictures.to_floats(picture[top : top + 120, left : left + 160, :3]), np.uint16)


def both(picture, model, *tile_options):
    """The results untiled and tiled, as floats."""
    given = picture if picture.dtype == np.uint16 else pictures.to_integers(picture, np.uint16)
    return pictures.to_floats(kizuna_untiled(given, model)), pictures.to_floats(kizuna_tiled(given, model, *tile_options))


class ExactTiles(unittest.TestCase):
    def judge(self, model):
        given = lineart_crop()
        untiled = pictures.to_floats(kizuna_untiled(given, model))
        for tile in EXACT_TILES:
            with self.subTest(model=model, tile=tile):
                tiled = pictures.to_floats(kizuna_tiled(given, model, "--blend", "exact", "--tile", str(tile)))
                figure, worst = pictures.psnr(untiled, tiled), np.abs(untiled - tiled).max()
                print(f"{model}, exact tiles of {tile}: {figure:.1f} dB, worst {worst * 255:.4f} of 255")
                self.assertLessEqual(worst, ROUNDING)
                self.assertGreaterEqual(figure, LEAST_PSNR_DB)

    def test_animevideov3_x2(self):
        self.judge(ANIMEVIDEO[2])

    def test_animevideov3_x3(self):
        self.judge(ANIMEVIDEO[3])

    def test_animevideov3_x4(self):
        self.judge(ANIMEVIDEO[4])


class FeatheredTiles(unittest.TestCase):
    MODELS = (ANIMEVIDEO[2], X4PLUS_ANIME)

    def test_a_solid_colour_stays_one_colour(self):
        for model in self.MODELS:
            with self.subTest(model=model):
                untiled, tiled = both(np.ones((96, 144, 3)) * (0.55, 0.40, 0.70), model, *FEATHER)
                worst = np.abs(untiled - tiled).max()
                border = 24 * SCALES[model]
                inside = tiled[border:-border, border:-border]
                spread = np.ptp(inside, axis=(0, 1)).max()
                print(f"{model}, solid colour: spread {spread * 255:.3f}, against untiled {worst * 255:.3f} of 255")
                self.assertLessEqual(spread, ONE_LEVEL)
                self.assertLessEqual(worst, ONE_LEVEL)

    def test_a_gradient_shows_no_steps(self):
        ramp = np.linspace(0.2, 0.8, 160)[None, :, None] * np.ones((72, 1, 3)) * (1.0, 0.8, 0.9)
        for model in self.MODELS:
            with self.subTest(model=model):
                untiled, tiled = both(ramp, model, *FEATHER)
                own, seen = (np.abs(np.diff(p.mean(axis=0), axis=0)).max() for p in (untiled, tiled))
                print(f"{model}, gradient: steepest step {own * 255:.3f} untiled, {seen * 255:.3f} tiled, of 255")
                self.assertLessEqual(seen, own + ONE_LEVEL / 4)

    def test_a_thin_line_stays_aligned(self):
        paper = np.ones((72, 160, 3)) * 0.9
        y, x = np.mgrid[0:72, 0:160]
        line = np.clip(1 - np.abs(y - (30 + x / 16)), 0, 1)  # one pixel thick, slightly slanted
        for model in self.MODELS:
            with self.subTest(model=model):
                untiled, tiled = both(paper * (1 - 0.8 * line[..., None]), model, *FEATHER)
                worst = np.abs(line_centres(untiled) - line_centres(tiled)).max()
                print(f"{model}, thin line: moved by {worst:.3f} output pixels at most")
                self.assertLess(worst, 0.25)


def line_centres(picture):
    """Of a dark line on light paper, for each column, in pixels."""
    darkness = np.clip(0.8 - picture.mean(axis=2), 0, None)
    return (darkness * np.arange(picture.shape[0])[:, None]).sum(axis=0) / darkness.sum(axis=0)


class DefaultTiles(unittest.TestCase):
    """x4plus-anime has too large a receptive field for exact tiles: how far do its feathered tiles stray?"""

    LEAST_PSNR_DB = 40

    def test_x4plus_anime_is_close_to_untiled(self):
        untiled, tiled = both(lineart_crop(), X4PLUS_ANIME, "--tile", "100")
        figure = pictures.psnr(untiled, tiled)
        print(f"{X4PLUS_ANIME}, tiles of 100 with the default overlap: {figure:.1f} dB against untiled")
        self.assertGreaterEqual(figure, self.LEAST_PSNR_DB)


if __name__ == "__main__":
    unittest.main()
