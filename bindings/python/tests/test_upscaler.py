"""Arrays in, arrays out; files; bytes; options."""

import sys
import threading
import unittest

import kizuna
import numpy as np
from kizuna_case import PATIENCE_S, KizunaCase, enlarged, noise


class Arrays(KizunaCase):
    def setUp(self):
        super().setUp()
        self.upscaler = kizuna.Upscaler(self.network, provider="cpu")

    def test_every_kind_of_sample_and_number_of_channels_comes_back_as_it_was(self):
        for number in (np.uint8, np.uint16):
            for channels in (0, 1, 3, 4):
                with self.subTest(number=number, channels=channels):
                    picture = noise(7, 9, channels, number)
                    if channels == 4:
                        picture[:, :, 3] = np.iinfo(number).max  # alpha is resampled, not repeated
                    self.assert_same(self.upscaler.upscale(picture), enlarged(picture))

    def test_floats_stay_floats(self):
        picture = noise(7, 9, 3, np.float32)
        result = self.upscaler.upscale(picture)
        self.assertEqual(result.dtype, np.float32)
        np.testing.assert_allclose(result, enlarged(picture), atol=1e-5)

    def test_grey_with_alpha(self):
        result = self.upscaler.upscale(np.full((4, 5, 2), 255, np.uint8))
        self.assert_same(result, np.full((8, 10, 2), 255, np.uint8))

    def test_rows_and_columns_may_lie_in_any_order(self):
        picture = noise(12, 10)
        for view in (picture[::-1], picture[:, ::-1], picture[::-2, ::3], picture.transpose(1, 0, 2), np.asfortranarray(picture),
                     picture[:, :, ::-1], picture.astype(">u2"), np.broadcast_to(picture[:1, :1], (6, 7, 3))):
            self.assert_same(self.upscaler.upscale(view), enlarged(view).astype(view.dtype.newbyteorder("=")))

    def test_the_result_has_the_librarys_memory(self):
        result = self.upscaler.upscale(noise(8, 8))
        self.assertFalse(result.flags.owndata)
        self.assertEqual(type(result.base).__name__, "PyCapsule")
        result += 1  # and may be written to
        part = result[3:]
        del result
        self.assertEqual(part.shape, (13, 16, 3))

    def test_the_input_stays_as_it_was(self):
        picture = noise(8, 8)
        picture.setflags(write=False)
        before = picture.copy()
        self.upscaler.upscale(picture, scale=3)
        self.assert_same(picture, before)

    def test_sizes(self):
        picture = noise(10, 20)
        for options, shape in (({"scale": 2.5}, (25, 50)), ({"width": 30}, (15, 30)), ({"height": 30}, (30, 60)),
                               ({"width": 30, "height": 30}, (30, 30)), ({"width": 30, "height": 30, "fit": True}, (15, 30)),
                               ({"scale": np.float64(1.5)}, (15, 30)), ({"width": np.int64(40)}, (20, 40))):
            self.assertEqual(self.upscaler.upscale(picture, **options).shape[:2], shape, options)

    def test_tiles_and_tta_change_nothing_for_this_network(self):
        picture = noise(50, 70)
        for options in ({"tile": 32}, {"tta": True}, {"blend": "exact", "tile": 32}):
            self.assert_same(self.upscaler.upscale(picture, **options), enlarged(picture))
        self.assertGreater(len(self.upscaler.plan_tiles(500, 400, tile=100)), 15)

    def test_what_it_is(self):
        self.assertEqual(self.upscaler.provider, "cpu")
        self.assertEqual(self.upscaler.model.scale, 2)
        self.assertIsNone(kizuna.Model.load(str(self.network)).info.fixed_width)


class Progress(KizunaCase):
    def test_it_is_told_after_every_tile(self):
        told = []
        kizuna.Upscaler(self.network).upscale(noise(64, 64), tile=32, progress=told.append)
        self.assertEqual([news.tiles_done for news in told], list(range(1, told[0].tiles_total + 1)))
        self.assertEqual(told[-1].fraction, 1)

    def test_what_it_raises_ends_the_call(self):
        def fail(_news):
            raise KeyError("mine")

        upscaler = kizuna.Upscaler(self.network)
        for tile in (32, 0):  # between tiles, and after the last
            with self.assertRaisesRegex(KeyError, "mine"):
                upscaler.upscale(noise(64, 64), tile=tile, progress=fail)
        with self.assertRaises(SystemExit):
            upscaler.upscale(noise(64, 64), progress=lambda _news: sys.exit(3))
        self.assert_same(upscaler.upscale(noise(8, 8)), enlarged(noise(8, 8)))

    def test_a_call_from_within(self):
        upscaler = kizuna.Upscaler(self.network)
        inner = []
        upscaler.upscale(noise(8, 8), progress=lambda _news: inner.append(upscaler.upscale(noise(4, 4))))
        self.assert_same(inner[0], enlarged(noise(4, 4)))


class Cancelling(KizunaCase):
    def test_other_threads_run_meanwhile_and_can_cancel(self):
        upscaler = kizuna.Upscaler(self.slow_network())
        cancel = kizuna.CancelSource()
        begun = threading.Event()

        def cancel_it():
            begun.wait(PATIENCE_S)
            cancel.cancel()

        interval = sys.getswitchinterval()
        self.addCleanup(sys.setswitchinterval, interval)
        thread = threading.Thread(target=cancel_it)
        thread.start()
        sys.setswitchinterval(PATIENCE_S)  # so that only who lets go of the GIL lets others run
        begun.set()
        with self.assertRaises(kizuna.Cancelled):
            upscaler.upscale(noise(600, 600), cancel=cancel)
        sys.setswitchinterval(interval)
        thread.join()
        with self.assertRaises(kizuna.Cancelled):
            upscaler.upscale(noise(8, 8), cancel=cancel)
        self.assertTrue(cancel.cancelled)

    def test_threads_share_an_upscaler(self):
        upscaler = kizuna.Upscaler(self.network)
        results = {}

        def work(seed):
            results[seed] = upscaler.upscale(noise(40, 30, seed=seed))

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        for seed in range(8):
            self.assert_same(results[seed], enlarged(noise(40, 30, seed=seed)))


class FilesAndBytes(KizunaCase):
    def setUp(self):
        super().setUp()
        self.upscaler = kizuna.Upscaler(self.network)
        self.picture = noise(9, 12)
        self.file = self.folder / "in.png"
        kizuna.write_image(self.picture, self.file)

    def test_from_file_to_file(self):
        report = self.upscaler.upscale_file(self.file, self.folder / "out.webp", lossless=True, scale=2)
        self.assertEqual((report.input_width, report.output_width, report.output_height), (12, 24, 18))
        self.assert_same(kizuna.read_image(self.folder / "out.webp"), enlarged(self.picture))
        with self.assertRaises(FileExistsError):
            self.upscaler.upscale_file(self.file, self.folder / "out.webp")
        self.upscaler.upscale_file(str(self.file), str(self.folder / "out.webp"), overwrite=True)

    def test_from_bytes_to_bytes(self):
        for given in (bytes, bytearray, memoryview):
            result = self.upscaler.upscale_bytes(given(self.file.read_bytes()))
            self.assert_same(kizuna.decode_image(result), enlarged(self.picture))
        jpeg = self.upscaler.upscale_bytes(self.file.read_bytes(), format="jpeg", quality=90)
        self.assertTrue(jpeg.startswith(b"\xff\xd8"))

    def test_files_without_a_network(self):
        info = kizuna.inspect_image(self.file)
        self.assertEqual((info.format, info.width, info.height, info.channels), ("png", 12, 9, 3))
        self.assert_same(kizuna.read_image(self.file), self.picture)
        grey = noise(5, 6, 0, np.uint16)
        self.assert_same(kizuna.decode_image(kizuna.encode_image(grey, "png", effort=9)), grey)


if __name__ == "__main__":
    unittest.main()
