"""Animations stay animations. Pillow, which was written apart from us, makes and reads them."""

import json
import unittest

import numpy as np
from harness import ProgramTest, enlarged, noise
from png_io import read_png

try:
    from PIL import Image, ImageSequence
except ImportError:
    Image = None

HEIGHT, WIDTH = 18, 24
DELAYS_MS = (40, 100, 70, 250, 40)


def drawings(channels=3, count=len(DELAYS_MS)):
    """A still picture of few colours, over which a square wanders; the last drawing is the first again."""
    still = noise(HEIGHT, WIDTH, channels) // 64 * 64
    if channels == 4:
        still[..., 3] = 255
        still[:, WIDTH // 2 :] = 0
    frames = [still.copy() for _ in range(count)]
    for i, frame in enumerate(frames[:-1]):
        frame[4:11, 3 * i + 2 : 3 * i + 9] = (200, 40 * i, 20, 255)[:channels]
    frames[-1] = frames[0].copy()
    return frames


def frames_of(path, mode):
    """What Pillow makes of a file, and how long it shows each."""
    frames, delays = [], []
    with Image.open(path) as file:
        for frame in ImageSequence.Iterator(file):
            frame.load()
            frames.append(np.asarray(frame.convert(mode)).copy())
            delays.append(round(frame.info["duration"]))
        return frames, delays, file.info.get("loop")


def seen(frame):
    """Without colours under what cannot be seen."""
    return frame * (frame[..., 3:] > 0) if frame.shape[-1] == 4 else frame


@unittest.skipIf(Image is None, "Pillow is not installed (python3-pil)")
class Animations(ProgramTest):
    def animation(self, name, frames, **options):
        """Pillow stores parts of frames where it can."""
        images = [Image.fromarray(frame) for frame in frames]
        path = self.folder / name
        options = {"duration": list(DELAYS_MS[: len(frames)]), "loop": 0, **options}
        images[0].save(path, save_all=True, append_images=images[1:], **options)
        return path

    def info(self, name):
        return json.loads(self.run_program("info", "--json", name).stdout_text)[0]

    def check(self, name, expected, mode="RGB", exact=True, loop=0):
        frames, delays, found_loop = frames_of(self.folder / name, mode)
        self.assertEqual(delays, list(DELAYS_MS))
        self.assertEqual(found_loop, loop)
        for number, (actual, wanted) in enumerate(zip(frames, expected)):
            if exact:
                np.testing.assert_array_equal(seen(actual), seen(enlarged(wanted)), f"frame {number}")
            else:
                error = np.abs(seen(actual).astype(int) - seen(enlarged(wanted)))
                self.assertLess(error.mean(), 20, f"frame {number}")

    def test_each_format_into_each(self):
        frames = drawings()
        self.animation("in.gif", frames)
        self.animation("in.webp", frames, lossless=True)
        self.animation("in.png", frames)
        for source in ("in.gif", "in.webp", "in.png"):
            for target, exact, options in (
                ("out.gif", True, ()),
                ("out.apng", True, ()),
                ("out.webp", True, ("--lossless",)),
                ("lossy.webp", False, ()),
            ):
                with self.subTest(source=source, target=target):
                    self.upscale(source, "-o", target, "--overwrite", *options)
                    self.check(target, frames, exact=exact)

    def test_transparency_and_what_vanishes(self):
        frames = drawings(4)
        frames[2][:] = 0
        frames[2][5:9, 5:9] = (10, 200, 30, 255)
        self.animation("in.png", frames)
        self.animation("disposed.png", frames, disposal=1, blend=1)
        self.animation("in.gif", frames, disposal=2)
        for source in ("in.png", "disposed.png", "in.gif"):
            for target in ("out.gif", "out.apng", "out.webp"):
                with self.subTest(source=source, target=target):
                    lossless = ("--lossless",) if target.endswith("webp") else ()
                    self.upscale(source, "-o", target, "--overwrite", *lossless)
                    shown, delays, _loop = frames_of(self.folder / target, "RGBA")
                    self.assertEqual(delays, list(DELAYS_MS))
                    for number, (actual, wanted) in enumerate(zip(shown, frames)):
                        self.check_transparency(number, actual, enlarged(wanted))

    def check_transparency(self, number, actual, wanted):
        """But for edges, where it is soft."""
        for y, x in ((2, 2), (30, 4), (10, 40), (30, 40), (14, 14), (0, 47), (35, 0)):
            around = wanted[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5, 3]
            if around.min() == around.max():
                self.assertEqual(actual[y, x, 3], wanted[y, x, 3], f"frame {number} at {x}, {y}")

    def test_frames_that_repeat_are_computed_once(self):
        frames = drawings()
        self.animation("in.png", frames)
        said = self.upscale("in.png", "-o", "out.apng", "--progress", "json").stderr_text
        events = [json.loads(line) for line in said.splitlines()]
        done = next(event for event in events if event["event"] == "done")
        self.assertEqual((done["frames"], done["repeated_frames"], done["tiles"]), (5, 1, 4))
        last = [event for event in events if event["event"] == "progress"][-1]
        self.assertEqual((last["frames_done"], last["frames_total"]), (5, 5))
        self.assertEqual(last["tiles_done"], last["tiles_total"])

    def test_an_animated_png_stays_one_unless_a_picture_is_asked_for(self):
        self.animation("in.png", drawings())
        self.upscale("in.png")
        self.assertEqual(self.info("in_x2.png")["frames"], 5)
        self.upscale("in.png", "-o", "still.png", "--format", "png")
        self.assertEqual((self.info("still.png")["format"], self.info("still.png")["frames"]), ("png", 1))
        self.upscale("in.png", "-o", "first.apng", "--first-frame")
        self.assert_same(read_png(self.folder / "first.apng"), enlarged(drawings()[0]))

    def test_what_cannot_hold_an_animation_gets_the_first_frame_with_a_warning(self):
        self.animation("in.gif", drawings())
        for target in ("out.png", "out.jpg", "out.bmp", "out.tif"):
            said = self.upscale("in.gif", "-o", target).stderr_text
            self.assertIn("animation of 5 frames", said)
            self.assertIn("WebP", said)
        self.assert_same(self.read("out.png"), enlarged(drawings()[0]))
        said = self.upscale("in.gif", "-o", "first.png", "--first-frame").stderr_text
        self.assertNotIn("warning", said)

    def test_how_long_and_how_often(self):
        self.animation("in.gif", drawings(), loop=4)
        found = self.info("in.gif")
        self.assertEqual(found["frames"], 5)
        self.assertAlmostEqual(found["animation"]["seconds"], sum(DELAYS_MS) / 1000)
        self.assertEqual(found["animation"]["plays"], 5)
        self.upscale("in.gif", "-o", "out.gif")
        self.check("out.gif", drawings(), loop=4)
        self.upscale("in.gif", "-o", "out.apng")
        self.check("out.apng", drawings(), loop=5)
        text = self.run_program("info", "in.gif").stdout_text
        self.assertIn("0.5 s", text)
        self.assertIn("5 times", text)

    def test_into_avif_and_jpeg_xl(self):
        self.animation("in.png", drawings())
        for target in ("out.avif", "out.jxl"):
            with self.subTest(target=target):
                self.upscale("in.png", "-o", target, "--lossless")
                self.upscale(target, "-o", "back.apng", "--overwrite")
                frames, delays, _loop = frames_of(self.folder / "back.apng", "RGB")
                self.assertEqual(delays, list(DELAYS_MS))
                for frame, wanted in zip(frames, drawings()):
                    np.testing.assert_array_equal(frame, enlarged(wanted, 4))

    def test_through_streams(self):
        data = self.animation("in.gif", drawings()).read_bytes()
        self.write("out.gif", self.upscale("-", stdin=data).stdout_bytes)
        self.check("out.gif", drawings())

    def test_a_damaged_frame_leaves_no_file(self):
        path = self.animation("in.png", drawings())
        data = bytearray(path.read_bytes())
        data[data.rindex(b"fdAT") + 9] ^= 255
        path.write_bytes(data)
        self.fails("in.png", "-o", "out.apng", says=["in.png"])


if __name__ == "__main__":
    unittest.main()
