"""pip installs both packages into an environment, with nothing but what is on this machine, and they stand alone there."""

import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import ncnn_nearest
import tiny_onnx

BINDINGS = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = BINDINGS / "python-compat" / "tests" / "programs"
PATIENCE_S = 800  # it compiles the extension

PROGRAM = """
import pathlib, sys
import numpy as np
import kizuna
from sr_vulkan import sr_vulkan
import runtime.ai.ai_inference
inside = pathlib.Path(sys.prefix)
for module in (kizuna, sr_vulkan, runtime.ai.ai_inference):
    assert inside in pathlib.Path(module.__file__).parents, module
loaded = {line.split()[-1] for line in open("/proc/self/maps") if "libkizuna" in line}
assert loaded and all(inside in pathlib.Path(path).parents for path in loaded), loaded
if any(entry.installed for entry in kizuna.list_models()):
    result = kizuna.Upscaler().upscale(np.zeros((8, 8, 3), np.uint8))
    assert result.shape == (16, 16, 3)
    sr_vulkan.init()
    assert sr_vulkan.initSet(-1) == 0
    page = kizuna.encode_image(np.zeros((8, 8, 3), np.uint8), "png")
    assert sr_vulkan.add(page, sr_vulkan.MODEL_REALESRGAN_ANIMAVIDEOV3_UP2X, 1, 2.5, tileSize=100, format="webp") == 2
    data, format, back_id, _seconds = sr_vulkan.load(0)
    assert (data[8:12], format, back_id) == (b"WEBP", "webp", 1)
    assert sr_vulkan.stop() == 0
assert any(device.provider == "cpu" and device.available for device in kizuna.list_devices())
"""


NEEDED = ("ensurepip", "pip", "setuptools", "venv", "wheel")


@unittest.skipUnless(all(map(importlib.util.find_spec, NEEDED)), f"one of {NEEDED} is not there")
class Install(unittest.TestCase):
    def run_quietly(self, *command, environment, cwd):
        done = subprocess.run(
            [str(part) for part in command], env=environment, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_into_an_empty_environment(self):
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with tempfile.TemporaryDirectory(prefix="kizuna-venv-") as folder:
            environment["HOME"] = environment["XDG_DATA_HOME"] = folder
            # numpy and setuptools are the system's
            self.run_quietly(sys.executable, "-m", "venv", "--system-site-packages", "env", environment=environment, cwd=folder)
            python = pathlib.Path(folder) / "env" / "bin" / "python"
            self.run_quietly(
                python, "-m", "pip", "install", "--no-build-isolation", "--no-index", "--disable-pip-version-check",
                BINDINGS / "python", BINDINGS / "python-compat", environment=environment, cwd=folder,
            )
            self.run_quietly(python, "-c", PROGRAM, environment=environment, cwd=folder)
            self.run_programs_of_others(python, environment, pathlib.Path(folder))

    def run_programs_of_others(self, python, environment, folder):
        """As they were written for what these packages take the place of."""
        ncnn_nearest.write(folder / "models", "REALCUGAN_PRO_UP2X_DENOISE3X")
        (folder / "models" / "anime_sr_2x.onnx").write_bytes(tiny_onnx.nearest(names=("lr", "hr")))
        make_pictures = "import sys, kizuna, numpy; kizuna.write_image(numpy.zeros((40, 50, 3), 'u1'), sys.argv[1])"
        for picture in ("input.png", "0.jpg"):
            self.run_quietly(python, "-c", make_pictures, picture, environment=environment, cwd=folder)
        for program, results in (("document_example", ["output.png"]), ("sr_vulkan_own_test", ["1.webp", "2.webp"])):
            self.run_quietly(python, PROGRAMS / f"{program}.py", environment=environment, cwd=folder)
            self.assertTrue(all((folder / result).is_file() for result in results), program)


if __name__ == "__main__":
    unittest.main()
