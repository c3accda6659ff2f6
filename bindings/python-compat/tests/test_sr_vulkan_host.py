"""Programs as they are written for sr_vulkan: its own test, and a host that turns pages."""

import json
import os
import pathlib
import random
import shutil
import threading
import unittest

import kizuna
from kizuna_case import PATIENCE_S, KizunaCase, noise
from networks_case import SrVulkanCase, sr, write_network
from sr_vulkan import enum

PROGRAMS = pathlib.Path(__file__).parent / "programs"
BESIDE_THE_SOURCES = pathlib.Path(__file__).resolve().parents[4] / "shared" / "models"
FAMILIES_FOLDER = pathlib.Path(os.environ.get("KIZUNA_TEST_FAMILIES") or BESIDE_THE_SOURCES)
MANIFEST = pathlib.Path(__file__).resolve().parents[3] / "models" / "manifest.json"
FURTHER = os.environ.get("KIZUNA_TEST_WAIFU2X")
FAMILIES = ("waifu2x", "realcugan", "realsr", "realesrgan")


class OwnTest(KizunaCase):
    def test_a_program_in_its_shape(self):
        kizuna.write_image(noise(50, 60), self.folder / "0.jpg")
        write_network(self.folder / "models", "REALCUGAN_PRO_UP2X_DENOISE3X")
        self.run_python((PROGRAMS / "sr_vulkan_own_test.py").read_text(encoding="utf-8"))
        for name, size in (("1.webp", (150, 125)), ("2.webp", (90, 80))):
            info = kizuna.inspect_image(self.folder / name)
            self.assertEqual((info.format, info.width, info.height), ("webp", *size))


class EveryModel(SrVulkanCase):
    """The real networks that are on this machine."""

    def folders(self):
        """All that are somewhere, in the layout of setModelPath()."""
        models = self.folder / "real"
        for family in FAMILIES:
            (models / family).mkdir(parents=True)
        for entry in kizuna.list_models():
            if entry.installed and entry.aliases and pathlib.Path(entry.path).suffix == ".param":
                self.link(pathlib.Path(entry.path), models, entry.aliases[0])
        for param in FAMILIES_FOLDER.glob("*.param"):
            self.link(param, models, param.stem)
        for network in json.loads(MANIFEST.read_text(encoding="utf-8"))["networks"] if FURTHER else ():
            for file in network.get("files", ()):
                param = pathlib.Path(FURTHER, file.get("path", "").removeprefix("package/"))
                if param.suffix == ".param" and param.is_file():
                    self.link(param, models, network["aliases"][0])
        return models

    def link(self, param, models, name):
        for suffix in (".param", ".bin"):
            link = models / name.split("_")[0].lower() / (name + suffix)
            link.unlink(missing_ok=True)
            link.symlink_to(param.with_suffix(suffix).resolve())

    def test_each_once(self):
        models = self.folders()
        there = {path.stem for path in models.rglob("*.param")}
        if not there:
            self.skipTest("there are no networks on this machine")
        shutil.rmtree(self.folder / "models")
        sr.setModelPath(str(models))
        sr.init()
        sr.initSet(-1, 0, 1)
        small = kizuna.encode_image(noise(12, 10), "png")
        added = set()
        for name in enum.AllModelNames:
            index = getattr(sr, name)
            code = sr.add(small, index, index, 2.0, "png")
            self.assertEqual(code > 0, sr.getModelName(index) in there, (name, code, sr.getLastError()))
            if code > 0:
                added.add(index)
        loaded = self.load_all(len(added))
        self.assertEqual(set(loaded), added)
        for index, (data, format, _back_id, seconds) in loaded.items():
            self.assertIsNotNone(data, (sr.getModelName(index), sr.getLastError()))
            self.assertEqual(kizuna.decode_image(data).shape, (24, 20, 3))
            self.assertEqual(format, "png")
            self.assertGreater(seconds, 0)


class Pages(SrVulkanCase):
    """A thread that waits in load(), 200 pages, turning at random; what has left the screen is cancelled."""

    PAGES, ON_SCREEN, ROUNDS = 200, 3, 60

    def read_book(self, seed):
        arrived = []
        stopped = threading.Event()
        news = threading.Condition()

        def wait_for_pages():
            while True:
                result = sr.load(0)
                if result is None:
                    break
                with news:
                    arrived.append(result[2])
                    self.assertIsNotNone(result[0])
                    news.notify_all()
            stopped.set()

        loader = threading.Thread(target=wait_for_pages)
        loader.start()
        for page in range(self.PAGES):
            self.assertEqual(sr.add(self.page, self.model, page, 2.0, "bmp"), 2 + page)
        turn = random.Random(seed)
        cancelled = set()
        screen = set()
        for _ in range(self.ROUNDS):
            first = turn.randrange(self.PAGES - self.ON_SCREEN)
            now = set(range(first, first + self.ON_SCREEN))
            left = screen - now
            if left:
                self.assertEqual(sr.remove(list(left)), 0)
            cancelled |= left
            screen = now
        wanted = set(range(self.PAGES)) - cancelled
        with news:
            self.assertTrue(news.wait_for(lambda: wanted <= set(arrived), PATIENCE_S), wanted - set(arrived))
        self.assertEqual(sr.stop(), 0)
        self.assertTrue(stopped.wait(PATIENCE_S))
        loader.join()
        self.assertEqual(len(arrived), len(set(arrived)), "a page arrived twice")

    def test_every_page_arrives_once_or_was_cancelled_and_memory_is_bounded(self):
        self.page = kizuna.encode_image(noise(150, 100), "bmp")
        peaks = []
        for seed in range(4):
            self.start()
            self.read_book(seed)
            with open("/proc/self/statm", encoding="ascii") as file:
                peaks.append(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
        self.assertLess(peaks[-1] - peaks[0], 60e6)  # the results of three books are 108 MB; allocators vary by 40


class Trouble(SrVulkanCase):
    def test_stop_while_threads_add_load_and_remove(self):
        for seed in range(5):
            self.start()
            begun = threading.Barrier(4)
            problems = []

            def repeat(action):
                begun.wait(PATIENCE_S)
                try:
                    for number in range(300):
                        action(number)
                except Exception as error:
                    problems.append(error)

            actions = (
                lambda number: sr.add(self.png, self.model, number, 2.0),
                lambda _number: sr.load(1),
                lambda number: sr.remove([number, number + 1]),
            )
            threads = [threading.Thread(target=repeat, args=(action,)) for action in actions]
            for thread in threads:
                thread.start()
            begun.wait(PATIENCE_S)
            sr.add(self.png, self.model, 1000 + seed, 2.0)
            sr.stop()
            for thread in threads:
                thread.join(PATIENCE_S)
            self.assertEqual(problems, [])

    def run_host(self, program, expect=0):
        begin = """
import os, sys, threading
import kizuna
from kizuna_case import noise
from sr_vulkan import sr_vulkan as sr
sr.setModelPath("models")
sr.init()
assert sr.initSet(-1) == 0
model = sr.MODEL_REALESRGAN_ANIMAVIDEOV3_UP2X
page = kizuna.encode_image(noise(400, 400), "bmp")
"""
        return self.run_python(begin + program, expect=expect)

    def test_a_program_may_end_while_a_thread_waits_in_load(self):
        self.run_host("""
def forever():
    while True:
        sr.load(0)
for _ in range(3):
    threading.Thread(target=forever, daemon=True).start()
for number in range(20):
    sr.add(page, model, number, 2.0)
sys.exit(3)
""", expect=3)

    def test_a_child_made_by_fork_begins_anew(self):
        self.run_host("""
for number in range(10):
    sr.add(page, model, number, 2.0)
child = os.fork()
if child == 0:
    assert sr.add(page, model, 1, 2.0) == -1 and sr.load(0) is None and sr.stop() == 0
    sr.setModelPath("models")
    sr.init()
    assert sr.initSet(-1) == 0 and sr.add(page, model, 77, 2.0) == 2 and sr.load(0)[2] == 77
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert {sr.load(0)[2] for _ in range(10)} == set(range(10))
""")


if __name__ == "__main__":
    unittest.main()
