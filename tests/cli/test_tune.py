"""kizuna tune: what it measures, keeps, and what upscale makes of it."""

import json
import unittest

import tiny_onnx
from harness import FAILED, USAGE, ProgramTest, noise


class Tune(ProgramTest):
    kept = None  # what tune writes of both processors' engines: measured once for those tests that only use it

    def setUp(self):
        super().setUp()
        self.table = self.folder / "config" / "kizuna" / "tuning.json"
        self.picture("p.png")

    def tune(self, *arguments):
        return self.run_program("tune", "-m", self.network, *arguments)

    def use_measurements(self):
        if Tune.kept is None:
            self.tune("--provider", "cpu,ort-cpu")
            Tune.kept = self.table.read_bytes()
        self.write(self.table.relative_to(self.folder), Tune.kept)

    def provider_of_upscale(self, *arguments):
        result = self.run_program(
            "upscale", "p.png", "-m", self.network, "-o", "out.png", "--overwrite", "--progress", "json", *arguments)
        (begin,) = [event for event in map(json.loads, result.stderr_text.splitlines()) if event["event"] == "begin"]
        return begin["provider"]

    def change(self, provider, **fields):
        table = json.loads(self.table.read_text())
        for line in table["measured"]:
            if line["provider"] == provider:
                line.update(fields)
        self.table.write_text(json.dumps(table))

    def test_measures_every_device_that_works(self):
        best = json.loads(self.tune("--json").stdout_text)
        devices = json.loads(self.run_program("devices", "--json").stdout_text)
        self.assertEqual({one["provider"] for one in best}, {one["provider"] for one in devices if one["available"]})
        speeds = [one["megapixels_per_second"] for one in best]
        self.assertEqual(speeds, sorted(speeds, reverse=True))
        self.assertGreater(speeds[-1], 0)
        for one in best:
            self.assertIn(one["precision"], ("fp32", "fp16", "bf16"))
            self.assertGreater(one["tile_px"], 0)

    def test_says_what_it_measures_and_where_that_is_kept(self):
        result = self.tune("--provider", "cpu")
        self.assertIn(str(self.table), result.stdout_text)
        self.assertRegex(result.stdout_text, r"cpu +fp32 +tiles of [0-9]+ +[0-9.e+]+ MP/s")
        self.assertGreaterEqual(result.stderr_text.count("MP/s"), 2)
        self.assertEqual({line["provider"] for line in json.loads(self.table.read_text())["measured"]}, {"cpu"})

    def test_auto_takes_the_fastest_from_then_on(self):
        self.use_measurements()
        for fast, slow in (("ort-cpu", "cpu"), ("cpu", "ort-cpu")):
            self.change(fast, megapixels_per_second=1000)
            self.change(slow, megapixels_per_second=1)
            self.assertEqual(self.provider_of_upscale(), fast)
            self.assertEqual(self.provider_of_upscale("--provider", slow), slow)
        self.change("cpu", hardware="a machine of last year")
        self.change("ort-cpu", megapixels_per_second=1)
        self.assertEqual(self.provider_of_upscale(), "cpu")

    def test_tiles_are_those_that_were_best(self):
        self.use_measurements()
        self.picture("large.png", noise(300, 400))
        for tile in (64, 200):
            self.change("cpu", tile_px=tile)
            lines = self.run_program(
                "upscale", "large.png", "-m", self.network, "--provider", "cpu", "--overwrite",
                "--print-tiles").stdout_text.splitlines()
            self.assertEqual(len(lines), -(-300 // tile) * -(-400 // tile))

    def test_another_network_is_not_concerned(self):
        self.use_measurements()
        self.change("ort-cpu", megapixels_per_second=1000)
        self.network = self.write("networks/other.onnx", tiny_onnx.nearest(3))
        self.assertEqual(self.provider_of_upscale(), "cpu")

    def test_a_damaged_table_is_said_and_does_no_harm(self):
        self.write("config/kizuna/tuning.json", b"{")
        self.assertEqual(self.provider_of_upscale(), "cpu")
        warning = self.run_program("upscale", "p.png", "-m", self.network, "-o", "again.png").stderr_text
        self.assertIn("tuning.json", warning)
        self.tune("--provider", "cpu")
        self.assertEqual(len(json.loads(self.table.read_text())["measured"]), 1)

    def test_what_cannot_be_measured_is_an_error(self):
        self.assertIn("there is no provider called nonsense", self.run_program(
            "tune", "--provider", "nonsense", expect=USAGE).stderr_text)
        self.assertIn("no such network", self.run_program("tune", "-m", "none.onnx", expect=FAILED).stderr_text)
        self.write("config/kizuna", b"no folder")
        self.assertIn(str(self.table.parent), self.run_program(
            "tune", "-m", self.network, "--provider", "cpu", expect=FAILED).stderr_text)


if __name__ == "__main__":
    unittest.main()
