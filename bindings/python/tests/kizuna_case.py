"""What the tests of the Python packages have in common."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import tiny_onnx

PATIENCE_S = 60  # for what takes a moment: a test that waits as long has failed


def noise(height, width, channels=3, number=np.uint8, seed=1):
    """A picture without two equal places; channels=0: height x width."""
    shape = (height, width, channels) if channels else (height, width)
    random = np.random.default_rng(seed)
    if np.issubdtype(number, np.floating):
        return random.random(shape, number)
    return random.integers(0, np.iinfo(number).max, shape, number, endpoint=True)


def enlarged(picture, scale=2):
    """What tiny_onnx.nearest() makes of it."""
    return picture.repeat(scale, axis=0).repeat(scale, axis=1)


class KizunaCase(unittest.TestCase):
    """Each test has a folder with a network that repeats pixels, and one that does the same slowly."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="kizuna-python-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.network = self.folder / "nearest.onnx"
        self.network.write_bytes(tiny_onnx.nearest())

    def slow_network(self, layers=50):
        path = self.folder / "slow.onnx"
        path.write_bytes(tiny_onnx.slow(layers=layers))
        return path

    def assert_same(self, actual, expected):
        self.assertEqual((actual.shape, actual.dtype), (expected.shape, expected.dtype))
        np.testing.assert_array_equal(actual, expected)

    def run_python(self, program, *arguments, expect=0):
        """Runs a program in a process of its own; returns what it printed."""
        command = [sys.executable, "-c", program, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.folder, env=dict(os.environ), capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout
