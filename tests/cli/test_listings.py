"""kizuna devices, models, info: for people and as JSON."""

import json
import subprocess
import unittest

import png
import tiny_onnx
from harness import FAILED, ProgramTest, noise

DEFAULT_NETWORK = "realesr-animevideov3-x2"


class Devices(ProgramTest):
    def test_the_processor_is_always_there(self):
        lines = self.run_program("devices").stdout_text.splitlines()
        (cpu,) = [line for line in lines if line.startswith("cpu ")]
        self.assertIn(" available", cpu)
        self.assertNotIn("not available", cpu)

    def test_json_says_why_the_others_are_not(self):
        devices = json.loads(self.run_program("devices", "--json").stdout_text)
        by_name = {device["provider"]: device for device in devices}
        self.assertTrue(by_name["cpu"]["available"])
        self.assertIn("CPUExecutionProvider", by_name["ort-cpu"]["aliases"])
        for device in devices:
            self.assertNotEqual(device["available"], bool(device["problem"]), device)

    def test_a_probe_measures_what_works(self):
        devices = json.loads(self.run_program("devices", "--probe", "--json").stdout_text)
        (cpu,) = [device for device in devices if device["provider"] == "cpu"]
        self.assertTrue(cpu["name"])
        self.assertGreaterEqual(cpu["total_memory_bytes"], cpu["free_memory_bytes"])
        speeds = {speed["precision"]: speed for speed in cpu["speeds"]}
        self.assertGreater(speeds["fp32"]["megapixels_per_second"], 0)
        for speed in cpu["speeds"]:
            self.assertNotEqual(speed["megapixels_per_second"] > 0, bool(speed["problem"]), speed)
        (line,) = [line for line in self.run_program("devices", "--probe").stdout_text.splitlines() if line.startswith("cpu ")]
        self.assertIn(cpu["name"], line)
        self.assertRegex(line, r"fp32 [0-9.e+-]+ MP/s")

    def test_auto_takes_one_that_works(self):
        self.picture("p.png")
        self.upscale("p.png", "--provider", "auto")
        self.assertEqual(self.read("p_x2.png").shape, (18, 24, 3))

    def test_every_available_device_upscales(self):
        self.picture("p.png")
        for device in json.loads(self.run_program("devices", "--json").stdout_text):
            if device["available"]:
                for name in (device["provider"], *device["aliases"]):
                    with self.subTest(provider=name):
                        self.upscale("p.png", "--provider", name, "--overwrite")


class Models(ProgramTest):
    def test_the_default_is_marked(self):
        text = self.run_program("models").stdout_text
        (line,) = [line for line in text.splitlines() if "[default]" in line]
        self.assertTrue(line.startswith(DEFAULT_NETWORK))

    def test_json(self):
        models = json.loads(self.run_program("models", "--json").stdout_text)
        by_name = {model["name"]: model for model in models}
        self.assertTrue(by_name[DEFAULT_NETWORK]["default"])
        self.assertEqual(by_name[DEFAULT_NETWORK]["scale"], 2)
        self.assertTrue(by_name["realesrgan-x4plus-anime"]["licence"])

    def test_networks_in_the_users_folder_are_listed(self):
        self.write("library/mine.onnx", tiny_onnx.nearest())
        self.environment["KIZUNA_MODELS"] = str(self.folder / "library")
        models = json.loads(self.run_program("models", "--json").stdout_text)
        (mine,) = [model for model in models if model["name"] == "mine"]
        self.assertTrue(mine["installed"])
        self.assertEqual(mine["path"], str(self.folder / "library/mine.onnx"))
        text = self.run_program("models").stdout_text
        self.assertIn("mine", text)
        self.assertIn(str(self.folder / "library"), text)


class Info(ProgramTest):
    def json_of(self, *names, **options):
        return json.loads(self.run_program("info", "--json", *names, **options).stdout_text)

    def test_a_picture(self):
        self.write("p.png", png.encode(noise(9, 12, channels=4), png.density(72), png.orientation(6)))
        (found,) = self.json_of("p.png")
        expected = {"path": "p.png", "kind": "picture", "format": "png", "width": 12, "height": 9, "channels": 4,
                    "sample": "u8", "alpha": True, "orientation": 6, "frames": 1, "icc_bytes": 0}
        self.assertEqual({name: found[name] for name in expected}, expected)
        self.assertAlmostEqual(found["density"]["x_dpi"], 72, delta=0.1)
        text = self.run_program("info", "p.png").stdout_text
        for word in ("png", "12×9", "RGB + alpha", "8 bits", "72"):
            self.assertIn(word, text)

    def test_a_network(self):
        (found,) = self.json_of(self.write("blur.onnx", tiny_onnx.blur(scale=2, radius=2)))
        self.assertEqual((found["kind"], found["scale"], found["channels"]), ("network", 2, 3))
        self.assertEqual(found["receptive_field_px"], 2)
        text = self.run_program("info", "blur.onnx").stdout_text
        self.assertIn("2 pixels", text)

    def test_what_is_not_called_by_its_kind_is_told_by_its_content(self):
        self.write("network", tiny_onnx.nearest(scale=2))
        self.write("picture", png.encode(noise(9, 12)))
        self.assertEqual([each["kind"] for each in self.json_of("network", "./network", "picture")], ["network", "network", "picture"])
        self.write("neither", b"hello" * 50)
        said = self.run_program("info", "neither", expect=FAILED)
        self.assertIn("this is not a picture of a kind that can be read", said.stderr_text)

    def test_a_network_of_fixed_size(self):
        (found,) = self.json_of(self.write("fixed.onnx", tiny_onnx.nearest(size=(48, 64))))
        self.assertEqual((found["fixed_width_px"], found["fixed_height_px"]), (64, 48))

    def test_a_network_with_an_unknown_operator_names_it(self):
        (found,) = self.json_of(self.write("unknown.onnx", tiny_onnx.with_unknown_operator()))
        self.assertIn("Sin", found["remark"])
        self.assertIsNone(found["receptive_field_px"])

    def test_several_files_of_which_one_is_broken(self):
        self.picture("a.png")
        self.write("b.png", b"broken")
        found = self.json_of("a.png", "b.png", "missing.png", expect=FAILED)
        self.assertEqual([each["kind"] for each in found], ["picture", "error", "error"])
        self.assertEqual(found[2]["code"], "not_found")
        said = self.run_program("info", "a.png", "b.png", expect=FAILED)
        self.assertIn("kizuna: b.png", said.stderr_text)
        self.assertIn("12×9", said.stdout_text)

    def test_output_that_cannot_be_written_is_an_error(self):
        self.picture("a.png")
        with open("/dev/full", "wb") as full:
            with self.start("info", "a.png", stdout=full, stderr=subprocess.PIPE) as process:
                _, said = process.communicate()
        self.assertEqual(process.returncode, FAILED)
        self.assertIn(b"standard output", said)


if __name__ == "__main__":
    unittest.main()
