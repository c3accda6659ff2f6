"""Everything that can be wrong with a picture, a place, or a command line."""

import os
import resource
import subprocess
import unittest
import zlib

import numpy as np
import png
from harness import DONE, FAILED, PATIENCE_S, PROGRAM, USAGE, ProgramTest, noise
from png_io import SIGNATURE


class BadPictures(ProgramTest):
    def check(self, data, *says, name="bad.png"):
        self.write(name, data)
        self.fails(name, says=[name, *says])

    def good(self):
        return png.encode(noise(40, 40))

    def test_cut_off(self):
        data = self.good()
        for kept in (len(data) // 2, len(data) - 20, 40, 9):
            with self.subTest(kept=kept):
                self.check(data[:kept])

    def test_damaged(self):
        data = bytearray(self.good())
        data[len(data) // 2] ^= 0xFF
        self.check(bytes(data))

    def test_empty(self):
        self.check(b"")

    def test_not_a_picture(self):
        self.check(b"To whom it may concern\n" * 20, name="letter.txt")

    def test_not_a_picture_though_called_like_one(self):
        self.check(b"To whom it may concern\n" * 20)

    def test_a_header_of_many_gigapixels_is_refused_before_memory_is_taken(self):
        head = SIGNATURE + png.header(2**31 - 1, 2**31 - 1) + png.rows(np.zeros((1, 1), np.uint8))
        self.write("bad.png", head + png.chunk(b"IEND", b""))
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.fails("bad.png", says=["bad.png"])
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - before, 1 << 20)  # kB

    def test_a_picture_without_pixels(self):
        for width, height in ((0, 5), (5, 0), (0, 0)):
            with self.subTest(width=width, height=height):
                self.check(SIGNATURE + png.header(width, height) + png.chunk(b"IDAT", zlib.compress(b""))
                           + png.chunk(b"IEND", b""))

    def test_a_jpeg_that_is_cut_off(self):
        self.picture("good.png", noise(64, 64))
        self.upscale("good.png", "-o", "good.jpg")
        self.check((self.folder / "good.jpg").read_bytes()[:2000], name="bad.jpg")

    def test_from_standard_input(self):
        self.fails("-", "-o", "out.png", stdin=b"no picture", says=["standard input"])
        self.fails("-", "-o", "out.png", stdin=b"", says=["standard input"])


class BadPlaces(ProgramTest):
    def setUp(self):
        super().setUp()
        self.picture("in.png")

    def test_no_such_input(self):
        self.fails("missing.png", says=["missing.png", "no such file"])

    def test_the_inputs_that_are_there_are_done(self):
        done = self.upscale("missing.png", "in.png", "-o", "out", expect=FAILED)
        self.assertEqual(self.names("out"), ["in.png"])
        self.assertIn("failed: missing.png", done.stderr_text)

    def test_a_folder_that_cannot_be_made(self):
        self.fails("in.png", "-o", "in.png/below/out.png", says=["the folder in.png/below cannot be made"])

    def test_a_file_in_place_of_a_folder(self):
        self.write("file", b"mine")
        self.fails("in.png", "-o", "file/out.png", says=["file"])
        self.fails("in.png", "-o", "file/out/", says=["file"])

    def test_a_link_in_a_folder_that_leads_nowhere(self):
        self.picture("in/a.png")
        (self.folder / "in/b.png").symlink_to("nowhere.png")
        done = self.upscale("in", "-o", "out", expect=FAILED)
        self.assertEqual(self.names("out"), ["a.png"])
        self.assertIn("in/b.png: no such file", done.stderr_text)

    def test_several_pictures_do_not_go_into_one_file(self):
        self.picture("in2.png")
        self.fails("in.png", "in2.png", "-o", "out.png", code=USAGE, says=["out.png", "folder"])

    def test_a_folder_that_may_not_be_written(self):
        folder = self.folder / "locked"
        folder.mkdir()
        if os.geteuid() == 0:
            self.lock(folder)
        else:
            folder.chmod(0o555)
        self.fails("in.png", "-o", "locked/out.png", says=["locked"])

    def lock(self, folder):
        """Permissions do not stop root; this attribute does, where the file system has it."""
        if subprocess.run(["chattr", "+i", folder], capture_output=True, check=False).returncode != 0:
            self.skipTest("root may write everywhere here")
        self.addCleanup(subprocess.run, ["chattr", "-i", folder], check=True)

    def test_a_full_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("mounting is not permitted here")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        self.picture("large.png", noise(300, 300))
        for name, options in (("png", []), ("bmp", []), ("jpg", ["--quality", "100"]), ("tiff", []), ("webp", ["--lossless"])):
            with self.subTest(name=name):
                self.fails("large.png", "-o", f"disk/out.{name}", *options, says=["space"])

    def test_standard_output_that_is_full(self):
        with open("/dev/full", "wb") as full:
            with self.start("upscale", "in.png", "-o", "-", "-f", "png", *self.defaults([]), stdout=full,
                            stderr=subprocess.PIPE) as process:
                _, said = process.communicate()
        self.assertEqual(process.returncode, FAILED)
        self.check_message(said.decode(), ["standard output", "No space left on device"])

    def test_listings_say_what_is_wrong_with_standard_output_once(self):
        for command in (["models"], ["models", "--json"], ["info", *["in.png"] * 50], ["--version"], ["upscale", "--help"]):
            with self.subTest(command=command), open("/dev/full", "wb") as full:
                with self.start(*command, stdout=full, stderr=subprocess.PIPE) as process:
                    _, said = process.communicate(timeout=PATIENCE_S)
                self.assertEqual(process.returncode, FAILED)
                self.check_message(said.decode(), ["standard output", "No space left on device"])

    def closed(self, redirection, *arguments):
        """Runs the program by a shell that closes descriptors; returns its exit code and what it said."""
        command = ["/bin/sh", "-c", f'"$@" {redirection}', "sh", PROGRAM, "upscale", *self.defaults([]), *arguments]
        done = subprocess.run(list(map(str, command)), cwd=self.folder, env=self.environment, capture_output=True,
                              timeout=PATIENCE_S, check=False)
        return done.returncode, done.stderr.decode()

    def test_closed_descriptors_are_not_taken_for_files(self):
        code, said = self.closed(">&-", "in.png", "-o", "-")
        self.assertEqual(code, FAILED)
        self.check_message(said, ["standard output", "Bad file descriptor"])
        self.assertEqual(self.closed("<&-", "-", "-o", "out.png")[0], FAILED)
        self.assertEqual(self.closed("<&- >&- 2>&-", "in.png", "-o", "out.png", "-v", "--progress", "json")[0], DONE)
        self.assert_same(self.read("out.png"), self.read("in.png").repeat(2, axis=0).repeat(2, axis=1))

    def test_a_size_that_webp_cannot_store(self):
        self.picture("wide.png", noise(1, 8200))
        self.fails("wide.png", "-o", "out.webp", says=["16383"])


class BadCommandLines(ProgramTest):
    def setUp(self):
        super().setUp()
        self.picture("in.png")

    def test_values_are_named_with_what_is_right(self):
        for option, value, right in (
            ("--scale", "abc", "number"),
            ("--scale", "0", "above 0"),
            ("--scale", "-2", "above 0"),
            ("--scale", "nan", "number"),
            ("--scale", "1e9", "1024"),
            ("--scale", "2x", "number"),
            ("--width", "0", "whole number"),
            ("--height", "1.5", "whole number"),
            ("--width", "99999999999", "whole number"),
            ("--fit", "100", "1920x1080"),
            ("--fit", "0x5", "1920x1080"),
            ("--fit", "axb", "1920x1080"),
            ("--tile", "-1", "whole number"),
            ("--overlap", "x", "whole number"),
            ("--blend", "smooth", "auto|exact|feather"),
            ("--syncgap", "4", "0 to 3"),
            ("--device", "-1", "whole number"),
            ("--threads", "many", "whole number"),
            ("--format", "doc", "png"),
            ("--format", "psd", "png"),
            ("--quality", "101", "100"),
            ("--effort", "-1", "whole number"),
            ("--jobs", "0", "1 to"),
            ("--max-pixels", "0", "whole number"),
            ("--progress", "sometimes", "auto|always|never|json"),
        ):
            with self.subTest(option=option, value=value):
                self.fails("in.png", option, value, code=USAGE, says=[option, f"'{value}'", right])

    def test_an_unknown_provider_lists_those_there_are(self):
        self.fails("in.png", "--provider", "abacus", code=USAGE, says=["abacus", "cpu"])

    def test_names_that_are_empty(self):
        self.fails("in.png", "--provider", "cpu,", code=USAGE, says=["a device has no name"])
        self.run_program("upscale", "-m", "", "in.png", expect=USAGE)

    def test_a_provider_that_is_not_here_is_not_replaced_in_silence(self):
        self.fails("in.png", "--provider", "coreml", says=["coreml", "cpu"])

    def test_encoder_settings_that_do_not_suit_the_format(self):
        self.fails("in.png", "-o", "out.webp", "--effort", "9", code=USAGE, says=["effort", "0 to 6"])
        self.fails("in.png", "-o", "out.psd", code=USAGE, says=["psd", "webp"])
        self.fails("in.png", "-o", "out.text", code=USAGE, says=["text", "webp"])
        self.fails("in.png", "--quality", "80", code=USAGE, says=["quality"])
        self.fails("in.png", "-o", "-", "--quality", "80", code=USAGE, says=["quality"])
        self.fails("in.png", "-o", "without", "--quality", "80", code=USAGE, says=["quality"])

    def test_unknown_options(self):
        self.fails("in.png", "--sacle", "2", code=USAGE, says=["--sacle"])
        self.fails("--bogus", code=USAGE, says=["--bogus"])

    def test_empty_names(self):
        for arguments in (["in.png", "-o", ""], ["", "-o", "out.png"], ["in.png", ""]):
            with self.subTest(arguments=arguments):
                self.fails(*arguments, code=USAGE, says=["empty"])

    def test_no_input(self):
        self.fails(code=USAGE, says=["INPUT"])

    def test_options_without_their_value(self):
        self.fails("in.png", "--scale", code=USAGE, says=["--scale"])

    def test_options_that_are_given_twice(self):
        self.fails("in.png", "--scale", "2", "--scale", "3", code=USAGE, says=["--scale", "once"])
        self.fails("in.png", "-o", "a.png", "-o", "b.png", code=USAGE, says=["--output", "once"])

    def test_no_command(self):
        said = self.run_program(expect=USAGE).stderr_text
        self.assertIn("upscale", said)

    def test_a_file_in_place_of_a_command(self):
        said = self.run_program("in.png", expect=USAGE).stderr_text
        self.assertIn("kizuna upscale in.png", said)

    def test_an_unknown_command(self):
        said = self.run_program("enlarge", expect=USAGE).stderr_text
        self.check_message(said, ["enlarge", "upscale", "devices", "models", "info"])

    def test_help_and_version_succeed(self):
        self.assertRegex(self.run_program("--version", expect=DONE).stdout_text, r"^kizuna \d+\.\d+\.\d+\n$")
        for command in ([], ["upscale"], ["devices"], ["models"], ["info"]):
            self.assertIn("Usage", self.run_program(*command, "--help").stdout_text)

    def test_control_characters_in_names_do_not_reach_the_terminal(self):
        said = self.upscale("\x1b[31m.png", expect=FAILED).stderr_text
        self.assertNotIn("\x1b", said)


if __name__ == "__main__":
    unittest.main()
