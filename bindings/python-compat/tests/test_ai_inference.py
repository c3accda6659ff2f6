"""The interface of KizunaSR's AI inference module."""

import pathlib
import unittest

import kizuna
import numpy as np
import tiny_onnx
from kizuna_case import KizunaCase, enlarged, noise

PROGRAMS = pathlib.Path(__file__).parent / "programs"

try:
    import PIL.Image
except ImportError:
    PIL = None
else:
    from runtime.ai import ai_inference
    from runtime.ai.ai_inference import AIInferenceEngine, BackendDetector


@unittest.skipUnless(PIL, "PIL is not there")
class Inference(KizunaCase):
    def engine(self, **options):
        return AIInferenceEngine(model_path=str(self.network), **options)

    def test_the_example_of_the_document(self):
        (self.folder / "models").mkdir()
        (self.folder / "models" / "anime_sr_2x.onnx").write_bytes(tiny_onnx.nearest(names=("lr", "hr")))
        kizuna.write_image(noise(40, 50, 4), self.folder / "input.png")
        self.run_python((PROGRAMS / "document_example.py").read_text(encoding="utf-8"))
        self.assert_same(kizuna.read_image(self.folder / "output.png"), enlarged(noise(40, 50, 4)[:, :, :3]))

    def test_four_times_and_fixed_sizes(self):
        self.network.write_bytes(tiny_onnx.nearest(4))
        picture = noise(30, 20)
        result = self.engine(scale_factor=4).upscale(PIL.Image.fromarray(picture))
        self.assert_same(np.asarray(result), enlarged(picture, 4))
        self.network.write_bytes(tiny_onnx.nearest(size=(64, 64)))
        result = self.engine().upscale(PIL.Image.fromarray(noise(100, 150)))
        np.testing.assert_allclose(np.asarray(result, float), enlarged(noise(100, 150)), atol=1)

    def test_only_rgb(self):
        engine = self.engine()
        for mode in ("L", "RGBA", "P", "CMYK"):
            with self.assertRaisesRegex(ValueError, "Input image must be RGB"):
                engine.upscale(PIL.Image.new(mode, (5, 5)))
        for other in (None, noise(5, 5), "input.png"):
            with self.assertRaisesRegex(ValueError, "Input image must be RGB"):
                engine.upscale(other)

    def test_rgb_gives_rgb_even_where_a_colour_stands_for_transparency(self):
        image = PIL.Image.fromarray(noise(30, 20))
        image.info["transparency"] = image.getpixel((0, 0))
        self.assert_same(np.asarray(self.engine().upscale(image)), enlarged(noise(30, 20)))
        self.assertIn("transparency", image.info)

    def test_a_missing_file(self):
        with self.assertRaisesRegex(FileNotFoundError, "models/absent.onnx"):
            AIInferenceEngine("models/absent.onnx")

    def test_providers(self):
        available = BackendDetector.get_available_providers()
        self.assertIn("CPUExecutionProvider", available)
        self.assertEqual(BackendDetector.select_best_provider(), available[0])
        for name in available:
            self.assertEqual(self.engine(provider=name).provider, name)
        for name in ("NonExistentProvider", *{"CUDAExecutionProvider", "DmlExecutionProvider"} - set(available)):
            with self.assertRaisesRegex(RuntimeError, "CPUExecutionProvider.*fallback"):
                self.engine(provider=name)

    def test_wrong_numbers(self):
        for options in ({"scale_factor": 3}, {"tile_size": 0}, {"tile_overlap": -1}, {"tile_size": 64, "tile_overlap": 64}):
            with self.assertRaises(ValueError):
                self.engine(**options)

    def test_tiles_cover_every_pixel(self):
        engine = self.engine(tile_size=64, tile_overlap=16)
        for height, width in ((1, 1), (64, 64), (65, 200), (112, 113), (300, 40)):
            picture = noise(height, width)
            covered = np.zeros((height, width), int)
            for tile, (x, y, w, h) in engine.extract_tiles(picture):
                self.assertEqual((tile.shape, tile.dtype), ((1, 3, h, w), np.float32))
                self.assert_same(engine.postprocess(tile), picture[y : y + h, x : x + w])
                covered[y : y + h, x : x + w] += 1
            self.assertGreater(covered.min(), 0)

    def test_no_seams(self):
        engine = self.engine(tile_size=64, tile_overlap=32)
        solid = engine.upscale(PIL.Image.new("RGB", (200, 150), (200, 100, 50)))
        self.assertEqual(solid.getcolors(), [(400 * 300, (200, 100, 50))])
        ramp = np.repeat(np.arange(200, dtype=np.uint8)[np.newaxis, :, np.newaxis], 3, axis=2).repeat(90, axis=0)
        result = np.asarray(engine.upscale(PIL.Image.fromarray(ramp)))
        self.assertLessEqual(np.abs(np.diff(result.astype(int), axis=1)).max(), 1)
        edge = np.zeros((150, 200, 3), np.uint8)
        edge[:, 77:] = 255
        self.assert_same(np.asarray(engine.upscale(PIL.Image.fromarray(edge))), enlarged(edge))

    def test_the_module_names_both_classes(self):
        self.assertIs(ai_inference.AIInferenceEngine, AIInferenceEngine)


if __name__ == "__main__":
    unittest.main()
