"""Does every file of Real-CUGAN and waifu2x give what it is meant to, in one piece and in tiles?"""

import pathlib
import shutil
import tempfile
import unittest

import numpy as np

import families
import family_judges as judges
import pictures
from program import kizuna, kizuna_tiled, kizuna_untiled


class AgreesWithNumpy(judges.AgreesWithNumpy):
    def test_realcugan_se(self):
        self.judge_all(families.realcugan_se())

    def test_waifu2x_upconv7(self):
        self.judge_all(families.upconv7())

    def test_waifu2x_cunet(self):
        self.judge_all(families.cunet())


class AgreesWithTheProgramItWasMadeFor(judges.AgreesWithTheProgram):
    def test_realcugan_se(self):
        self.judge_all(families.realcugan_se())

    def test_waifu2x_upconv7(self):
        self.judge_all(families.upconv7())

    def test_waifu2x_cunet(self):
        self.judge_all(families.cunet())


class NoiseIsTakenAwayOnce(unittest.TestCase):
    """A picture that goes through a network several times would lose its lines to the second denoising."""

    SAME_DB = 50  # between two runs the program keeps what is beyond black and white; a file does not
    OTHER_DB = 42

    def setUp(self):
        self.files = {file.path.name: file for file in families.realcugan_se() + families.cunet()}
        self.picture = pictures.to_integers(pictures.line_art(48, 40), np.uint16)

    def chain(self, *names):
        result = self.picture
        for name in names:
            result = kizuna_untiled(result, self.files[name].model)
        return pictures.to_floats(result)

    def judge(self, name, undenoised):
        once = self.chain(name, undenoised)
        twice = self.chain(name, name)
        given = pictures.to_floats(kizuna(self.picture, self.files[name].model, "--scale", "4")[0])
        self.assertGreater(pictures.psnr(given, once), self.SAME_DB)
        self.assertLess(pictures.psnr(given, twice), self.OTHER_DB)
        with tempfile.TemporaryDirectory() as folder:  # where the other network is not to be found
            for kind in (".param", ".bin"):
                shutil.copy(f"{self.files[name].path}{kind}", folder)
            alone = kizuna(self.picture, pathlib.Path(folder, f"{name}.param"), "--scale", "4")[0]
        self.assertGreater(pictures.psnr(pictures.to_floats(alone), twice), self.SAME_DB)

    def test_realcugan(self):
        self.judge("up2x-denoise3x", "up2x-no-denoise")

    def test_cunet(self):
        self.judge("noise3_scale2.0x_model", "scale2.0x_model")


class TilesShareTheMeansOfThePicture(unittest.TestCase):
    """Squeeze-and-excitation weighs channels by means of the whole picture, which no tile knows alone."""

    ONE_LEVEL = 1 / 255
    LEAST_ESTIMATED_PSNR_DB = 47
    SKY_ROWS = 80  # of the picture before; hills begin below

    def setUp(self):
        self.files = [
            file
            for file in families.realcugan_se() + families.cunet()
            if file.path.name in ("up2x-no-denoise", "up3x-conservative", "up4x-denoise3x", "noise2_scale2.0x_model")
        ]
        self.assertEqual(len(self.files), 4)

    def untiled_and_tiled(self, file, picture, *options, provider="cpu"):
        given = pictures.to_integers(picture, np.uint16)
        untiled = kizuna_untiled(given, file.model, provider)
        tiled = kizuna_tiled(given, file.model, *options, provider=provider)
        return pictures.to_floats(untiled), pictures.to_floats(tiled)

    def judge_exact(self, file, *options, provider="cpu"):
        untiled, tiled = self.untiled_and_tiled(file, pictures.line_art(120, 96), *options, provider=provider)
        worst = np.abs(untiled - tiled).max()
        print(f"{file.name}, {provider} {' '.join(options)}: worst {worst * 255:.4f} of 255")
        self.assertLessEqual(worst, self.ONE_LEVEL)

    def test_tiles_equal_the_picture_in_one_piece(self):
        for file in self.files:
            for tile in ("32", "64", "100"):
                with self.subTest(file=file.name, tile=tile):
                    self.judge_exact(file, "--tile", tile)

    def test_so_they_do_on_onnx_runtime_and_with_tta(self):
        for file in self.files[::2]:
            with self.subTest(file=file.name):
                self.judge_exact(file, "--tile", "64", provider="ort-cpu")
        with self.subTest(file=self.files[0].name, tta=True):
            given = pictures.to_integers(pictures.odd_sides(69, 41), np.uint16)
            whole = kizuna(given, self.files[0].model, "--tta", "--tile", "1000")[0]
            tiled = kizuna_tiled(given, self.files[0].model, "--tta", "--tile", "32")
            self.assertLessEqual(np.abs(pictures.to_floats(whole) - pictures.to_floats(tiled)).max(), self.ONE_LEVEL)

    def test_a_flat_sky_shows_no_step(self):
        for file in self.files:
            with self.subTest(file=file.name):
                rows = slice(0, self.SKY_ROWS * file.scale)
                untiled, tiled = self.untiled_and_tiled(file, pictures.sky(), "--tile", "64")
                added = np.abs(np.diff(tiled[rows] - untiled[rows], axis=1)).max()
                print(f"{file.name}, sky: tiles add steps of {added * 255:.4f} of 255")
                self.assertLessEqual(added, self.ONE_LEVEL / 4)

    def test_estimated_means_come_close_and_tiles_alone_do_not(self):
        for file in self.files:
            figures = {}
            for syncgap in ("0", "2", "3"):
                both = self.untiled_and_tiled(file, pictures.sky(), "--tile", "64", "--syncgap", syncgap)
                figures[syncgap] = pictures.psnr(*both)
            print(f"{file.name}: " + ", ".join(f"syncgap {mode} {figure:.1f} dB" for mode, figure in figures.items()))
            for syncgap in ("2", "3"):
                with self.subTest(file=file.name, syncgap=syncgap):
                    self.assertGreaterEqual(figures[syncgap], self.LEAST_ESTIMATED_PSNR_DB)
                    self.assertGreater(figures[syncgap], figures["0"])


if __name__ == "__main__":
    unittest.main()
