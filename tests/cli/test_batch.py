"""Many pictures: the broken ones do not hold up the others."""

import json
import unittest

import png
from harness import FAILED, ProgramTest, noise

PICTURES = 1000
BROKEN = ("p0007.png", "p0500.png", "p0999.png")


class ThousandPictures(ProgramTest):
    def setUp(self):
        super().setUp()
        good = png.encode(noise(4, 5))
        for number in range(PICTURES):
            name = f"p{number:04}.png"
            self.write(f"in/{name}", good[:60] if name in BROKEN else good)

    def test_three_broken_ones_are_named_and_the_others_done(self):
        done = self.upscale("in", "-o", "out", "--jobs", "2", expect=FAILED)
        self.assertEqual(len(self.names("out")), PICTURES - len(BROKEN))
        self.assertFalse(set(BROKEN) & set(self.names("out")))
        lines = done.stderr_text.splitlines()
        for name in BROKEN:
            self.assertEqual(len([line for line in lines if line.startswith(f"kizuna: in/{name}: ")]), 1)
            self.assertIn(f"  failed: in/{name}", lines[-len(BROKEN) :])
        self.assertIn("997 pictures upscaled", lines[-len(BROKEN) - 1])
        self.assertIn("3 failed", lines[-len(BROKEN) - 1])
        self.assertEqual(len(lines), 2 * len(BROKEN) + 1)

    def test_quiet_leaves_the_errors_only(self):
        done = self.upscale("in", "-o", "out", "--quiet", "-j", "4", expect=FAILED)
        self.assertEqual(len(done.stderr_text.splitlines()), len(BROKEN))

    def test_a_second_run_does_what_was_left(self):
        self.upscale("in", "-o", "out", "-j", "2", expect=FAILED)
        for name in BROKEN:
            self.write(f"in/{name}", png.encode(noise(4, 5)))
        done = self.upscale("in", "-o", "out", "-j", "2", "--skip-existing")
        self.assertIn("3 pictures upscaled", done.stderr_text)
        self.assertIn("997 skipped", done.stderr_text)


class Jobs(ProgramTest):
    def test_the_number_of_jobs_does_not_change_the_bytes(self):
        for number in range(8):
            self.picture(f"in/{number}.png", noise(40, 50 + number, seed=number))
        self.upscale("in", "-o", "one", "--tile", "32")
        self.upscale("in", "-o", "four", "--tile", "32", "--jobs", "4")
        for name in self.names("one"):
            self.assertEqual((self.folder / "one" / name).read_bytes(), (self.folder / "four" / name).read_bytes())

    def test_json_names_every_picture_and_its_end(self):
        self.picture("in/a.png")
        self.picture("in/b.png")
        self.write("in/c.png", b"broken")
        self.picture("out/b.png")
        done = self.upscale("in", "-o", "out", "-j", "2", "--skip-existing", "--progress", "json", expect=FAILED)
        events = [json.loads(line) for line in done.stderr_text.splitlines()]
        ends = {event["input"]: event["event"] for event in events if event["event"] in ("done", "skipped", "failed")}
        self.assertEqual(ends, {"in/a.png": "done", "in/b.png": "skipped", "in/c.png": "failed"})
        last = events[-1]
        self.assertEqual((last["event"], last["done"], last["skipped"], last["failed"], last["total"]), ("end", 1, 1, 1, 3))
        self.assertFalse(last["interrupted"])


if __name__ == "__main__":
    unittest.main()
