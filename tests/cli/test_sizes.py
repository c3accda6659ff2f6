"""How large results get, and what the tiles do."""

import re
import unittest

import numpy as np
import tiny_onnx
from harness import USAGE, ProgramTest, enlarged, noise

TILE_LINE = re.compile(
    r"^(?P<file>.*): tile (?P<number>\d+)/(?P<total>\d+), pass (?P<pass>\d+), "
    r"input (?P<iw>\d+)x(?P<ih>\d+)(?P<ix>[+-]\d+)(?P<iy>[+-]\d+), output (?P<w>\d+)x(?P<h>\d+)\+(?P<x>\d+)\+(?P<y>\d+)$"
)


class Sizes(ProgramTest):
    def setUp(self):
        super().setUp()
        self.picture("p.png", noise(30, 40))

    def size_with(self, *options):
        self.upscale("p.png", "-o", "out.png", "--overwrite", *options)
        height, width = self.read("out.png").shape[:2]
        return width, height

    def test_without_a_size_the_networks_scale_counts(self):
        self.assertEqual(self.size_with(), (80, 60))

    def test_scales(self):
        for scale, expected in (("2", (80, 60)), ("1.5", (60, 45)), ("3", (120, 90)), ("4", (160, 120)),
                                ("0.5", (20, 15)), ("1", (40, 30))):
            with self.subTest(scale=scale):
                self.assertEqual(self.size_with("--scale", scale), expected)

    def test_a_broken_pixel_counts_as_one(self):
        self.picture("p.png", noise(7, 9))
        self.assertEqual(self.size_with("--scale", "1.5"), (14, 11))

    def test_width_alone_and_height_alone_keep_the_aspect(self):
        self.assertEqual(self.size_with("--width", "100"), (100, 75))
        self.assertEqual(self.size_with("--height", "66"), (88, 66))

    def test_leading_zeros_do_not_make_octal_numbers(self):
        self.assertEqual(self.size_with("--width", "0100", "--tile", "0000", "-j", "08"), (100, 75))
        self.assertEqual(self.size_with("--fit", "0100x0100"), (100, 75))

    def test_width_and_height_together_are_taken_as_given(self):
        self.assertEqual(self.size_with("--width", "100", "--height", "50"), (100, 50))

    def test_fit_is_the_largest_size_inside_the_box(self):
        self.assertEqual(self.size_with("--fit", "100x90"), (100, 75))
        self.assertEqual(self.size_with("--fit", "200x90"), (120, 90))

    def test_scale_four_runs_a_twofold_network_twice(self):
        self.upscale("p.png", "-o", "out.png", "-s", "4")
        self.assert_same(self.read("out.png"), enlarged(self.read("p.png"), 4))

    def test_max_pixels_is_a_limit_on_the_result(self):
        self.fails("p.png", "--max-pixels", "4799", says=["p.png", "80×60", "max-pixels"])
        self.upscale("p.png", "--max-pixels", "4800")

    def test_sizes_exclude_each_other(self):
        for options in (["-s", "2", "--width", "9"], ["-s", "2", "--fit", "9x9"], ["--fit", "9x9", "--height", "9"]):
            with self.subTest(options=options):
                self.fails("p.png", *options, code=USAGE, says=["excludes"])


class Tiles(ProgramTest):
    def setUp(self):
        super().setUp()
        self.given = noise(70, 90)
        self.picture("p.png", self.given)
        self.blur = self.write("networks/blur.onnx", tiny_onnx.blur())

    def result(self, *options, model=None):
        self.upscale("p.png", "-o", "out.png", "--overwrite", *options, model=model)
        return self.read("out.png")

    def test_exact_tiles_give_the_untiled_result(self):
        untiled = self.result("--tile", "1024", model=self.blur)
        tiled = self.result("--tile", "32", "--blend", "exact", model=self.blur)
        self.assertLessEqual(np.abs(untiled.astype(int) - tiled).max(), 1)

    def test_feathered_tiles_that_agree_change_nothing(self):
        tiled = self.result("--tile", "32", "--overlap", "8", "--blend", "feather")
        self.assertLessEqual(np.abs(enlarged(self.given).astype(int) - tiled).max(), 1)

    def test_tta_of_a_network_without_a_direction_changes_nothing(self):
        tta = self.result("--tta", "--tile", "48")
        self.assertLessEqual(np.abs(enlarged(self.given).astype(int) - tta).max(), 1)

    def test_tta_runs_the_network_eight_times(self):
        once = self.upscale("p.png", "-o", "1.png", "-v").stderr_text
        all_turns = self.upscale("p.png", "-o", "8.png", "-v", "--tta").stderr_text
        tiles = [int(re.search(r"in (\d+) tiles?", text)[1]) for text in (once, all_turns)]
        self.assertEqual(tiles[1], 8 * tiles[0])

    def tiles_with(self, *options, model=None):
        done = self.upscale("p.png", "-o", "out.png", "--overwrite", "--print-tiles", *options, model=model)
        lines = [TILE_LINE.match(line) for line in done.stdout_text.splitlines()]
        self.assertTrue(lines and all(lines), done.stdout_text)
        return lines

    def test_print_tiles_covers_every_pixel(self):
        for blend in (["--blend", "exact"], ["--blend", "feather", "--overlap", "8"]):
            with self.subTest(blend=blend):
                covered = np.zeros((140, 180), int)
                lines = self.tiles_with("--tile", "32", *blend)
                for line in lines:
                    x, y, w, h = (int(line[name]) for name in "xywh")
                    covered[y : y + h, x : x + w] += 1
                    self.assertLessEqual((x + w, y + h), (180, 140))
                self.assertGreater(len(lines), 4)
                self.assertEqual([int(line["number"]) for line in lines], list(range(1, len(lines) + 1)))
                self.assertEqual(covered.min(), 1)

    def test_print_tiles_upscales_as_well(self):
        self.tiles_with("--tile", "32")
        self.assert_same(self.read("out.png"), enlarged(self.given))

    def test_print_tiles_shows_both_passes(self):
        lines = self.tiles_with("--scale", "4", "--tile", "64")
        self.assertEqual({line["pass"] for line in lines}, {"0", "1"})

    def test_print_tiles_shows_what_is_read_beyond_the_picture(self):
        (line,) = self.tiles_with(model=self.blur)
        self.assertEqual([int(line[name]) for name in ("iw", "ih", "ix", "iy")], [94, 74, -2, -2])
        self.assertEqual([int(line[name]) for name in "whxy"], [180, 140, 0, 0])

    def test_exact_tiles_of_a_network_with_unknown_reach_are_refused(self):
        unknown = self.write("networks/unknown.onnx", tiny_onnx.with_unknown_operator())
        self.fails("p.png", "--blend", "exact", "--provider", "auto", model=unknown, code=USAGE, says=["exact"])


if __name__ == "__main__":
    unittest.main()
