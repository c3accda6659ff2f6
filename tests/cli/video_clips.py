"""Clips for the tests of `kizuna video`, made by ffmpeg, and what ffprobe sees in them."""

import json
import shutil
import subprocess

import numpy as np
from harness import ProgramTest, noise

HAS_FFMPEG = shutil.which("ffmpeg") is not None and shutil.which("ffprobe") is not None
SUBTITLES = b"""[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20
[Events]
Format: Layer, Start, End, Style, Text
Dialogue: 0,0:00:00.10,0:00:00.40,Default,One
Dialogue: 0,0:00:00.60,0:00:00.90,Default,Two
"""
CHAPTERS = b""";FFMETADATA1
title=A film
[CHAPTER]
TIMEBASE=1/1000
START=0
END=500
title=First
[CHAPTER]
TIMEBASE=1/1000
START=500
END=1000
title=Second
"""


def ffmpeg(*arguments, stdin=None, folder=None):
    command = ["ffmpeg", "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, check=True, cwd=folder).stdout


def probe(path, *arguments):
    command = ["ffprobe", "-v", "error", "-of", "json", *map(str, arguments), str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def frames_of(path):
    """The pictures of a video, as RGB of 8 bits."""
    stream = probe(path, "-select_streams", "v:0", "-show_entries", "stream=width,height")["streams"][0]
    raw = ffmpeg("-i", path, "-map", "0:v:0", "-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    return np.frombuffer(raw, np.uint8).reshape(-1, stream["height"], stream["width"], 3)


def times_of(path):
    """When each picture is shown, in seconds."""
    packets = probe(path, "-select_streams", "v:0", "-show_entries", "packet=pts_time")["packets"]
    return sorted(float(packet["pts_time"]) for packet in packets)


def packets_of(path, stream):
    """Times and contents of a stream's packets."""
    entries = ["-show_data_hash", "md5", "-show_entries", "packet=pts_time,duration_time,flags,data_hash"]
    packets = probe(path, "-select_streams", stream, *entries)["packets"]
    return [{name: packet.get(name) for name in ("pts_time", "flags", "data_hash")} for packet in packets]


class VideoTest(ProgramTest):
    """Each test has an empty folder with a network that repeats pixels."""

    def clip(self, name, frames, rate=24):
        """Without loss, of these pictures."""
        path = self.folder / name
        height, width = frames[0].shape[:2]
        raw = np.ascontiguousarray(np.stack(frames)).tobytes()
        ffmpeg("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate, "-i", "-", "-c:v", "ffv1",
               "-pix_fmt", "gbrp", path, stdin=raw)
        return path

    def small_clip(self, name="in.mkv", count=6):
        return self.clip(name, [noise(18, 26, seed=i) for i in range(count)])

    def video(self, *arguments, model=None, **options):
        return self.run_program("video", *self.defaults(arguments, model), *arguments, **options)

    def report(self, *arguments, **options):
        """What the program says at the end."""
        said = self.video(*arguments, "--progress", "json", **options).stderr_text.splitlines()
        end = json.loads(said[-1])
        self.assertEqual(end["event"], "done")
        return end

    def refused(self, *arguments, code=1, says=()):
        before = self.names()
        process = self.video(*arguments, "-q", expect=code)
        self.check_message(process.stderr_text, says)
        self.assertEqual(self.names(), before)
