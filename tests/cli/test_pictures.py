"""What is in the pictures stays in them."""

import json
import struct
import unittest
import zlib

import numpy as np
import png
import tiny_onnx
from harness import ProgramTest, enlarged, noise
from png_io import read_png

XMP = b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'/><?xpacket end='w'?>"


def srgb_like_profile():
    """An ICC profile that is small, valid, and not sRGB: grey gamma 2.2 would not fit RGB, so a matrix profile."""
    def xyz(*values):
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"tiny\0" + bytes(78)
    tags = {
        b"desc": text + bytes(-len(text) % 4),
        b"cprt": b"text\0\0\0\0free\0\0\0\0",
        b"wtpt": xyz(0.9642, 1, 0.8249),
        b"rXYZ": xyz(0.6097, 0.3111, 0.0195),
        b"gXYZ": xyz(0.2053, 0.6257, 0.0609),
        b"bXYZ": xyz(0.1492, 0.0632, 0.7446),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    size = start + len(body)
    head = struct.pack(">I4sI4s4s4s12s4s", size, b"\0\0\0\0", 0x02400000, b"mntr", b"RGB ", b"XYZ ", bytes(12), b"acsp")
    head += bytes(28) + struct.pack(">iii", 63190, 65536, 54061) + bytes(48)
    return head + table + body


class Samples(ProgramTest):
    def check(self, picture, **options):
        self.picture("in.png", picture)
        self.upscale("in.png", "-o", "out.png", "--overwrite", **options)
        self.assert_same(self.read("out.png"), enlarged(picture))

    def test_eight_bits(self):
        self.check(noise(9, 12))

    def test_every_value_of_eight_bits_survives(self):
        self.check(np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3))

    def test_sixteen_bits_stay_sixteen(self):
        values = noise(64, 64, number=np.uint16)
        self.assertTrue((values % 257 != 0).any())
        self.check(values)

    def test_grey_stays_grey(self):
        self.check(noise(9, 12, channels=1))
        self.check(noise(9, 12, channels=1, number=np.uint16))

    def test_one_pixel(self):
        self.check(np.array([[[1, 2, 3]]], np.uint8))

    def test_one_row_and_one_column(self):
        self.check(noise(1, 50))
        self.check(noise(50, 1))

    def test_opaque_alpha_stays_opaque(self):
        for channels in (2, 4):
            picture = noise(9, 12, channels=channels)
            picture[..., -1] = 255
            self.check(picture)

    def test_alpha_is_kept(self):
        picture = np.full((16, 16, 4), 200, np.uint8)
        picture[:, 8:, 3] = 0
        self.picture("in.png", picture)
        self.upscale("in.png", "-o", "out.png")
        alpha = self.read("out.png")[..., 3]
        self.assertEqual(alpha.shape, (32, 32))
        # It is resampled: only what is away from the edge is known.
        self.assertTrue((alpha[:, :12] == 200).all())
        self.assertTrue((alpha[:, 20:] == 0).all())

    def test_palette(self):
        colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
        indices = (np.arange(35, dtype=np.uint8) % 3).reshape(5, 7)
        self.write("in.png", png.encode_palette(indices, colours))
        self.upscale("in.png", "-o", "out.png")
        self.assert_same(self.read("out.png"), enlarged(colours[indices]))

    def test_palette_with_transparency(self):
        indices = np.zeros((8, 8), np.uint8)
        self.write("in.png", png.encode_palette(indices, [[10, 20, 30]], alphas=[0]))
        self.upscale("in.png", "-o", "out.png")
        self.assertEqual(self.read("out.png").shape, (16, 16, 4))
        self.assertEqual(self.read("out.png")[..., 3].max(), 0)


class Formats(ProgramTest):
    def test_every_lossless_format_there_and_back(self):
        given = noise(20, 30)
        self.picture("in.png", given)
        same_size = self.write("networks/same.onnx", tiny_onnx.nearest(1))
        for name, options in (("out.bmp", []), ("out.tiff", []), ("out.tif", []), ("out.webp", ["--lossless"])):
            with self.subTest(name=name):
                self.upscale("in.png", "-o", name, *options)
                self.upscale(name, "-o", f"{name}.png", model=same_size)
                self.assert_same(self.read(f"{name}.png"), enlarged(given))

    def test_jpeg_is_close(self):
        given = np.linspace(0, 255, 24 * 32 * 3).reshape(24, 32, 3).astype(np.uint8)
        self.picture("in.png", given)
        self.upscale("in.png", "-o", "out.jpg", "--quality", "100")
        same_size = self.write("networks/same.onnx", tiny_onnx.nearest(1))
        self.upscale("out.jpg", "-o", "out.png", model=same_size)
        self.assertLess(np.abs(self.read("out.png").astype(int) - enlarged(given)).mean(), 4)

    def test_quality_and_effort_have_an_effect(self):
        self.picture("in.png", noise(40, 40))
        sizes = {}
        for quality in ("20", "95"):
            self.upscale("in.png", "-o", f"{quality}.jpg", "--quality", quality)
            sizes[quality] = (self.folder / f"{quality}.jpg").stat().st_size
        self.assertLess(sizes["20"] * 2, sizes["95"])
        for effort in ("0", "9"):
            self.upscale("in.png", "-o", f"{effort}.png", "--effort", effort)
            sizes[effort] = (self.folder / f"{effort}.png").stat().st_size
        self.assertLess(sizes["9"], sizes["0"])


class Metadata(ProgramTest):
    """A PNG with all of it, made larger as PNG and as JPEG."""

    def setUp(self):
        super().setUp()
        self.profile = srgb_like_profile()
        extra = [png.icc(self.profile), png.density(300), png.orientation(6), png.xmp(XMP)]
        self.given = noise(10, 20)
        self.write("in.png", png.encode(self.given, *extra))

    def info(self, name):
        return json.loads(self.run_program("info", "--json", name).stdout_text)[0]

    def check(self, name):
        self.upscale("in.png", "-o", name)
        found = self.info(name)
        self.assertEqual(found["icc_bytes"], len(self.profile))
        self.assertGreaterEqual(found["xmp_bytes"], len(XMP))
        self.assertAlmostEqual(found["density"]["x_dpi"], 300, delta=0.5)
        self.assertEqual(found["orientation"], 1)
        self.assertEqual((found["width"], found["height"]), (20, 40))

    def test_png_keeps_it(self):
        self.check("out.png")
        self.assertIn(self.profile, zlib.decompress(self.icc_data("out.png")))

    def icc_data(self, name):
        data = png.chunks((self.folder / name).read_bytes())[b"iCCP"]
        return data[data.index(b"\0") + 2 :]

    def test_jpeg_keeps_it(self):
        self.check("out.jpg")
        data = (self.folder / "out.jpg").read_bytes()
        self.assertIn(self.profile, data)
        self.assertIn(XMP, data)

    def test_jpeg_to_png_keeps_it(self):
        self.check("out.jpg")
        self.upscale("out.jpg", "-o", "again.png")
        found = self.info("again.png")
        self.assertEqual(found["icc_bytes"], len(self.profile))
        self.assertAlmostEqual(found["density"]["x_dpi"], 300, delta=0.5)

    def test_orientation_is_applied_once(self):
        # Number 6: the first row of the file is the right side of the picture.
        upright = np.rot90(self.given, -1)
        self.upscale("in.png", "-o", "out.png")
        self.assert_same(read_png(self.folder / "out.png"), enlarged(upright))

    def test_every_orientation(self):
        turns = {
            1: lambda p: p,
            2: lambda p: p[:, ::-1],
            3: lambda p: p[::-1, ::-1],
            4: lambda p: p[::-1],
            5: lambda p: p.transpose(1, 0, 2),
            6: lambda p: np.rot90(p, -1),
            7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
            8: lambda p: np.rot90(p, 1),
        }
        for number, turn in turns.items():
            with self.subTest(orientation=number):
                self.write("turned.png", png.encode(self.given, png.orientation(number)))
                self.upscale("turned.png", "-o", "upright.png", "--overwrite", "--tile", "16")
                self.assert_same(self.read("upright.png"), enlarged(turn(self.given)))
                by_stream = self.upscale("-", "-f", "png", stdin=(self.folder / "turned.png").read_bytes())
                self.write("stream.png", by_stream.stdout_bytes)
                self.assert_same(self.read("stream.png"), enlarged(turn(self.given)))

    def test_print_tiles_knows_the_orientation(self):
        done = self.upscale("in.png", "-o", "out.png", "--print-tiles")
        self.assertIn("output 20x40+0+0", done.stdout_text)


if __name__ == "__main__":
    unittest.main()
