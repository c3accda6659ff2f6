"""What kizuna video makes of a video: every picture as kizuna upscale would, and all else as it was."""

import unittest

import numpy as np
import tiny_onnx
from harness import enlarged, noise
from video_clips import CHAPTERS, HAS_FFMPEG, SUBTITLES, VideoTest, ffmpeg, frames_of, packets_of, probe, times_of


@unittest.skipUnless(HAS_FFMPEG, "no ffmpeg")
class Pictures(VideoTest):
    def test_without_loss_every_picture_is_that_of_the_network(self):
        frames = [noise(19, 27, seed=i) for i in range(5)]  # odd sides
        self.clip("in.mkv", frames)
        self.video("in.mkv", "-o", "out.mkv", "--encoder", "ffv1")
        self.assert_same(frames_of(self.folder / "out.mkv"), np.stack([enlarged(frame) for frame in frames]))

    def test_colours_are_right_whatever_the_matrix_range_and_depth(self):
        across, down = np.meshgrid(np.linspace(0, 60, 64), np.linspace(0, 60, 48))
        soft = np.stack([90 + across, 150 - down, 80 + (across + down) / 2], axis=2).astype(np.uint8)
        self.clip("rgb.mkv", [soft])
        for matrix, tag in (("bt709", "bt709"), ("smpte170m", "smpte170m"), ("bt2020", "bt2020nc")):
            for colour_range, depth in (("tv", "yuv420p"), ("pc", "yuv420p"), ("tv", "yuv420p10le"), ("pc", "yuv444p10le")):
                with self.subTest(matrix=matrix, colour_range=colour_range, depth=depth):
                    ffmpeg("-i", self.folder / "rgb.mkv", "-vf", f"scale=out_color_matrix={matrix}:out_range={colour_range}",
                           "-pix_fmt", depth, "-colorspace", tag, "-color_range", colour_range, "-c:v", "ffv1", self.folder / "in.mkv")
                    self.video("in.mkv", "-o", "out.mkv", "--encoder", "ffv1", "--overwrite")
                    self.video("in.mkv", "-o", "out%d.png", "--overwrite")
                    stream = probe(self.folder / "out.mkv", "-show_streams")["streams"][0]
                    self.assertEqual((stream["pix_fmt"], stream["color_space"], stream["color_range"]), (depth, tag, colour_range))
                    self.assert_same_planes(depth)
                    picture = self.read("out1.png")
                    picture = picture.astype(float) / (257 if picture.dtype == np.uint16 else 1)
                    self.assertLess(np.abs(picture - enlarged(soft)).mean(), 0.8)

    def assert_same_planes(self, pixel_format):
        """The planes of out.mkv, shrunk to half, are those of in.mkv: no conversion has moved brightness or colour."""
        number, level = (np.uint8, 1) if pixel_format == "yuv420p" else (np.uint16, 4)
        before, after = (np.frombuffer(ffmpeg("-i", self.folder / f"{name}.mkv", "-f", "rawvideo", "-"), number).astype(float) / level
                         for name in ("in", "out"))
        large = after[:128 * 96].reshape(96, 128)
        mean = (large[::2, ::2] + large[1::2, ::2] + large[::2, 1::2] + large[1::2, 1::2]) / 4
        self.assertLess(np.abs(mean - before[:64 * 48].reshape(48, 64)).mean(), 0.6)
        colours = [planes[brightness:].reshape(2, -1).mean(axis=1) for planes, brightness in ((before, 64 * 48), (after, 128 * 96))]
        np.testing.assert_allclose(colours[1], colours[0], atol=0.5)

    def test_sides_are_even_where_the_format_asks_for_it(self):
        self.clip("in.mkv", [noise(19, 27)])
        self.video("in.mkv", "-o", "out.mkv", "-s", "1")
        stream = probe(self.folder / "out.mkv", "-show_streams")["streams"][0]
        self.assertEqual((stream["width"], stream["height"], stream["pix_fmt"]), (28, 20, "yuv420p"))

    def test_pixels_stay_as_wide_as_they_were(self):
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=48x32:r=10:d=0.2", "-vf", "setsar=8/9", "-c:v", "ffv1", self.folder / "in.mkv")
        for arguments, aspect in (([], "8:9"), (["--width", "96", "--height", "128"], "16:9")):
            self.video("in.mkv", "-o", "out.mkv", "--overwrite", *arguments)
            self.assertEqual(probe(self.folder / "out.mkv", "-show_streams")["streams"][0]["sample_aspect_ratio"], aspect)

    def test_interlaced_video_is_noticed(self):
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=20:d=0.5", "-vf", "tinterlace=interleave_top,fieldorder=tff",
               "-c:v", "ffv1", "-field_order", "tt", self.folder / "in.mkv")
        said = self.video("in.mkv", "-o", "out.mkv", "--encoder", "ffv1").stderr_text
        self.assertIn("deinterlaced", said)
        self.assertEqual(len(frames_of(self.folder / "out.mkv")), 5)
        self.assertNotIn("deinterlaced", self.video("in.mkv", "-o", "as-is.mkv", "--deinterlace", "off", "--encoder", "ffv1").stderr_text)
        before, after = (frames_of(self.folder / name)[0].astype(int) for name in ("in.mkv", "as-is.mkv"))
        self.assertLess(np.abs(after - enlarged(before)).mean(), 8)  # colour for two pixels at once costs a little

    def test_side_by_side(self):
        frame = noise(20, 30)
        self.clip("in.mkv", [frame])
        self.video("in.mkv", "-o", "out.mkv", "--compare", "--encoder", "ffv1")
        both = frames_of(self.folder / "out.mkv")[0]
        self.assertEqual(both.shape, (40, 120, 3))
        self.assert_same(both[:, 60:], enlarged(frame))
        self.assertLess(np.abs(both[:, :60].astype(int) - enlarged(frame)).mean(), 40)  # before: resampled

    def test_a_part(self):
        frames = [noise(16, 16, seed=i) for i in range(30)]
        self.clip("in.mkv", frames, rate=10)
        self.video("in.mkv", "-o", "out.mkv", "--preview", "0:00:01.5+0.5s", "--encoder", "ffv1")
        self.assert_same(frames_of(self.folder / "out.mkv"), np.stack([enlarged(frame) for frame in frames[15:20]]))
        self.assertEqual(times_of(self.folder / "out.mkv"), [0, 0.1, 0.2, 0.3, 0.4])

    def test_a_contact_sheet(self):
        frames = [np.full((16, 24, 3), 8 * i, np.uint8) for i in range(24)]
        self.clip("in.mkv", frames, rate=24)
        self.video("in.mkv", "--contact-sheet", "sheet.png")
        sheet = self.read("sheet.png")
        self.assertEqual(sheet.shape, (4 * (32 + 8) + 8, 3 * (48 + 8) + 8, 3))
        cells = [int(sheet[8 + 16 + 40 * (i // 3), 8 + 24 + 56 * (i % 3), 0]) for i in range(12)]
        self.assertEqual(cells, [8 * 2 * i for i in range(12)])
        self.refused("in.mkv", "--contact-sheet", "sheet.png", says=["exists already"])


@unittest.skipUnless(HAS_FFMPEG, "no ffmpeg")
class EverythingElse(VideoTest):
    def rich_clip(self, name="in.mkv"):
        """Two sounds, subtitles, a font, chapters, tags, HDR, pixels that are not square, a rate that varies."""
        for file, data in (("sub.ass", SUBTITLES), ("chapters.txt", CHAPTERS), ("font.ttf", b"a font")):
            self.write(file, data)
        hdr = "log-level=error:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1", "-f", "lavfi", "-i", "sine=440:d=1", "-f", "lavfi", "-i",
               "sine=880:d=1", "-i", "sub.ass", "-i", "chapters.txt", "-map", "0", "-map", "1", "-map", "2", "-map", "3",
               "-map_metadata", "4", "-vf", "setsar=8/9,setpts=PTS+if(gt(N\\,10)\\,0.3/TB\\,0)+N*N*0.0004/TB", "-vsync", "vfr",
               "-c:v", "libx265", "-x265-params", hdr, "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc",
               "smpte2084", "-colorspace", "bt2020nc", "-color_range", "tv", "-c:a:0", "libopus", "-c:a:1", "flac", "-c:s", "ass",
               "-metadata:s:a:0", "language=jpn", "-metadata:s:a:1", "language=deu", "-disposition:a:0", "0", "-disposition:a:1",
               "default", "-attach", "font.ttf", "-metadata:s:t", "mimetype=application/x-truetype-font", name, folder=self.folder)

    def test_all_streams_come_along(self):
        self.rich_clip()
        self.video("in.mkv", "-o", "out.mkv")
        before, after = (probe(self.folder / name, "-show_streams", "-show_chapters", "-show_format") for name in ("in.mkv", "out.mkv"))
        self.assertEqual(len(after["streams"]), 5)
        for old, new in zip(before["streams"], after["streams"]):
            self.assertEqual(new["codec_type"], old["codec_type"])
            self.assertEqual(new["disposition"], old["disposition"])
            for tag in ("language", "filename", "mimetype"):
                self.assertEqual(new.get("tags", {}).get(tag), old.get("tags", {}).get(tag))
        for stream in ("a:0", "a:1", "s:0"):
            self.assertEqual(packets_of(self.folder / "out.mkv", stream), packets_of(self.folder / "in.mkv", stream))
        self.assertEqual(times_of(self.folder / "out.mkv"), times_of(self.folder / "in.mkv"))
        self.assertEqual(after["chapters"], before["chapters"])
        self.assertEqual(after["format"]["tags"]["title"], "A film")
        ffmpeg("-dump_attachment:t:0", self.folder / "font.out", "-i", self.folder / "out.mkv", "-f", "null", "-t", "0", "-")
        self.assertEqual((self.folder / "font.out").read_bytes(), b"a font")

    def test_hdr_and_the_shape_of_pixels(self):
        self.rich_clip()
        self.video("in.mkv", "-o", "out.mkv")
        stream = probe(self.folder / "out.mkv", "-show_streams")["streams"][0]
        for name, value in {"pix_fmt": "yuv420p10le", "color_space": "bt2020nc", "color_transfer": "smpte2084", "color_range": "tv",
                            "color_primaries": "bt2020", "sample_aspect_ratio": "8:9", "width": 128, "height": 96}.items():
            self.assertEqual(stream[name], value, name)
        data = {side["side_data_type"]: side for side in stream["side_data_list"]}
        self.assertEqual(data["Mastering display metadata"]["max_luminance"], "1000/1")
        self.assertEqual(data["Content light level metadata"]["max_content"], 1000)

    def test_times_in_mp4(self):
        self.rich_clip()
        self.refused("in.mkv", "-o", "out.mp4", says=["ass", "ttf", "--drop-streams"])
        said = self.video("in.mkv", "-o", "out.mp4", "--drop-streams").stderr_text
        self.assertIn("(subtitle, ass) is left out", said)
        for got, wanted in zip(times_of(self.folder / "out.mp4"), times_of(self.folder / "in.mkv"), strict=True):
            self.assertAlmostEqual(got, wanted, delta=0.0006)
        self.video("out.mp4", "-o", "back.mkv", "-s", "0.5")
        self.assertEqual(len(frames_of(self.folder / "back.mkv")), 25)

    def test_webm(self):
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=0.5", "-f", "lavfi", "-i", "sine=d=0.5", "-c:v", "libx264", "-c:a",
               "libopus", self.folder / "in.mkv")
        self.video("in.mkv", "-o", "out.webm")
        streams = probe(self.folder / "out.webm", "-show_streams")["streams"]
        self.assertEqual([stream["codec_name"] for stream in streams], ["vp9", "opus"])
        self.assertEqual(packets_of(self.folder / "out.webm", "a:0"), packets_of(self.folder / "in.mkv", "a:0"))
        self.refused("in.mkv", "-o", "h264.webm", "--encoder", "libx264", says=["cannot hold h264"])

    def test_covers(self):
        ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", self.folder / "cover.png")
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=0.5", "-i", self.folder / "cover.png", "-map", "0", "-map", "1",
               "-c:v:0", "libx264", "-c:v:1", "copy", "-disposition:v:1", "attached_pic", self.folder / "in.mp4")
        for output in ("out.mkv", "out.mp4"):
            self.video("in.mp4", "-o", output)
            streams = probe(self.folder / output, "-show_streams")["streams"]
            self.assertEqual([(stream["codec_name"], stream["disposition"]["attached_pic"]) for stream in streams],
                             [("h264", 0), ("png", 1)])

    def test_a_broadcast_begins_at_nought(self):
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.4", "-f", "lavfi", "-i", "sine=d=0.4", "-c:v", "mpeg2video", "-c:a",
               "aac", "-output_ts_offset", "3000", self.folder / "in.ts")
        self.video("in.ts", "-o", "out.mkv")
        self.assertLess(times_of(self.folder / "out.mkv")[0], 0.2)
        self.assertEqual(len(frames_of(self.folder / "out.mkv")), 10)
        steps = [set(np.round(np.diff(times_of(self.folder / name)), 2)) for name in ("in.ts", "out.mkv")]
        self.assertEqual(*steps)


@unittest.skipUnless(HAS_FFMPEG, "no ffmpeg")
class Reuse(VideoTest):
    def test_frames_that_are_held_are_upscaled_once(self):
        drawings = [noise(16, 24, seed=i) for i in range(5)]
        frames = [drawings[i // 3] for i in range(15)]
        self.clip("in.mkv", frames)
        report = self.report("in.mkv", "-o", "out.mkv", "--encoder", "ffv1")
        self.assertEqual((report["frames"], report["frames_upscaled"], report["frames_reused"]), (15, 5, 10))
        self.assert_same(frames_of(self.folder / "out.mkv"), np.stack([enlarged(frame) for frame in frames]))

    def test_near_enough_is_the_same_only_where_it_was_asked_for(self):
        still = noise(16, 24) // 2
        frames = [still, still + np.uint8(2), still + np.uint8(4), still + np.uint8(6)]
        self.clip("in.mkv", frames)
        self.assertEqual(self.report("in.mkv", "-o", "exact.mkv")["frames_upscaled"], 4)
        report = self.report("in.mkv", "-o", "near.mkv", "--still-tolerance", "3", "--encoder", "ffv1")
        self.assertEqual(report["frames_upscaled"], 2)  # compared with the one that is used, so that nothing drifts
        got = frames_of(self.folder / "near.mkv")
        self.assert_same(got[1], enlarged(frames[0]))
        self.assert_same(got[3], enlarged(frames[2]))

    def test_only_what_has_changed_is_computed(self):
        still = noise(96, 128)
        frames = []
        for i in range(6):
            frame = still.copy()
            frame[40:48, 10 * i:10 * i + 8] = 255
            frames.append(frame)
        self.clip("in.mkv", frames)
        network = self.write("networks/blur.onnx", tiny_onnx.blur())
        few = self.report("in.mkv", "-o", "few.mkv", "--tile", "32", "--encoder", "ffv1", model=network)
        self.assertGreater(few["tiles_reused"], few["tiles"])
        self.assertEqual(few["tiles_reused"] + few["tiles"], 6 * 12)
        # The same tiles, each picture by itself.
        for i, frame in enumerate(frames):
            self.picture(f"frames/{i}.png", frame)
        self.upscale("frames", "-o", "large", "--tile", "32", model=network)
        self.assert_same(frames_of(self.folder / "few.mkv"), np.stack([self.read(f"large/{i}.png") for i in range(6)]))


if __name__ == "__main__":
    unittest.main()
