"""Every function, constant, keyword, value and error of sr_vulkan."""

import inspect
import tempfile
import threading
import unittest

import kizuna
from kizuna_case import PATIENCE_S, enlarged
from networks_case import SrVulkanCase, noise, sr, write_network
from sr_vulkan import enum


class Constants(unittest.TestCase):
    def test_their_numbers(self):
        names = enum.AllModelNames
        self.assertEqual(len(set(names)), 84)
        self.assertEqual({name for name in dir(sr) if name.startswith("MODEL_")}, set(names))
        for place, name in enumerate(names[:42]):
            self.assertEqual(getattr(sr, name), 2 * place)
            self.assertEqual(getattr(sr, name + "_TTA"), 2 * place + 1)
            self.assertEqual(names[42 + place], name + "_TTA")
            for index in (2 * place, 2 * place + 1):
                self.assertEqual("MODEL_" + sr.getModelName(index), name)
        self.assertEqual((names[0], names[41]), ("MODEL_WAIFU2X_CUNET_UP1X_DENOISE0X", "MODEL_REALESRGAN_X4PLUSANIME_UP4X"))
        self.assertEqual(sr.MODEL_REALSR_DF2K_UP4X, 72)
        for index in (-1, 84, None, "0", 1.0):
            self.assertIsNone(sr.getModelName(index))

    def test_every_network_is_known_to_the_library(self):
        aliases = {alias for entry in kizuna.list_models() for alias in entry.aliases}
        self.assertEqual({sr.getModelName(index) for index in range(84)} - aliases, set())

    def test_version(self):
        self.assertEqual(sr.getVersion(), "2.0.1")

    def test_keywords(self):
        for function, names in ((sr.initSet, ["gpuId", "cpuNum", "noDefaultPath"]), (sr.getGpuCoreNum, ["gpuId"]),
                                (sr.load, ["block"]), (sr.remove, ["backIds"]), (sr.removeWaitProc, ["backIds"])):
            self.assertEqual(list(inspect.signature(function).parameters), names)


class Beginning(SrVulkanCase):
    def test_before_init(self):
        self.assertIsNone(sr.getGpuInfo())
        self.assertEqual((sr.getCpuCoreNum(), sr.getGpuCoreNum(0)), (0, 0))
        self.assertEqual(sr.initSet(-1), -1)
        self.assertEqual(sr.add(self.png, self.model, 1, 2.0), -1)
        self.assertEqual(sr.getLastError(), "waifu2x not init")
        self.assertIsNone(sr.load(1))
        self.assertIsNone(sr.load(0))  # which does not wait
        for function in (sr.remove, sr.removeWaitProc):
            self.assertIsNone(function([1]))
        self.assertEqual(sr.stop(), 0)

    def test_init_and_initSet(self):
        gpus = [each for each in kizuna.list_devices() if each.available and each.provider not in ("cpu", "ort-cpu")]
        self.assertEqual(sr.init(), 0 if gpus else -1)
        self.assertEqual(sr.init(), 0)
        self.assertEqual(len(sr.getGpuInfo() or ()), len(gpus))
        self.assertGreater(sr.getCpuCoreNum(), 0)
        for index in (-2, len(gpus), "0", None):
            self.assertEqual(sr.initSet(index), -1)
            self.assertEqual(sr.getLastError(), "invalid gpu device index params")
        for count in (-1, 10**6, "2"):
            self.assertEqual(sr.initSet(-1, count), -1)
            self.assertEqual(sr.getLastError(), "invalid cpu num params")
        self.assertEqual(sr.add(self.png, self.model, 1, 2.0), -1)
        self.assertEqual(sr.initSet(gpuId=-1, cpuNum=1, noDefaultPath=0), 0)
        self.assertEqual(sr.initSet(-1), 0)

    def test_stop_and_again(self):
        for _ in range(3):
            self.start()
            self.assertEqual(sr.add(self.png, self.model, 5, 2.0), 2)
            self.assertEqual(sr.load()[2], 5)
            self.assertEqual(sr.stop(), 0)
            self.assertIsNone(sr.load())
            self.assertEqual(sr.getLastError(), "waifu2x already stop")
            self.assertEqual(sr.add(self.png, self.model, 5, 2.0), -1)

    def test_settings(self):
        for function, good, bad in ((sr.setWebpQuality, (1, 85, 100), (0, 101, "9", None, 5.5)),
                                    (sr.setRealcuganSyncgap, (1, 2, 3), (0, 4, None))):
            for value in good:
                self.assertEqual(function(value), 0)
            for value in bad:
                self.assertEqual(function(value), -1)
        self.assertEqual((sr.setDebug(True), sr.setDebug(False)), (0, 0))
        self.assertEqual((sr.setModelPath("/nowhere"), sr.setModelPath(None)), (0, -1))


class Adding(SrVulkanCase):
    def setUp(self):
        super().setUp()
        self.start()

    def test_both_forms(self):
        forms = (
            (lambda: sr.add(self.png, self.model, 1, 2.5), (75, 50), "png"),
            (lambda: sr.add(self.png, self.model, 2, 2), (60, 40), "png"),
            (lambda: sr.add(self.png, self.model, 3, 2.5, tileSize=100, format="webp"), (75, 50), "webp"),
            (lambda: sr.add(self.png, self.model, 4, 2.0, "jpg", 100), (60, 40), "jpg"),
            (lambda: sr.add(self.png, self.model, 5, 90, 80), (90, 80), "png"),
            (lambda: sr.add(self.png, self.model, 6, 90, 80, "bmp", 200), (90, 80), "bmp"),
            (lambda: sr.add(self.png, self.model, 7, width=90, height=80, format="jpeg"), (90, 80), "jpeg"),
            (lambda: sr.add(data=self.png, modelIndex=self.model, backId=8, scale=0.5, format="apng"), (15, 10), "apng"),
            (lambda: sr.add(bytearray(self.png), self.model + 1, 9, 1.01), (31, 21), "png"),
        )
        for place, (add, _size, _format) in enumerate(forms):
            self.assertEqual(add(), 2 + place)
        loaded = self.load_all(len(forms))
        for back_id, (_add, size, format) in enumerate(forms, 1):
            data, given_format, _back_id, seconds = loaded[back_id]
            self.assertEqual((type(data), given_format, type(seconds)), (bytes, format, float))
            self.assertEqual(kizuna.decode_image(data).shape[1::-1], size)
        self.assertIsNone(sr.load(1))

    def test_what_the_network_makes_arrives(self):
        sr.add(self.png, self.model, 1, 2.0)
        self.assertTrue((kizuna.decode_image(sr.load()[0]) == enlarged(noise(20, 30))).all())

    def test_wrong_calls(self):
        good = {"data": self.png, "modelIndex": self.model, "backId": 1, "scale": 2.0}
        cases = (
            ({"scale": 0}, -1, "invalid scale params"),
            ({"scale": -2.0}, -1, "invalid scale params"),
            ({"scale": float("nan")}, -1, "invalid scale params"),
            ({"scale": float("inf")}, -1, "invalid scale params"),
            ({"format": "gif"}, -1, "invalid pictrue format"),
            ({"format": "exe"}, -1, "invalid pictrue format"),
            ({"scale": "2"}, -2, "invalid params"),
            ({"backId": "one"}, -2, "invalid params"),
            ({"modelIndex": None}, -2, "invalid params"),
            ({"format": None}, -2, "invalid params"),
            ({"tileSize": 1.5}, -2, "invalid params"),
            ({"tileSize": -100}, -2, "invalid params"),
            ({"colour": 1}, -2, "invalid params"),
            ({"data": b""}, -3, "invalid data"),
            ({"data": None}, -3, "invalid data"),
            ({"data": "text"}, -3, "invalid data"),
            ({"modelIndex": 84}, -20, "invalid model index"),
            ({"modelIndex": -1}, -20, "invalid model index"),
            ({"modelIndex": 10**30}, -20, "invalid model index"),
            ({"modelIndex": sr.MODEL_REALSR_DF2K_UP4X}, -20, "invalid model index"),
        )
        for change, code, text in cases:
            with self.subTest(change=change):
                self.assertEqual(sr.add(**{**good, **change}), code)
                self.assertEqual(sr.getLastError(), text)
        self.assertEqual(sr.add(), -2)
        self.assertEqual(sr.add(self.png, self.model, 1, 0, 80), -1)
        self.assertEqual(sr.add(self.png, self.model, 1, 90, -80), -1)
        self.assertEqual(sr.add(**good), 2)

    def test_a_picture_that_cannot_be_read_fails_in_its_turn(self):
        for data in (b"junk", self.png[:60], b"GIF89a", b"\xff\xd8"):
            self.assertGreater(sr.add(data, self.model, 7, 2.0), 0)
            self.assertEqual(sr.load(), (None, "", 7, 0.0))
            self.assertGreater(len(sr.getLastError()), 10)

    def test_a_gif_becomes_webp(self):
        gif = (b"GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x02\0\x02\0\0\x02\x02\x84Q\0;")
        sr.add(gif, self.model, 1, 2.0)
        data, format, _back_id, _seconds = sr.load()
        self.assertEqual((format, data[8:12]), ("webp", b"WEBP"))

    def test_animations_stay_animations_where_the_format_holds_them(self):
        def moves(data, into):
            sr.add(data, self.model, 1, 2.0, into)
            result, format, _back_id, _seconds = sr.load()
            self.assertIsNotNone(result, sr.getLastError())
            with tempfile.NamedTemporaryFile() as file:
                file.write(result)
                file.flush()
                info = kizuna.inspect_image(file.name)
            return format, info.frames, info.animation and (round(info.animation[0], 6), info.animation[1])

        gif = bytes.fromhex(  # two frames of 2 x 2, for 0.07 and 0.12 s, for ever
            "47494638396102000200800000000000ffffff21ff0b4e45545343415045322e300301000000"
            "21f90400070000002c000000000200020000020284510021f904000c0000002c00000000020002000002028c53003b"
        )
        expected = (0.19, 0)
        self.assertEqual(moves(gif, ""), ("webp", 2, expected))
        self.assertEqual(moves(gif, "apng"), ("apng", 2, expected))
        for still in ("png", "jpg", "bmp"):
            self.assertEqual(moves(gif, still), (still, 1, None))
        sr.add(gif, self.model, 1, 2.0, "apng")
        apng = sr.load()[0]
        self.assertEqual(moves(apng, ""), ("apng", 2, expected))
        self.assertEqual(moves(apng, "webp"), ("webp", 2, expected))
        self.assertEqual(moves(apng, "png"), ("png", 1, None))

    def test_quality_of_webp(self):
        sizes = []
        for quality in (1, 100):
            sr.setWebpQuality(quality)
            sr.add(self.png, self.model, 1, 2.0, "webp")
            sizes.append(len(sr.load()[0]))
        self.assertLess(sizes[0], sizes[1])

    def test_the_bytes_are_copied(self):
        data = bytearray(self.png)
        sr.add(data, self.model, 1, 2.0)
        data[:] = bytes(len(data))
        self.assertIsNotNone(sr.load()[0])


class ModelFiles(SrVulkanCase):
    def test_noDefaultPath_leaves_only_the_folder_that_is_named(self):
        sr.setModelPath(str(self.folder / "models"))
        sr.init()
        sr.initSet(-1, 0, 1)
        self.assertEqual(sr.add(self.png, self.model, 1, 2.0), 2)
        self.assertEqual(sr.add(self.png, sr.MODEL_REALESRGAN_ANIMAVIDEOV3_UP4X, 1, 2.0), -20)

    def test_a_folder_for_each_family(self):
        for name in ("WAIFU2X_CUNET_UP2X", "REALCUGAN_PRO_UP2X", "REALSR_DF2K_UP4X"):
            write_network(self.folder / "models", name)
        self.start()
        for index in (sr.MODEL_WAIFU2X_CUNET_UP2X, sr.MODEL_REALCUGAN_PRO_UP2X_TTA, sr.MODEL_REALSR_DF2K_UP4X):
            self.assertGreater(sr.add(self.png, index, 1, 1.5), 0)
            self.assertIsNotNone(sr.load()[0])

    def test_a_damaged_file_is_no_model(self):
        self.start()
        (self.folder / "models" / "realesrgan" / (self.NAME + ".bin")).write_bytes(b"short")
        self.assertEqual(sr.add(self.png, self.model, 1, 2.0), -20)


class Forgetting(SrVulkanCase):
    def setUp(self):
        super().setUp()
        self.start()
        self.large = kizuna.encode_image(noise(1500, 1500), "bmp")

    def test_removed_tasks_never_arrive_and_the_others_do(self):
        for back_id in range(20):
            sr.add(self.large if back_id < 4 else self.png, self.model, back_id, 2.0, "bmp")
        self.assertEqual(sr.remove([0, 1, 2, 3] + list(range(5, 20, 2)) + [99]), 0)
        self.assertEqual(set(self.load_all(8)), set(range(4, 20, 2)))
        self.assertIsNone(sr.load(1))

    def test_what_is_ready_can_be_removed_too(self):
        sr.add(self.png, self.model, 1, 2.0)
        sr.add(self.png, self.model, 2, 2.0)
        first = sr.load()[2]
        sr.remove([3 - first])
        self.assertIsNone(sr.load(1))

    def test_removeWaitProc_leaves_what_has_begun(self):
        for back_id in range(6):
            sr.add(self.large, self.model, back_id, 2.0, "bmp")
        sr.load()
        self.assertEqual(sr.removeWaitProc(range(6)), 0)
        sr.add(self.png, self.model, 7, 2.0)
        arrived = set()
        while 7 not in arrived:
            arrived.add(sr.load()[2])
        self.assertLessEqual(len(arrived), 5)

    def test_clear(self):
        for back_id in range(6):
            sr.add(self.large, self.model, back_id, 2.0, "bmp")
        self.assertEqual(sr.clear(), 0)
        sr.add(self.png, self.model, 7, 2.0)
        self.assertEqual(sr.load()[2], 7)
        self.assertIsNone(sr.load(1))

    def test_nothing_to_remove(self):
        for ids in ([], None, 5, [[]]):
            self.assertIsNone(sr.remove(ids))
            self.assertIsNone(sr.removeWaitProc(ids))

    def test_stop_wakes_who_waits_and_ends_what_runs(self):
        results = []
        thread = threading.Thread(target=lambda: results.append(sr.load()))
        thread.start()
        for _ in range(3):
            sr.add(self.large, self.model, 1, 2.0, "bmp")
        sr.remove([1])
        sr.add(self.large, self.model, 1, 8.0, "bmp")
        self.assertEqual(sr.stop(), 0)
        thread.join(PATIENCE_S)
        self.assertEqual(results, [None])
        self.assertEqual(sr.getLastError(), "waifu2x already stop")


if __name__ == "__main__":
    unittest.main()
