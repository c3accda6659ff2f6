"""kizuna video where things go wrong: killed, interrupted, broken inputs, full disks; and where results go."""

import json
import os
import shutil
import signal
import subprocess
import unittest

import numpy as np
import tiny_onnx
from harness import FAILED, INTERRUPTED, PATIENCE_S, PROGRAM, USAGE, enlarged, noise
from video_clips import HAS_FFMPEG, VideoTest, ffmpeg, frames_of, probe


@unittest.skipUnless(HAS_FFMPEG, "no ffmpeg")
class GoingOn(VideoTest):
    FRAMES = 30
    OPTIONS = ("--segment", "6", "--progress", "json")

    def setUp(self):
        super().setUp()
        self.slow = self.write("networks/slow.onnx", tiny_onnx.slow(layers=8, channels=48))
        self.clip("in.mkv", [noise(64, 64, seed=i) for i in range(self.FRAMES)])

    def start_until(self, frames, output, *options):
        """A process that has just done so many frames."""
        process = self.start("video", *self.defaults(options, self.slow), "in.mkv", "-o", output, *self.OPTIONS, *options,
                             stderr=subprocess.PIPE)
        for line in process.stderr:
            event = json.loads(line)
            if event["event"] == "progress" and event["frames_done"] >= frames:
                return process
        self.fail("it ended too soon")

    def end_by(self, number, process):
        process.send_signal(number)
        said = process.communicate(timeout=PATIENCE_S)[1]
        return process.returncode, said.decode()

    def go_on(self, output, *options):
        return self.report("in.mkv", "-o", output, "--segment", "6", *options, model=self.slow)

    def test_killed_three_times_the_bytes_are_the_same(self):
        self.go_on("whole.mkv")
        for frames in (2, 9, 15):
            self.end_by(signal.SIGKILL, self.start_until(frames, "out.mkv"))
            self.assertFalse((self.folder / "out.mkv").exists())
        report = self.go_on("out.mkv")
        self.assertEqual(report["frames"], self.FRAMES)
        self.assertGreaterEqual(report["frames_resumed"], 6)
        self.assertLess(report["frames_upscaled"], self.FRAMES)
        self.assertEqual((self.folder / "out.mkv").read_bytes(), (self.folder / "whole.mkv").read_bytes())
        self.assertEqual(self.names(), ["in.mkv", "out.mkv", "whole.mkv"])

    def test_the_tiles_are_those_that_the_work_was_begun_with(self):
        # Of a network that is not known whole, tiles have the size that the device likes.
        self.slow = self.write("networks/unknown.onnx", tiny_onnx.with_unknown_operator())
        self.clip("in.mkv", [noise(320, 320, seed=i) for i in range(2 * self.FRAMES)])
        device = ("--provider", "ort-cpu")
        self.end_by(signal.SIGKILL, self.start_until(2, "out.mkv", *device))
        journal = self.folder / "out.mkv.kizuna" / "journal.json"
        begun = json.loads(journal.read_text())
        begun["tile_limits"]["best_tile_px"] = 32
        journal.write_text(json.dumps(begun))
        report = self.go_on("out.mkv", *device)
        self.assertGreater(report["tiles"], report["frames_upscaled"], "one tile has room for a frame otherwise")

    def test_what_is_steadied_or_near_enough_is_the_same_too(self):
        options = ("--temporal", "--still-tolerance", "2")
        self.go_on("whole.mkv", *options)
        self.end_by(signal.SIGKILL, self.start_until(14, "out.mkv", *options))
        self.assertGreaterEqual(self.go_on("out.mkv", *options)["frames_resumed"], 6)
        self.assertEqual((self.folder / "out.mkv").read_bytes(), (self.folder / "whole.mkv").read_bytes())

    def test_ctrl_c_says_how_to_go_on(self):
        code, said = self.end_by(signal.SIGINT, self.start_until(8, "out.mkv"))
        self.assertEqual(code, INTERRUPTED)
        self.assertIn("the same command goes on", said)
        self.assertEqual(self.go_on("out.mkv")["frames"], self.FRAMES)

    def test_a_segment_that_is_damaged_is_made_again(self):
        self.go_on("whole.mkv")
        self.end_by(signal.SIGKILL, self.start_until(14, "out.mkv"))
        segment = self.folder / "out.mkv.kizuna/segment-000001.kzs"
        segment.write_bytes(segment.read_bytes()[:-5])
        self.assertEqual(self.go_on("out.mkv")["frames"], self.FRAMES)
        self.assertEqual((self.folder / "out.mkv").read_bytes(), (self.folder / "whole.mkv").read_bytes())

    def test_killed_between_the_end_and_the_clearing_up(self):
        self.end_by(signal.SIGKILL, self.start_until(9, "out.mkv"))
        work = self.folder / "out.mkv.kizuna"
        shutil.copytree(work, self.folder / "kept")
        self.go_on("out.mkv")
        shutil.copytree(self.folder / "kept", work)
        shutil.rmtree(self.folder / "kept")
        done = (self.folder / "out.mkv").read_bytes()
        self.write("out.mkv.kizuna/finished.json", json.dumps({"bytes": len(done)}).encode())
        self.assertEqual(self.go_on("out.mkv")["frames_upscaled"], 0)
        self.assertEqual((self.folder / "out.mkv").read_bytes(), done)
        self.assertEqual(self.names(), ["in.mkv", "out.mkv"])

    def test_another_command_does_not_touch_the_work(self):
        self.end_by(signal.SIGKILL, self.start_until(8, "out.mkv"))
        before = self.names()
        said = self.video("in.mkv", "-o", "out.mkv", "--segment", "6", "--crf", "30", "-q", model=self.slow, expect=FAILED).stderr_text
        self.check_message(said, ["another crf", "--restart"])
        self.assertEqual(self.names(), before)
        report = self.go_on("out.mkv", "--crf", "30", "--restart")
        self.assertEqual((report["frames_resumed"], report["frames"]), (0, self.FRAMES))

    def test_two_processes_do_not_share_the_work(self):
        first = self.start_until(2, "out.mkv")
        first.send_signal(signal.SIGSTOP)
        said = self.video("in.mkv", "-o", "out.mkv", "--segment", "6", "-q", model=self.slow, expect=FAILED).stderr_text
        self.check_message(said, ["another process"])
        self.end_by(signal.SIGKILL, first)

    def test_pictures_of_a_sequence_go_on_as_well(self):
        self.end_by(signal.SIGKILL, self.start_until(14, "frames/%03d.png"))
        report = self.go_on("frames/%03d.png")
        self.assertGreaterEqual(report["frames_resumed"], 6)
        self.assertEqual(self.names("frames"), [f"{i:03}.png" for i in range(1, self.FRAMES + 1)])
        self.assert_same(self.read("frames/030.png"), enlarged(noise(64, 64, seed=29)))


@unittest.skipUnless(HAS_FFMPEG, "no ffmpeg")
class Outputs(VideoTest):
    def test_y4m_and_nut_go_to_a_pipe(self):
        self.small_clip(count=4)
        y4m = self.video("in.mkv", "-o", "-").stdout_bytes
        self.assertTrue(y4m.startswith(b"YUV4MPEG2 W52 H36 F24:1"), y4m[:40])
        nut = self.write("out.nut", self.video("in.mkv", "-o", "-", "--pipe", "nut").stdout_bytes)
        self.assert_same(frames_of(nut), np.stack([enlarged(noise(18, 26, seed=i)) for i in range(4)]))

    def fails_to_write_to(self, output, says):
        self.small_clip()
        process = self.start("video", *self.defaults([]), "in.mkv", "-o", "-", "-q", stdout=output, stderr=subprocess.PIPE)
        said = process.communicate(timeout=PATIENCE_S)[1].decode()
        self.assertEqual(process.returncode, FAILED)
        self.check_message(said, ["standard output", says])

    def test_what_is_sent_to_a_program_that_has_ended(self):
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "wb") as pipe:
            self.fails_to_write_to(pipe, "Broken pipe")

    def test_what_is_sent_to_a_full_device(self):
        with open("/dev/full", "wb") as full:
            self.fails_to_write_to(full, "No space left")

    def test_a_full_disk_is_told_and_the_work_kept(self):
        self.clip("in.mkv", [noise(64, 64, seed=i) for i in range(12)])
        command = ["/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 250; exec "$@"', "sh", PROGRAM, "video", *self.defaults([]), "in.mkv", "-o",
                   "out.mkv", "--encoder", "ffv1", "--segment", "6", "-q"]
        done = subprocess.run(list(map(str, command)), cwd=self.folder, env=self.environment, capture_output=True, timeout=PATIENCE_S,
                              check=False)
        self.assertEqual(done.returncode, FAILED)
        self.check_message(done.stderr.decode(), ["cannot write", "File too large"])
        self.assertFalse((self.folder / "out.mkv").exists())
        report = self.report("in.mkv", "-o", "out.mkv", "--encoder", "ffv1", "--segment", "6")
        self.assertEqual(report["frames"], 12)

    def test_an_output_that_exists_stays(self):
        self.small_clip()
        self.write("out.mkv", b"mine")
        self.refused("in.mkv", "-o", "out.mkv", says=["out.mkv exists already"])
        self.assertEqual((self.folder / "out.mkv").read_bytes(), b"mine")
        self.video("in.mkv", "-o", "out.mkv", "--overwrite")
        self.assertEqual(len(frames_of(self.folder / "out.mkv")), 6)

    def test_encoders(self):
        self.small_clip()
        self.video("in.mkv", "-o", "out.mkv", "--encoder", "libx265", "--crf", "20", "--preset", "ultrafast", "--pix-fmt", "yuv444p")
        stream = probe(self.folder / "out.mkv", "-show_streams")["streams"][0]
        self.assertEqual((stream["codec_name"], stream["pix_fmt"]), ("hevc", "yuv444p"))
        self.refused("in.mkv", "-o", "no.mkv", "--encoder", "nothing", says=["no video encoder nothing", "libx264"])
        self.refused("in.mkv", "-o", "no.mkv", "--encoder", "ffv1", "--crf", "3", code=USAGE, says=["has no crf"])
        self.refused("in.mkv", "-o", "no.mkv", "--pix-fmt", "pal8", code=USAGE, says=["pal8", "yuv420p"])
        self.refused("in.mkv", "-o", "no.mkv", "--preset", "hurry", code=USAGE, says=["hurry", "libx264", "veryslow"])
        self.refused("in.mkv", "-o", "no.xyz", code=USAGE, says=[".mkv"])
        self.refused("in.mkv", "-o", "a%02d/%d-%d.png", code=USAGE, says=["frames/%06d.png"])
        self.refused("in.mkv", "-o", "frames/%06d.txt", code=USAGE, says=["txt"])
        self.refused("in.mkv", "--contact-sheet", "sheet.txt", code=USAGE, says=["txt"])
        self.refused("in.mkv", "-o", "n" * 250 + ".mkv", says=["name"])
        self.refused("in.mkv", code=USAGE, says=["-o OUT.mkv"])


@unittest.skipUnless(HAS_FFMPEG, "no ffmpeg")
class Inputs(VideoTest):
    def test_what_is_no_video(self):
        self.write("text.mkv", b"this is a text and no video at all" * 50)
        ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", self.folder / "sound.wav")
        (self.folder / "folder").mkdir()
        for name, says in (("text.mkv", "cannot be read as a video"), ("missing.mkv", "no file"), ("sound.wav", "no moving pictures"),
                           ("folder", "is a folder"), ("-", "standard input")):
            self.refused(name, "-o", "out.mkv", says=[says], code=USAGE if name == "-" else FAILED)

    def test_a_playlist_fetches_nothing(self):
        self.write("list.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts\n#EXT-X-ENDLIST\n")
        self.refused("list.m3u8", "-o", "out.mkv", says=["list.m3u8"])

    def test_a_file_that_is_cut_off_gives_what_there_is(self):
        self.small_clip(count=12)
        whole = (self.folder / "in.mkv").read_bytes()
        self.write("cut.mkv", whole[:len(whole) * 2 // 3])
        self.video("cut.mkv", "-o", "out.mkv", "--encoder", "ffv1")
        got = frames_of(self.folder / "out.mkv")
        self.assertTrue(5 <= len(got) < 12, len(got))
        self.assert_same(got[4], enlarged(noise(18, 26, seed=4)))

    def test_damaged_packets_are_passed_over_and_told(self):
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=3", "-c:v", "mjpeg", self.folder / "in.mkv")
        data = bytearray((self.folder / "in.mkv").read_bytes())
        rng = np.random.default_rng(7)
        for place in rng.integers(len(data) // 3, len(data) * 2 // 3, 400):
            data[place] ^= 0xFF
        self.write("broken.mkv", bytes(data))
        said = self.video("broken.mkv", "-o", "out.mkv").stderr_text
        self.assertRegex(said, r"[1-9]\d* damaged parts? of the video")
        self.assertGreater(len(frames_of(self.folder / "out.mkv")), 10)

    def test_broken_files_never_crash_it(self):
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1", "-f", "lavfi", "-i", "sine=d=1", "-c:v", "libx264", "-c:a", "aac",
               self.folder / "in.mp4")
        whole = (self.folder / "in.mp4").read_bytes()
        rng = np.random.default_rng(3)
        for i in range(8):
            data = bytearray(whole)
            for place in rng.integers(0, len(data), 60):
                data[place] = int(rng.integers(256))
            self.write("broken.mp4", bytes(data))
            with self.start("video", *self.defaults([]), "broken.mp4", "-o", f"out{i}.mkv", "-q", stderr=subprocess.PIPE) as process:
                said = process.communicate(timeout=PATIENCE_S)[1].decode()
            self.assertIn(process.returncode, (0, FAILED), said)
            if process.returncode == FAILED:
                self.check_message(said, [])

    def test_pictures_that_change_their_size(self):
        for name, size in (("a.ts", "64x48"), ("b.ts", "80x48")):
            ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:r=10:d=0.5", "-c:v", "mpeg2video", self.folder / name)
        self.write("in.ts", (self.folder / "a.ts").read_bytes() + (self.folder / "b.ts").read_bytes())
        said = self.video("in.ts", "-o", "out.mkv", "-q", expect=FAILED).stderr_text
        self.check_message(said, ["64×48", "80×48", "cut it there"])
        self.assertFalse((self.folder / "out.mkv").exists())

    def test_pictures_above_the_limit(self):
        self.small_clip()
        self.refused("in.mkv", "-o", "out.mkv", "--max-pixels", "100", says=["max-pixels"])


if __name__ == "__main__":
    unittest.main()
