"""--profile: what took how long, for those who want to see it."""

import json
import unittest

from harness import FAILED, ProgramTest, noise


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

    def test_a_trace_that_cannot_be_written_is_said(self):
        self.picture("p.png")
        process = self.upscale("p.png", "--profile", "no such folder/trace.json", expect=FAILED)
        self.assertIn("no such folder/trace.json", process.stderr_text)
        self.assertEqual(self.read("p_x2.png").shape, (18, 24, 3))


if __name__ == "__main__":
    unittest.main()
