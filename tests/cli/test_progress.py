"""What the program says while it works."""

import json
import os
import pty
import re
import unittest

import tiny_onnx
from harness import DONE, FAILED, PATIENCE_S, USAGE, ProgramTest, noise

BAR = re.compile(r"\[.*[#.]{24}.*\]")


class OnATerminal(ProgramTest):
    def setUp(self):
        super().setUp()
        self.picture("p.png", noise(100, 100))
        self.environment.update(TERM="xterm")
        for name in ("CI", "NO_COLOR"):
            self.environment.pop(name, None)

    def say_to_terminal(self, *arguments, expect=DONE):
        """What reached a terminal that is standard error."""
        ours, theirs = pty.openpty()
        command = ("upscale", *self.defaults([]), "--tile", "32", *arguments)
        with self.start(*command, stderr=theirs) as process:
            os.close(theirs)
            said = b""
            while True:
                try:
                    block = os.read(ours, 65536)
                except OSError:  # Linux says so when the other end is closed
                    break
                if not block:
                    break
                said += block
            process.wait(PATIENCE_S)
        os.close(ours)
        self.assertEqual(process.returncode, expect, said)
        return said.decode()

    def test_a_bar_is_drawn_and_taken_away(self):
        said = self.say_to_terminal("p.png")
        self.assertRegex(said, BAR)
        self.assertIn("p.png", said)
        after_the_bar = said[said.rindex("\x1b[K") :]
        self.assertNotRegex(after_the_bar, BAR)
        self.assertIn("p_x2.png  100×100 → 200×200", after_the_bar)

    def test_colour_unless_asked_not_to(self):
        self.assertIn("\x1b[36m", self.say_to_terminal("p.png", "-o", "1.png"))
        self.environment["NO_COLOR"] = "1"
        self.assertNotIn("\x1b[36m", self.say_to_terminal("p.png", "-o", "2.png"))

    def test_no_bar_where_it_is_not_welcome(self):
        for change in ({"TERM": "dumb"}, {"CI": "true"}):
            with self.subTest(change=change):
                saved = dict(self.environment)
                self.environment.update(change)
                self.assertNotRegex(self.say_to_terminal("p.png", "--overwrite"), BAR)
                self.environment = saved
        self.assertNotRegex(self.say_to_terminal("p.png", "--overwrite", "--progress", "never"), BAR)
        self.assertNotRegex(self.say_to_terminal("p.png", "--overwrite", "-q"), BAR)

    def test_several_pictures_show_how_many_are_done(self):
        self.picture("q.png", noise(100, 100))
        self.assertIn("/2", self.say_to_terminal("p.png", "q.png", "-o", "out"))

    def test_an_error_stands_on_a_line_of_its_own(self):
        self.write("broken.png", b"broken")
        said = self.say_to_terminal("p.png", "broken.png", "-o", "out", expect=FAILED)
        lines = re.split(r"\r\n|\x1b\[K|\r", said)
        self.assertTrue(any(line.startswith("kizuna: broken.png: ") for line in lines), said)


class Reports(ProgramTest):
    def setUp(self):
        super().setUp()
        self.picture("p.png", noise(100, 100))

    def test_no_bar_without_a_terminal(self):
        self.assertEqual(len(self.upscale("p.png", "--tile", "32").stderr_text.splitlines()), 1)

    def test_a_bar_when_asked_for(self):
        self.assertRegex(self.upscale("p.png", "--tile", "32", "--progress", "always").stderr_text, BAR)

    def test_quiet_says_nothing(self):
        done = self.upscale("p.png", "-q")
        self.assertEqual((done.stdout_text, done.stderr_text), ("", ""))

    def test_quiet_still_says_errors(self):
        self.fails("missing.png", "-q", says=["missing.png"])

    def test_verbose_tells_device_tiles_and_times(self):
        said = self.upscale("p.png", "-v", "--provider", "cpu", "--tile", "50").stderr_text
        self.assertIn("nearest on cpu", said)
        self.assertRegex(said, r"decoding [\d.]+ s, network [\d.]+ s in 4 tiles, encoding [\d.]+ s")

    def test_quiet_and_verbose_exclude_each_other(self):
        self.fails("p.png", "-q", "-v", code=USAGE, says=["excludes"])

    def json_events(self, *arguments, **options):
        done = self.upscale(*arguments, "--progress", "json", **options)
        return [json.loads(line) for line in done.stderr_text.splitlines()]

    def test_json_tells_the_whole_story(self):
        events = self.json_events("p.png", "--tile", "50")
        self.assertEqual(events[0]["event"], "begin")
        self.assertEqual((events[0]["pictures"], events[0]["model"]), (1, "nearest"))
        progress = [event for event in events if event["event"] == "progress"]
        self.assertEqual([event["tiles_done"] for event in progress], [1, 2, 3, 4])
        self.assertEqual({event["tiles_total"] for event in progress}, {4})
        self.assertEqual({event["input"] for event in progress}, {"p.png"})
        done = events[-2]
        self.assertEqual((done["event"], done["output"], done["output_width"]), ("done", "p_x2.png", 200))
        self.assertEqual(events[-1]["event"], "end")

    def test_json_tells_errors_by_their_code(self):
        self.write("broken.png", b"\x89PNG\r\n\x1a\nbroken")
        events = self.json_events("broken.png", expect=FAILED)
        failed = [event for event in events if event["event"] == "failed"]
        self.assertEqual([(event["input"], event["code"]) for event in failed], [("broken.png", "corrupt")])

    def test_json_tells_tiles(self):
        events = self.json_events("p.png", "--print-tiles", "--tile", "50")
        tiles = [event for event in events if event["event"] == "tile"]
        self.assertEqual(len(tiles), 4)
        self.assertEqual(tiles[-1]["output_x"] + tiles[-1]["output_width"], 200)

    @unittest.skipUnless(os.environ.get("KIZUNA_TEST_SWIFTSHADER_ICD"), "KIZUNA_TEST_SWIFTSHADER_ICD is not set")
    def test_tiles_that_were_computed_again_are_counted(self):
        # The processor has to say whether a black result of a card is right.
        black = self.write("networks/black.onnx", tiny_onnx.dim(0.0))
        driver = os.environ["KIZUNA_TEST_SWIFTSHADER_ICD"]
        self.environment |= {"VK_ICD_FILENAMES": driver, "VK_DRIVER_FILES": driver, "XDG_RUNTIME_DIR": str(self.folder)}
        on_a_card = ("p.png", "-o", "out.png", "--overwrite", "--provider", "webgpu")
        (done,) = (event for event in self.json_events(*on_a_card, model=black) if event["event"] == "done")
        self.assertGreater(done["repeated_tiles"], 0)
        said = self.upscale(*on_a_card, "-v", model=black).stderr_text
        self.assertRegex(said, r"[1-9]\d* tiles? computed again")
        (done,) = (event for event in self.json_events("p.png", "-o", "own.png") if event["event"] == "done")
        self.assertEqual(done["repeated_tiles"], 0)

    def test_warnings_name_their_picture_once(self):
        self.picture("alpha.png", noise(9, 9, channels=4))
        said = self.upscale("alpha.png", "-o", "out.jpg").stderr_text
        warnings = [line for line in said.splitlines() if "warning" in line]
        self.assertEqual(len(warnings), 1, said)
        self.assertIn("alpha", warnings[0])


if __name__ == "__main__":
    unittest.main()
