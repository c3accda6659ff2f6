"""Which files are read, and where results go."""

import os
import pty
import subprocess
import unittest

import numpy as np
from harness import FAILED, PATIENCE_S, USAGE, ProgramTest, enlarged, noise


class OneFile(ProgramTest):
    def test_without_an_output_the_result_lies_beside_the_input(self):
        self.picture("sub/photo.png")
        done = self.upscale("sub/photo.png")
        self.assertEqual(self.names(), ["sub/photo.png", "sub/photo_x2.png"])
        self.assertIn("sub/photo_x2.png", done.stderr_text)
        self.assertIn("12×9 → 24×18", done.stderr_text)
        self.assertEqual(done.stdout_text, "")

    def test_the_suffix_tells_the_size_asked_for(self):
        self.picture("p.png")
        for options in (["-s", "1.5"], ["--width", "20"], ["--height", "30"], ["--fit", "40x50"]):
            self.upscale("p.png", *options)
        self.assertEqual(self.names(), ["p.png", "p_40x50.png", "p_h30.png", "p_w20.png", "p_x1.5.png"])

    def test_an_output_file_is_written_under_its_name(self):
        given = noise(9, 12)
        self.picture("in.png", given)
        self.upscale("in.png", "-o", "out.png")
        self.assert_same(self.read("out.png"), enlarged(given))

    def test_the_extension_decides_on_the_format(self):
        self.picture("in.png")
        self.upscale("in.png", "-o", "out.jpg")
        self.assertTrue((self.folder / "out.jpg").read_bytes().startswith(b"\xff\xd8\xff"))

    def test_format_is_stronger_than_the_extension(self):
        self.picture("in.png")
        self.upscale("in.png", "-o", "out.jpg", "--format", "png")
        self.assertTrue((self.folder / "out.jpg").read_bytes().startswith(b"\x89PNG"))

    def test_a_name_that_begins_with_a_dash_comes_after_two_dashes(self):
        self.picture("-x.png")
        self.upscale("-o", "out.png", "--", "-x.png")
        self.assertIn("out.png", self.names())

    def test_names_with_spaces_and_other_alphabets(self):
        self.picture("夏 の 空.png")
        self.upscale("夏 の 空.png")
        self.assertIn("夏 の 空_x2.png", self.names())

    def test_the_input_may_be_replaced_when_asked_for(self):
        given = noise(9, 12)
        self.picture("p.png", given)
        self.upscale("p.png", "-o", "p.png", "--overwrite")
        self.assert_same(self.read("p.png"), enlarged(given))


    def test_a_missing_folder_is_made(self):
        self.picture("in.png")
        self.upscale("in.png", "-o", "new/below/out.png")
        self.assertIn("new/below/out.png", self.names())

    @unittest.skipIf(os.geteuid() == 0, "root may look everywhere")
    def test_a_folder_that_may_not_be_looked_into_is_not_called_missing(self):
        self.picture("sub/in.png")
        os.chmod(self.folder / "sub", 0)
        for name in ("sub/in.png", "sub/*.png"):
            self.assertIn("Permission denied", self.upscale(name, expect=FAILED).stderr_text)
        os.chmod(self.folder / "sub", 0o700)


class Folders(ProgramTest):
    def setUp(self):
        super().setUp()
        for name in ("in/a.png", "in/b.png", "in/sub/deep/c.png"):
            self.picture(name)
        self.write("in/notes.txt", b"not a picture")

    def test_a_folder_stands_for_its_own_pictures(self):
        self.upscale("in", "-o", "out")
        self.assertEqual(self.names("out"), ["a.png", "b.png"])

    def test_recursion_mirrors_the_tree(self):
        self.upscale("in", "-r", "-o", "out", "--format", "bmp")
        self.assertEqual(self.names("out"), ["a.bmp", "b.bmp", "sub/deep/c.bmp"])

    def test_without_an_output_a_folder_is_made_beside_it(self):
        self.upscale("in/", "--recursive")
        self.assertEqual(self.names("in_x2"), ["a.png", "b.png", "sub/deep/c.png"])

    def test_an_output_inside_of_the_input_is_not_upscaled_again(self):
        self.upscale("in", "-r", "-o", "in/large")
        self.upscale("in", "-r", "-o", "in/large", "--overwrite")
        self.assertEqual(self.names("in/large"), ["a.png", "b.png", "sub/deep/c.png"])

    def test_a_gif_stays_one_unless_another_format_is_asked_for(self):
        gif = bytes.fromhex("47494638396101000100800000ff0000000000 2c00000000010001000002024401003b".replace(" ", ""))
        self.write("moving/dot.gif", gif)
        self.upscale("moving", "-o", "out")
        self.upscale("moving", "-o", "out", "--format", "png")
        self.assertEqual(self.names("out"), ["dot.gif", "dot.png"])
        self.assert_same(self.read("out/dot.png"), enlarged(np.array([[[255, 0, 0]]], np.uint8)))

    def test_several_files_go_to_a_folder(self):
        self.upscale("in/a.png", "in/sub/deep/c.png", "-o", "new/out")
        self.assertEqual(self.names("new/out"), ["a.png", "c.png"])

    def test_one_file_goes_into_a_folder_with_a_slash(self):
        self.upscale("in/a.png", "-o", "new/")
        self.assertEqual(self.names("new"), ["a.png"])

    def test_a_folder_without_pictures_is_an_error(self):
        (self.folder / "empty").mkdir()
        self.fails("empty", "-o", "out", says=["empty", "no pictures", "--recursive"])


class Patterns(ProgramTest):
    def setUp(self):
        super().setUp()
        for name in ("page1.png", "page2.png", "page10.png", "cover.png"):
            self.picture(f"in/{name}")

    def test_patterns_are_expanded(self):
        for pattern, expected in (
            ("in/page*.png", ["page1.png", "page10.png", "page2.png"]),
            ("in/page?.png", ["page1.png", "page2.png"]),
            ("i[mn]/[!p]*", ["cover.png"]),
        ):
            with self.subTest(pattern=pattern):
                self.upscale(pattern, "-o", "out/", "--overwrite")
                self.assertEqual(self.names("out"), expected)
                for name in expected:
                    (self.folder / "out" / name).unlink()

    def test_a_file_of_exactly_that_name_wins(self):
        self.picture("in/page[12].png", noise(5, 5))
        self.upscale("in/page[12].png", "-o", "out.png")
        self.assertEqual(self.read("out.png").shape, (10, 10, 3))

    def test_a_pattern_that_matches_nothing_is_an_error(self):
        self.fails("in/*.webp", "-o", "out", says=["in/*.webp", "pattern"])


class ExistingOutputs(ProgramTest):
    def setUp(self):
        super().setUp()
        self.picture("in/a.png")
        self.picture("in/b.png")
        self.write("out/a.png", b"mine")

    def test_an_existing_output_is_an_error_for_that_picture(self):
        done = self.upscale("in", "-o", "out", expect=FAILED)
        self.assertIn("in/a.png: ", done.stderr_text)
        self.assertIn("--overwrite", done.stderr_text)
        self.assertIn("--skip-existing", done.stderr_text)
        self.assertEqual((self.folder / "out/a.png").read_bytes(), b"mine")
        self.assertEqual(self.read("out/b.png").shape, (18, 24, 3))

    def test_skip_existing_leaves_it(self):
        done = self.upscale("in", "-o", "out", "--skip-existing")
        self.assertEqual((self.folder / "out/a.png").read_bytes(), b"mine")
        self.assertIn("out/b.png", self.names())
        self.assertIn("1 skipped", done.stderr_text)

    def test_skip_existing_can_be_run_again_among_its_own_results(self):
        self.picture("a.png")
        pattern = "*.png"
        for run in range(3):
            done = self.upscale(pattern, "--skip-existing")
            self.assertEqual(sorted(path.name for path in self.folder.glob("*.png")), ["a.png", "a_x2.png"], run)
        self.assertIn("2 skipped", done.stderr_text)
        self.fails(pattern, code=USAGE, says=["a_x2.png", "-o FOLDER"])

    def test_overwrite_replaces_it(self):
        self.upscale("in", "-o", "out", "--overwrite")
        self.assertEqual(self.read("out/a.png").shape, (18, 24, 3))

    def test_a_failure_does_not_touch_what_was_there(self):
        self.write("in/a.png", b"\x89PNG broken")
        self.upscale("in", "-o", "out", "--overwrite", expect=FAILED)
        self.assertEqual((self.folder / "out/a.png").read_bytes(), b"mine")

    def test_skip_and_overwrite_together_make_no_sense(self):
        self.fails("in", "-o", "out", "--overwrite", "--skip-existing", code=USAGE, says=["excludes"])


class Collisions(ProgramTest):
    def test_two_inputs_with_one_output_are_named_before_anything_runs(self):
        self.picture("in/a.png")
        self.picture("in/b.png")
        self.write("in/a.bmp", b"")
        self.fails("in", "-o", "out", "--format", "png", code=USAGE, says=["in/a.png", "in/a.bmp", "out/a.png"])

    def test_the_same_name_in_two_folders_collides(self):
        self.picture("one/a.png")
        self.picture("two/a.png")
        self.fails("one", "two", "-o", "out", code=USAGE, says=["one/a.png", "two/a.png"])

    def test_no_result_takes_the_place_of_another_input(self):
        self.picture("a.png")
        self.picture("a_x2.png")
        before = self.read("a_x2.png")
        for way in ([], ["--overwrite"]):
            self.fails("a.png", "./a_x2.png", *way, code=USAGE, says=["'a.png'", "a_x2.png'"])
        self.assert_same(self.read("a_x2.png"), before)

    def test_pictures_may_be_replaced_by_their_own_results(self):
        self.picture("a.png", noise(4, 5))
        self.picture("b.png", noise(6, 7))
        self.upscale("a.png", "b.png", "-o", ".", "--overwrite")
        self.assert_same(self.read("a.png"), enlarged(noise(4, 5)))
        self.assert_same(self.read("b.png"), enlarged(noise(6, 7)))

    def test_a_file_named_twice_is_upscaled_once(self):
        self.picture("a.png")
        self.upscale("a.png", "./a.png", "*.png", self.folder / "a.png", "-o", "out")
        self.assertEqual(self.names("out"), ["a.png"])


class Streams(ProgramTest):
    def setUp(self):
        super().setUp()
        self.given = noise(7, 5)
        self.data = self.picture("p.png", self.given).read_bytes()

    def test_from_standard_input_to_standard_output(self):
        done = self.upscale("-", "-o", "-", "--format", "png", stdin=self.data)
        self.write("result.png", done.stdout_bytes)
        self.assert_same(self.read("result.png"), enlarged(self.given))

    def test_standard_output_is_where_standard_input_goes(self):
        done = self.upscale("-", "-f", "png", stdin=self.data)
        self.assertTrue(done.stdout_bytes.startswith(b"\x89PNG"))

    def test_from_standard_input_to_a_file(self):
        self.upscale("-", "-o", "out.png", stdin=self.data)
        self.assert_same(self.read("out.png"), enlarged(self.given))

    def test_from_a_file_to_standard_output_with_nothing_else_on_it(self):
        done = self.upscale("p.png", "-o", "-", "-f", "png", "-v", "--print-tiles", "--progress", "always")
        self.write("result.png", done.stdout_bytes)
        self.assert_same(self.read("result.png"), enlarged(self.given))
        self.assertIn("tile 1/1", done.stderr_text)

    def test_the_format_is_the_inputs_unless_told_otherwise(self):
        self.upscale("p.png", "-o", "p.webp", "--lossless")
        webp = (self.folder / "p.webp").read_bytes()
        self.assertEqual(self.upscale("-", "--lossless", stdin=webp).stdout_bytes[8:12], b"WEBP")
        self.assertEqual(self.upscale("p.webp", "-o", "-").stdout_bytes[8:12], b"WEBP")
        self.upscale("-", "-o", "out", stdin=webp)
        self.assertEqual((self.folder / "out").read_bytes()[8:12], b"WEBP")
        self.upscale("-", "-o", "out.png", stdin=webp)
        self.assert_same(self.read("out.png"), enlarged(enlarged(self.given)))

    def test_what_is_said_is_the_same_as_of_files(self):
        done = self.upscale("-", "--print-tiles", stdin=self.data).stderr_text
        self.assertIn("tile 1/1", done)
        self.assertIn("standard output  5×7 → 10×14", done)
        self.assertIn("out.png  5×7 → 10×14", self.upscale("-", "-o", "out.png", stdin=self.data).stderr_text)

    def test_an_existing_file_is_replaced_from_standard_input_where_told_to(self):
        self.write("out.png", b"mine")
        self.upscale("-", "-o", "out.png", "--overwrite", stdin=self.data)
        self.assert_same(self.read("out.png"), enlarged(self.given))

    def test_sides_are_checked_before_the_network_runs(self):
        self.fails("-", "--scale", "1000", "-f", "jpeg", stdin=self.picture("wide.png", noise(1, 100)).read_bytes(),
                   says=["standard input", "65500"])

    def test_standard_input_without_an_end_is_refused(self):
        endless = self.folder / "endless"
        with endless.open("wb") as file:
            file.truncate(3 << 30)  # a hole
        for command in ([], ["-o", "out.png"]):
            with endless.open("rb") as file:
                with self.start("upscale", "-", *command, *self.defaults([]), stdin=file, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE) as process:
                    _, said = process.communicate(timeout=PATIENCE_S)
            self.assertEqual(process.returncode, FAILED)
            self.check_message(said.decode(), ["standard input", str(2 << 30)])

    def test_standard_output_takes_one_picture(self):
        self.fails("p.png", "*.png", "-o", "-", "-f", "png", code=USAGE, says=["standard output"])

    def test_standard_input_stands_alone(self):
        self.fails("-", "p.png", "-o", "out", code=USAGE, says=["standard input"])

    def test_an_existing_file_is_not_replaced_from_standard_input_either(self):
        self.write("out.png", b"mine")
        self.fails("-", "-o", "out.png", stdin=self.data, says=["--overwrite"])

    def test_a_terminal_gets_no_picture(self):
        ours, theirs = pty.openpty()
        with self.start("upscale", "p.png", "-o", "-", "-f", "png", *self.defaults([]), stdout=theirs,
                        stderr=subprocess.PIPE) as process:
            _, said = process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, USAGE)
        self.assertIn(b"terminal", said)
        for end in (ours, theirs):
            os.close(end)

    def test_a_reader_that_goes_away_is_a_write_error(self):
        self.picture("large.png", noise(300, 300))
        with self.start("upscale", "large.png", "-o", "-", "-f", "bmp", *self.defaults([]), stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE) as process:
            process.stdout.close()
            said = process.stderr.read()
            process.wait(PATIENCE_S)
        self.assertEqual(process.returncode, FAILED)
        self.assertIn(b"standard output", said)


if __name__ == "__main__":
    unittest.main()
