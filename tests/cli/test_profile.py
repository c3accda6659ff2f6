"""--profile: what took how long, for those who want to see it."""

import json
import unittest

from harness import FAILED, USAGE, ProgramTest, noise


class Profile(ProgramTest):
    def test_a_trace_has_every_part_of_the_work(self):
        self.picture("p.png", noise(70, 90))
        self.upscale("p.png", "--tile", "32", "--profile", "trace.json")
        trace = json.loads((self.folder / "trace.json").read_text())
        spans = [event for event in trace["traceEvents"] if event["ph"] == "X"]
        by_kind = {}
        for span in spans:
            by_kind.setdefault(span["cat"], []).append(span)
        self.assertEqual(len(by_kind["decode row"]), 70)
        self.assertEqual(len(by_kind["encode row"]), 140)
        self.assertGreaterEqual(len(by_kind["tile"]), 4)
        (picture,) = by_kind["picture"]
        self.assertEqual(picture["name"], "picture 90×70")
        for tile in by_kind["tile"]:
            self.assertEqual(tile["tid"], picture["tid"])
            self.assertGreaterEqual(tile["ts"], picture["ts"])
            self.assertLessEqual(tile["ts"] + tile["dur"], picture["ts"] + picture["dur"] + 1)
        self.assertNotEqual(by_kind["encode row"][0]["tid"], picture["tid"])
        memory = [event for event in trace["traceEvents"] if event["ph"] == "C"]
        self.assertGreater(memory[0]["args"]["in_use_bytes"], 1 << 20)


class WhereItGoes(ProgramTest):
    def setUp(self):
        super().setUp()
        self.picture("in.png")
        self.picture("other.png")

    def test_a_trace_replaces_nothing_unless_told(self):
        self.write("trace.json", b"kept")
        done = self.upscale("in.png", "-o", "out.png", "--profile", "trace.json", expect=FAILED)
        self.assertIn("trace.json: it exists already; --overwrite replaces it", done.stderr_text)
        self.assertEqual((self.folder / "trace.json").read_text(), "kept")
        self.assertNotIn("out.png", self.names())
        self.upscale("in.png", "-o", "out.png", "--profile", "trace.json", "--overwrite")
        self.assertTrue(json.loads((self.folder / "trace.json").read_text())["traceEvents"])

    def test_a_trace_never_replaces_a_picture(self):
        before = (self.folder / "in.png").read_bytes()
        self.upscale("--profile", "in.png", "other.png", expect=FAILED)
        self.upscale("--profile", "in.png", "other.png", "--overwrite", expect=USAGE)
        self.assertEqual((self.folder / "in.png").read_bytes(), before)

    def test_a_place_that_cannot_be_is_said_before_anything_is_done(self):
        done = self.upscale("in.png", "-o", "out.png", "--profile", "nowhere/trace.json", expect=FAILED)
        self.assertIn("there is no folder nowhere", done.stderr_text)
        self.assertNotIn("out.png", self.names())


if __name__ == "__main__":
    unittest.main()
