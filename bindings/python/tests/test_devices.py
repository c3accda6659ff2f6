"""What can compute here, and how fast."""

import os
import pathlib
import tempfile
import unittest
import unittest.mock

import kizuna
import tiny_onnx


class Devices(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="kizuna-python-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        environment = unittest.mock.patch.dict(os.environ, {"XDG_CONFIG_HOME": str(self.folder)})
        environment.start()
        self.addCleanup(environment.stop)
        network = self.folder / "nearest.onnx"
        network.write_bytes(tiny_onnx.nearest())
        self.model = kizuna.Model.load(str(network))

    def test_a_probe_knows_names_and_speeds(self):
        (cpu,) = [device for device in kizuna.probe_devices() if device.provider == "cpu"]
        self.assertTrue(cpu.name)
        self.assertEqual(cpu.driver, "")
        self.assertGreaterEqual(cpu.total_memory, cpu.free_memory)
        speeds = {speed.precision: speed for speed in cpu.speeds}
        self.assertGreater(speeds["fp32"].megapixels_per_second, 0)
        self.assertTrue(speeds["fp16"].problem)

    def test_tune_tells_and_keeps(self):
        told = []
        (best,) = kizuna.tune(self.model, provider="cpu", progress=told.append)
        self.assertEqual((best.provider, best.device, best.precision, best.problem), ("cpu", 0, "fp32", ""))
        self.assertIn(best.tile, {one.tile for one in told})
        self.assertGreater(best.megapixels_per_second, 0)
        self.assertTrue((self.folder / "kizuna" / "tuning.json").is_file())

    def test_tune_can_be_cancelled_and_then_keeps_nothing(self):
        cancel = kizuna.CancelSource()
        with self.assertRaises(kizuna.Cancelled):
            kizuna.tune(self.model, provider="cpu", progress=lambda one: cancel.cancel(), cancel=cancel)
        self.assertFalse((self.folder / "kizuna" / "tuning.json").exists())

        def fail(one):
            raise KeyError(one.provider)

        with self.assertRaises(KeyError):
            kizuna.tune(self.model, provider="cpu", progress=fail)
        self.assertFalse((self.folder / "kizuna" / "tuning.json").exists())

    def test_tune_knows_no_such_device(self):
        with self.assertRaises(ValueError):
            kizuna.tune(self.model, provider="nonsense")


if __name__ == "__main__":
    unittest.main()
