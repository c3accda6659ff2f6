"""Nothing is sent anywhere, and nothing is left beside the results: libraries that we open might."""

import unittest

from harness import ProgramTest

# With one of these, ONNX Runtime would keep quiet by itself.
QUIETENING = ("CI", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")


class Privacy(ProgramTest):
    def setUp(self):
        super().setUp()
        for name in [*QUIETENING, "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"]:
            self.environment.pop(name, None)
        self.environment["HOME"] = str(self.folder / "home")
        (self.folder / "home").mkdir()

    def test_onnx_runtime_leaves_no_telemetry_in_the_users_folder(self):
        self.picture("p.png")
        self.upscale("p.png", "--provider", "ort-cpu")
        self.assertEqual(self.names(), ["p.png", "p_x2.png"])

    def test_looking_for_devices_leaves_nothing(self):
        self.run_program("devices")
        self.assertEqual(self.names(), [])


if __name__ == "__main__":
    unittest.main()
