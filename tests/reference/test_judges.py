"""The judges themselves, on cases that can be worked out by hand."""

import pathlib
import tempfile
import unittest

import numpy as np

import png_io
from ncnn_numpy import Layer, Weights, convolution, cubic_taps, leaky_relu, pixel_shuffle, resize


class Png(unittest.TestCase):
    def test_gives_back_what_was_written(self):
        random = np.random.default_rng(1)
        for dtype in (np.uint8, np.uint16):
            for channels in (1, 2, 3, 4):
                with self.subTest(dtype=dtype, channels=channels), tempfile.TemporaryDirectory() as folder:
                    picture = random.integers(0, np.iinfo(dtype).max, (5, 7, channels), dtype)
                    path = pathlib.Path(folder, "a.png")
                    png_io.write_png(path, picture)
                    np.testing.assert_array_equal(png_io.read_png(path), picture)

    def test_undoes_every_filter(self):
        # One row per filter, worked out by hand: the pixels are 1 2 3 / 5 6 7 / 9 9 9 / 3 4 4 / 7 6 5.
        filtered = bytes([0, 1, 2, 3, 1, 5, 1, 1, 2, 4, 3, 2, 3, 256 - 1, 256 - 2, 256 - 2, 4, 4, 256 - 1, 256 - 1])
        wanted = bytes([1, 2, 3, 5, 6, 7, 9, 9, 9, 3, 4, 4, 7, 6, 5])
        self.assertEqual(png_io._undo_filters(filtered, 5, 3, 1), wanted)


class Operators(unittest.TestCase):
    def test_convolution_of_a_point_gives_the_mirrored_kernel(self):
        point = np.zeros((1, 5, 5), np.float32)
        point[0, 2, 2] = 1
        kernel = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
        result = convolution(point, kernel, np.array([10], np.float32), border=1)
        np.testing.assert_array_equal(result[0, 1:4, 1:4], 10 + kernel[0, 0, ::-1, ::-1])

    def test_convolution_sees_zeros_beyond_the_border(self):
        ones = np.ones((1, 3, 3), np.float32)
        result = convolution(ones, np.ones((1, 1, 3, 3), np.float32), np.zeros(1, np.float32), border=1)
        np.testing.assert_array_equal(result[0], [[4, 6, 4], [6, 9, 6], [4, 6, 4]])

    def test_convolution_takes_every_other_window_without_a_border(self):
        x = np.arange(25, dtype=np.float32).reshape(1, 5, 5)
        result = convolution(x, np.ones((1, 1, 3, 3), np.float32), np.zeros(1, np.float32), border=0, stride=2)
        np.testing.assert_array_equal(result[0], [[54, 72], [144, 162]])

    def test_prelu_has_a_slope_for_each_channel(self):
        x = np.full((2, 1, 1), -4, np.float32)
        np.testing.assert_array_equal(leaky_relu(x, np.array([0.5, 0.25]))[:, 0, 0], [-2, -1])

    def test_pixel_shuffle_lays_channels_out_row_by_row(self):
        x = np.arange(8, dtype=np.float32).reshape(8, 1, 1)
        np.testing.assert_array_equal(pixel_shuffle(x, 2), [[[0, 1], [2, 3]], [[4, 5], [6, 7]]])

    def test_halving_bicubically_weighs_four_pixels(self):
        x = np.array([[[0, 0, 0, 1, 0, 0, 0, 0]]], np.float32)
        halved = resize(np.repeat(x, 2, axis=1), 1, 4, cubic_taps)[0, 0]
        np.testing.assert_allclose(halved, [0, 0.59375, -0.09375, 0], atol=1e-7)

    def test_a_resize_repeats_the_outermost_pixels(self):
        x = np.array([[[8, 0, 0, 4]]], np.float32)
        halved = resize(np.repeat(x, 2, axis=1), 1, 2, cubic_taps)[0, 0]
        np.testing.assert_allclose(halved, [8 * (0.59375 - 0.09375), 4 * (0.59375 - 0.09375)], atol=1e-6)


class Format(unittest.TestCase):
    def test_a_layer_line_is_taken_apart(self):
        layer = Layer("Eltwise Add_1 2 1 a b c 0=1 -23301=2,2.0e-01,1.0")
        self.assertEqual((layer.type, layer.inputs, layer.outputs), ("Eltwise", ["a", "b"], ["c"]))
        self.assertEqual(layer.params, {0: 1, 1: [0.2, 1.0]})

    def test_half_floats_are_padded_to_four_bytes(self):
        data = bytes.fromhex("476b3001") + np.array([1, -2, 0.5], "<f2").tobytes() + b"\0\0" + np.array([7], "<f4").tobytes()
        weights = Weights(data)
        self.assertEqual(weights.take_tagged(3).tolist(), [1, -2, 0.5])
        self.assertEqual(weights.take("<f4", 1).tolist(), [7])


if __name__ == "__main__":
    unittest.main()
