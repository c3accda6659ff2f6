"""What the tests of the program have in common. KIZUNA_BIN names the program."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np
import tiny_onnx
from png_io import read_png, write_png

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
PROGRAM = os.environ.get("KIZUNA_BIN", "kizuna")
PATIENCE_S = 120


def noise(height, width, channels=3, number=np.uint8, seed=1):
    """A picture without two equal places."""
    return np.random.default_rng(seed).integers(0, np.iinfo(number).max, (height, width, channels), number, endpoint=True)


def enlarged(picture, scale=2):
    """What tiny_onnx.nearest() makes of it."""
    return picture.repeat(scale, axis=0).repeat(scale, axis=1)


class ProgramTest(unittest.TestCase):
    """Each test has an empty folder, with one network in it: nearest.onnx, which is used where none is named."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="kizuna-cli-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.network = self.write("networks/nearest.onnx", tiny_onnx.nearest())
        users_own = ("KIZUNA_MODELS", "KIZUNA_MANIFEST")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(users_own)}
        self.environment["XDG_DATA_HOME"] = str(self.folder / "data")  # no networks but those that a test puts there
        self.environment["XDG_DATA_DIRS"] = str(self.folder / "system")
        self.environment["XDG_CONFIG_HOME"] = str(self.folder / "config")  # nothing that tune has measured

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def picture(self, name, picture=None):
        """Writes a PNG file; 12x9 RGB noise if nothing else is given."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_png(path, noise(9, 12) if picture is None else picture)
        return path

    def read(self, name):
        return read_png(self.folder / name)

    def names(self, folder="."):
        """All files below, as sorted relative names, but for the network's."""
        root = self.folder / folder
        found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        return sorted(name for name in found if not name.startswith("networks/"))

    def start(self, *arguments, **options):
        command = [PROGRAM, *map(str, arguments)]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, **options)

    def run_program(self, *arguments, expect=DONE, stdin=b""):
        """Returns the finished process, texts decoded; fails with what it said if it did not end with `expect`."""
        with self.start(*arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            stdout, stderr = process.communicate(stdin, timeout=PATIENCE_S)
        said = stderr.decode(errors="replace")
        command = " ".join(map(str, arguments))
        self.assertEqual(process.returncode, expect, f"kizuna {command}\nsaid: {said}")
        process.stdout_bytes, process.stdout_text, process.stderr_text = stdout, stdout.decode(errors="replace"), said
        return process

    def upscale(self, *arguments, model=None, **options):
        return self.run_program("upscale", *self.defaults(arguments, model), *arguments, **options)

    def defaults(self, arguments, model=None):
        """The processor, which is the same everywhere, and the network of this test."""
        provider = () if "--provider" in arguments else ("--provider", "cpu")
        return ("--model", model or self.network, *provider)

    def fails(self, *arguments, code=FAILED, says=(), **options):
        """The program says what is wrong, in one line for each thing, and leaves no file that was not there."""
        before = self.names()
        process = self.upscale(*arguments, expect=code, **options)
        self.check_message(process.stderr_text, says)
        self.assertEqual(self.names(), before)
        return process

    def check_message(self, text, says):
        self.assertTrue(text.startswith("kizuna: "), text)
        self.assertEqual(len(text.strip().splitlines()), 1, text)
        for part in says:
            self.assertIn(part, text)

    def assert_same(self, actual, expected):
        self.assertEqual((actual.shape, actual.dtype), (expected.shape, expected.dtype))
        np.testing.assert_array_equal(actual, expected)
