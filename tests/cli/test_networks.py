"""Every kind of network that somebody may bring, and those that cannot be right."""

import os
import pathlib
import shutil
import unittest

import numpy as np
import tiny_onnx
from harness import USAGE, ProgramTest, enlarged, noise


class GoodNetworks(ProgramTest):
    def check(self, network, *, scale=2, picture=None, options=()):
        given = noise(30, 40) if picture is None else picture
        self.picture("in.png", given)
        path = self.write("networks/this.onnx", network)
        for provider in ("cpu", "ort-cpu"):
            with self.subTest(provider=provider):
                self.upscale("in.png", "-o", "out.png", "--overwrite", "--provider", provider, *options, model=path)
                self.assert_same(self.read("out.png"), enlarged(given, scale))

    def test_other_scales(self):
        for scale in (1, 3, 4):
            with self.subTest(scale=scale):
                self.check(tiny_onnx.nearest(scale), scale=scale)

    def test_one_channel_runs_once_for_each_colour(self):
        self.check(tiny_onnx.nearest(channels=1))
        self.check(tiny_onnx.nearest(channels=1), picture=noise(30, 40, channels=1))

    def test_half_floats_in_and_out(self):
        self.check(tiny_onnx.nearest(float16=True))

    def test_other_names_of_tensors(self):
        self.check(tiny_onnx.nearest(names=("画像", "ans/wer:0")))

    def test_a_fixed_size_larger_than_the_picture(self):
        self.check(tiny_onnx.nearest(size=(64, 48)))

    def test_a_fixed_size_smaller_than_the_picture(self):
        self.check(tiny_onnx.nearest(size=(16, 24)))

    def test_older_and_newer_opsets(self):
        for opset in (11, 17, 21):
            with self.subTest(opset=opset):
                self.check(tiny_onnx.nearest(opset=opset))

    def test_operators_that_we_do_not_know_run_all_the_same(self):
        given = noise(70, 90)
        self.picture("in.png", given)
        network = self.write("networks/unknown.onnx", tiny_onnx.with_unknown_operator())
        self.upscale("in.png", "-o", "out.png", "--tile", "32", "--overlap", "8", "--provider", "auto", model=network)
        self.assertLessEqual(np.abs(self.read("out.png").astype(int) - enlarged(given)).max(), 1)

    def test_our_engine_names_the_operator_that_it_does_not_know(self):
        self.picture("in.png")
        network = self.write("networks/unknown.onnx", tiny_onnx.with_unknown_operator())
        self.fails("in.png", "--provider", "cpu", model=network, says=["Sin", "cpu"])

    def test_where_no_device_opens_a_network_each_says_why(self):
        self.picture("in.png")
        network = self.write("networks/nobody.onnx", tiny_onnx.with_operator_of_nobody())
        self.fails("in.png", "--provider", "auto", model=network, says=["no device", "; ort-cpu: ", "cpu: ", "Frobnicate"])

    def test_names_are_looked_up_in_the_folder_of_networks(self):
        self.write("library/mine.onnx", tiny_onnx.nearest(3))
        self.environment["KIZUNA_MODELS"] = str(self.folder / "library")
        self.picture("in.png")
        self.upscale("in.png", model="mine")
        self.assertEqual(self.read("in_x3.png").shape, (27, 36, 3))


class SeveralDevices(ProgramTest):
    """The processor by both engines: two devices, as different as two cards."""

    def test_share_a_picture_and_its_result_is_the_same(self):
        picture = noise(90, 120)
        self.picture("in.png", picture)
        self.upscale("in.png", "--tile", "16", "--provider", "cpu,ort-cpu:0")
        self.assert_same(self.read("in_x2.png"), enlarged(picture))

    def test_are_named_in_reports(self):
        self.picture("in.png")
        said = self.upscale("in.png", "--provider", "cpu,ort-cpu", "-v").stderr_text
        self.assertIn("cpu:0,ort-cpu:0", said)

    def test_numbers_go_with_one_provider(self):
        self.picture("in.png")
        self.upscale("in.png", "--provider", "cpu", "--device", "0,0")
        self.fails("in.png", "--provider", "cpu", "--device", "0,1", "--overwrite", says=("no device 1",))
        self.fails("in.png", "--device", "0,-1", "--overwrite", code=USAGE, says=("'-1'", "whole number"))
        self.fails("in.png", "--provider", "cpu:x", "--overwrite", code=USAGE, says=("cpu:x", "no device"))
        self.fails("in.png", "--provider", "cpu,ort-cpu", "--device", "0,1", code=USAGE, says=("--device",))


class BadNetworks(ProgramTest):
    def setUp(self):
        super().setUp()
        self.picture("in.png")

    def check(self, network, *says):
        path = self.write("networks/bad.onnx", network)
        return self.fails("in.png", model=path, says=says)

    def test_not_a_number_is_not_passed_off_as_black(self):
        self.check(tiny_onnx.not_a_number(), "in.png", "NaN")

    def test_a_result_of_uneven_scale(self):
        self.check(tiny_onnx.uneven())

    def test_a_result_of_five_channels(self):
        self.check(tiny_onnx.five_channels(), "channels")

    def test_a_file_that_is_cut_off(self):
        self.check(tiny_onnx.nearest()[:-100], "bad.onnx")

    def test_a_file_that_is_no_network(self):
        self.check(b"hello" * 100, "bad.onnx")

    def test_an_empty_file(self):
        self.check(b"", "bad.onnx")

    def test_no_such_file(self):
        self.fails("in.png", model="missing.onnx", says=["missing.onnx"])

    def test_no_such_name_lists_those_there_are(self):
        self.write("library/mine.onnx", tiny_onnx.nearest())
        self.environment["KIZUNA_MODELS"] = str(self.folder / "library")
        self.fails("in.png", model="no-such-network", says=["no-such-network", "mine"])

    def test_no_networks_at_all_says_where_they_belong(self):
        # The library looks beside itself: a copy with nothing beside it.
        libraries = pathlib.Path(os.environ["KIZUNA_BIN"]).parent.parent / "lib"
        shutil.copytree(libraries, self.folder / "bare" / "lib", ignore=shutil.ignore_patterns("kizuna"))
        self.environment["LD_LIBRARY_PATH"] = str(self.folder / "bare" / "lib")
        self.fails("in.png", model="no-such-network", says=["no-such-network", str(self.folder / "data")])


if __name__ == "__main__":
    unittest.main()
