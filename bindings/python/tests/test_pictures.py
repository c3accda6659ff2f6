"""PIL images in, PIL images out."""

import subprocess
import sys
import unittest

import kizuna
import numpy as np
from kizuna_case import KizunaCase, enlarged, noise

try:
    import PIL.Image
except ImportError:
    PIL = None


@unittest.skipUnless(PIL, "PIL is not there")
class PilImages(KizunaCase):
    def setUp(self):
        super().setUp()
        self.upscaler = kizuna.Upscaler(self.network)

    def test_a_picture_comes_back_as_one_of_the_same_mode(self):
        for mode in ("RGB", "L", "I;16"):
            picture = noise(7, 9, {"RGB": 3}.get(mode, 0), np.uint16 if mode == "I;16" else np.uint8)
            result = self.upscaler.upscale(PIL.Image.fromarray(picture))
            self.assertEqual((type(result), result.mode), (PIL.Image.Image, mode))
            self.assert_same(np.asarray(result), enlarged(picture))

    def test_other_modes_are_converted(self):
        for mode, becomes in (("1", "L"), ("P", "RGB"), ("CMYK", "RGB"), ("RGBA", "RGBA"), ("LA", "LA"), ("YCbCr", "RGB"),
                              ("La", "LA"), ("PA", "RGBA"), ("RGBa", "RGBA")):
            result = self.upscaler.upscale(PIL.Image.new(mode, (6, 5)))
            self.assertEqual((result.mode, result.size), (becomes, (12, 10)), mode)

    def test_a_transparent_palette_stays_transparent(self):
        image = PIL.Image.new("P", (6, 5))
        image.info["transparency"] = 0
        self.assertEqual(self.upscaler.upscale(image).getpixel((0, 0))[3], 0)

    def test_a_colour_that_stands_for_transparency_becomes_alpha(self):
        for mode, colour, becomes in (("RGB", (9, 8, 7), "RGBA"), ("L", 9, "LA"), ("1", 0, "LA")):
            image = PIL.Image.new(mode, (20, 10), 1 if mode == "1" else "white")
            image.paste(colour, (0, 0, 10, 10))
            image.info["transparency"] = colour
            result = self.upscaler.upscale(image)
            self.assertEqual(result.mode, becomes)
            self.assertEqual((result.getpixel((2, 2))[-1], result.getpixel((37, 17))[-1]), (0, 255), mode)
            self.assertNotIn("transparency", result.info)

    def test_what_a_palette_has_left_over_is_no_transparency(self):
        image = PIL.Image.new("RGB", (6, 5))
        image.info["transparency"] = b"\0\xff"
        self.assertEqual(self.upscaler.upscale(image).mode, "RGB")

    def test_numbers_without_a_range_are_refused(self):
        for mode in ("I", "F"):
            with self.assertRaisesRegex(ValueError, "range") as caught:
                self.upscaler.upscale(PIL.Image.new(mode, (6, 5)))
            self.assertEqual(caught.exception.code, "invalid_argument")

    def test_profile_and_density_stay(self):
        image = PIL.Image.new("RGB", (6, 5))
        image.info.update(icc_profile=b"profile", dpi=(300, 300), interlace=1)
        self.assertEqual(self.upscaler.upscale(image).info, {"icc_profile": b"profile", "dpi": (300, 300)})

    def test_a_profile_goes_where_its_colours_go(self):
        for mode, info in (("CMYK", {"dpi": (300, 300)}), ("YCbCr", {"icc_profile": b"profile", "dpi": (300, 300)})):
            image = PIL.Image.new(mode, (6, 5))
            image.info.update(icc_profile=b"profile", dpi=(300, 300))
            self.assertEqual(self.upscaler.upscale(image).info, info)

    def test_jobs_and_files_take_them_too(self):
        image = PIL.Image.fromarray(noise(7, 9))
        with kizuna.Jobs() as jobs:
            self.assertEqual(jobs.submit(image, model=self.network).result().size, (18, 14))
        self.assert_same(kizuna.decode_image(kizuna.encode_image(image, "png")), noise(7, 9))

    def test_it_is_not_imported_for_others(self):
        program = "import sys, kizuna; sys.exit('PIL' in sys.modules)"
        self.assertEqual(subprocess.run([sys.executable, "-c", program], check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
