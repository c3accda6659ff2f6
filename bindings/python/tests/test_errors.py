"""What is wrong raises Python's own exceptions, with the library's sentence, and never ends the process."""

import os
import unittest

import kizuna
import numpy as np
import tiny_onnx
from kizuna_case import KizunaCase, noise


class Kinds(KizunaCase):
    def setUp(self):
        super().setUp()
        self.upscaler = kizuna.Upscaler(self.network)

    def raises(self, kind, code, function, *arguments, **options):
        with self.assertRaises(kind) as caught:
            function(*arguments, **options)
        self.assertIs(type(caught.exception), kind)
        self.assertEqual(getattr(caught.exception, "code", None), code)
        self.assertGreater(len(str(caught.exception)), 10)

    def test_of_files(self):
        absent = self.folder / "absent.png"
        self.raises(FileNotFoundError, "not_found", kizuna.read_image, absent)
        self.raises(FileNotFoundError, "not_found", kizuna.Upscaler, "no-such-network")
        self.raises(FileNotFoundError, "not_found", kizuna.remove_model, "no-such-network")
        self.raises(ValueError, "unsupported", kizuna.decode_image, b"this is no picture")
        whole = kizuna.encode_image(noise(30, 30), "png")
        self.raises(ValueError, "corrupt", kizuna.decode_image, whole[:-200])
        self.raises(ValueError, "limit_exceeded", kizuna.decode_image, whole, 100)
        self.raises(OSError, "io", kizuna.write_image, noise(3, 3), self.folder / "no" / "such" / "folder.png")
        (self.folder / "broken.onnx").write_bytes(b"\x08\x07broken")
        self.raises(ValueError, "corrupt", kizuna.Model.load, str(self.folder / "broken.onnx"))

    def test_of_networks_and_devices(self):
        self.raises(ValueError, "invalid_argument", kizuna.Upscaler, self.network, provider="frobnicator")
        self.raises(RuntimeError, "device_unavailable", kizuna.Upscaler, self.network, provider="directml")
        (self.folder / "nan.onnx").write_bytes(tiny_onnx.not_a_number())
        self.raises(RuntimeError, "bad_network", kizuna.Upscaler(self.folder / "nan.onnx").upscale, noise(5, 5))
        self.raises(ValueError, "limit_exceeded", self.upscaler.upscale, noise(5, 5), max_pixels=5)

    def test_of_options(self):
        for options in ({"scale": -1}, {"scale": float("nan")}, {"width": -3}, {"tile": -1}, {"tile": 2**40}, {"blend": "thick"},
                        {"scale": 2, "width": 9}, {"syncgap": 9}, {"max_pixels": -1}, {"tile": 1.5}):
            with self.subTest(options=options):
                self.raises(ValueError, "invalid_argument", self.upscaler.upscale, noise(5, 5), **options)
        for options in ({"scale": "2"}, {"colour": 3}, {"tile": None}, {"progress": 3}, {"cancel": 3}):
            with self.assertRaises(TypeError, msg=options):
                self.upscaler.upscale(noise(5, 5), **options)
        for options in ({"threads": -1}, {"device": -1}, {"precision": "half"}):
            with self.subTest(options=options):
                self.raises(ValueError, "invalid_argument", kizuna.Upscaler, self.network, **options)
        self.raises(ValueError, "invalid_argument", kizuna.encode_image, noise(5, 5), "png", quality=3)
        self.raises(ValueError, "invalid_argument", self.upscaler.plan_tiles, -1, 5)
        self.raises(ValueError, "invalid_argument", kizuna.Jobs, waiting=-1)

    def test_of_pictures(self):
        for picture in (np.zeros((0, 5, 3), np.uint8), np.zeros((5, 5, 5), np.uint8), np.zeros((5, 5, 0), np.uint8),
                        np.zeros(5, np.uint8), np.zeros((1, 5, 5, 3), np.uint8), np.zeros((), np.uint8)):
            with self.subTest(shape=picture.shape):
                self.raises(ValueError, "invalid_argument", self.upscaler.upscale, picture)
        for picture in (None, "in.png", b"bytes", [[1, 2], [3, 4]], object(), np.zeros((5, 5, 3), np.int8), np.zeros((5, 5)),
                        np.zeros((5, 5), bool), np.zeros((5, 5), np.float16), np.zeros((5, 5), object), np.zeros((5, 5), "U3"),
                        np.zeros((5, 5), np.complex64)):
            with self.assertRaises(TypeError, msg=picture):
                self.upscaler.upscale(picture)

    def test_of_none_and_other_things_at_every_door(self):
        for function in (kizuna.read_image, kizuna.decode_image, kizuna.inspect_image, self.upscaler.upscale,
                         self.upscaler.upscale_bytes, kizuna.verify_model, kizuna.remove_model, kizuna.import_model,
                         kizuna.Model.load, kizuna.pull_models, kizuna.extension_of_format, kizuna.ResultCache, kizuna.tune):
            for argument in (None, 5, object()):
                with self.assertRaises(TypeError, msg=(function, argument)):
                    function(argument)
        with self.assertRaises(TypeError):
            self.upscaler.upscale_file(None, None)
        with self.assertRaises(TypeError):
            kizuna.export_onnx(None, "x")
        with self.assertRaises((TypeError, BufferError)):
            kizuna.decode_image(memoryview(b"abcdef")[::2])

    def test_names_that_are_no_text(self):
        name = os.fsdecode(b"\xff\xfe.png")
        with self.assertRaises(FileNotFoundError) as caught:
            kizuna.read_image(self.folder / name)
        self.assertIn(name, str(caught.exception))
        kizuna.write_image(noise(3, 3), self.folder / name)
        self.assertEqual(kizuna.inspect_image(self.folder / name).width, 3)

    def test_no_method_takes_none_for_its_object(self):
        for kind in vars(kizuna._kizuna).values():
            for name, member in vars(kind).items() if isinstance(kind, type) and kind is not kizuna.Cancelled else ():
                function = member.fget if isinstance(member, property) else member
                if callable(function) and not name.startswith("__"):
                    with self.assertRaises((TypeError, AttributeError), msg=(kind, name)):
                        function(None)


class Log(KizunaCase):
    def test_what_cannot_be_stored_is_a_warning(self):
        with self.assertLogs("kizuna", "WARNING"):
            kizuna.write_image(noise(4, 4, 4), self.folder / "out.jpg")


if __name__ == "__main__":
    unittest.main()
