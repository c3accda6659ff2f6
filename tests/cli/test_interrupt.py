"""Ctrl-C and SIGTERM: soon, and without partial files."""

import json
import pathlib
import signal
import subprocess
import time
import unittest

import tiny_onnx
from harness import DONE, INTERRUPTED, PATIENCE_S, PROGRAM, ProgramTest, noise

# Generous for machines that do much else; it is a fraction of a second. What is tested is that the job is not finished.
SOON_S = 20


class Interrupts(ProgramTest):
    def setUp(self):
        super().setUp()
        self.slow = self.write("networks/slow.onnx", tiny_onnx.slow())
        self.picture("large.png", noise(1500, 2000))
        self.given = self.names()

    def start_and_wait_for_a_tile(self, *arguments):
        process = self.start("upscale", *self.defaults([], self.slow), "--tile", "96", "--progress", "json", *arguments,
                             stderr=subprocess.PIPE)
        for line in process.stderr:
            event = json.loads(line)
            if event["event"] == "progress" and event["input"] == "large.png":
                self.assertLess(event["tiles_done"], event["tiles_total"] / 2)
                return process
        self.fail("the program ended before it had begun")

    @staticmethod
    def blocks(process, number):
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigBlk"))
        return int(mask, 16) >> (number - 1) & 1

    def interrupted(self, process, number):
        begun = time.monotonic()
        process.send_signal(number)
        _, rest = process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertLess(time.monotonic() - begun, SOON_S)
        return json.loads(rest.splitlines()[-1])

    def test_no_partial_file_is_left(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                end = self.interrupted(self.start_and_wait_for_a_tile("large.png", "-o", "out.png"), number)
                self.assertEqual((end["event"], end["interrupted"], end["done"]), ("end", True, 0))
                self.assertEqual(self.names(), self.given)

    def test_what_was_there_stays(self):
        self.write("out.png", b"mine")
        self.interrupted(self.start_and_wait_for_a_tile("large.png", "-o", "out.png", "--overwrite"), signal.SIGINT)
        self.assertEqual((self.folder / "out.png").read_bytes(), b"mine")
        self.assertEqual(self.names(), sorted([*self.given, "out.png"]))

    def test_finished_pictures_stay_and_are_counted(self):
        self.picture("a-small.png", noise(8, 8))
        process = self.start_and_wait_for_a_tile("a-small.png", "large.png", "-o", "out")
        end = self.interrupted(process, signal.SIGINT)
        self.assertEqual((end["done"], end["failed"], end["total"]), (1, 0, 2))
        self.assertEqual(self.names("out"), ["a-small.png"])

    def test_it_says_so_in_words(self):
        process = self.start("upscale", *self.defaults([], self.slow), "--tile", "96", "-v", "--print-tiles", "large.png",
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline()  # the tiles come right before the work
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertIn(b"interrupted; 0 of 1 picture done", said)

    def test_with_several_jobs(self):
        self.picture("large2.png", noise(1500, 2000))
        process = self.start_and_wait_for_a_tile("large.png", "large2.png", "-o", "out", "-j", "2")
        self.interrupted(process, signal.SIGTERM)
        self.assertEqual(self.names("out"), [])

    def test_a_second_signal_ends_it_at_once(self):
        # Nobody reads the pipe: the program cannot wind down.
        process = self.start("upscale", *self.defaults([]), "-o", "-", "-f", "bmp", "--progress", "json", "large.png",
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), INTERRUPTED)
        end = json.loads(process.communicate()[1].splitlines()[-1])
        self.assertEqual((end["event"], end["interrupted"]), ("end", True))

    def test_a_signal_before_there_is_work_is_told_in_json_too(self):
        process = self.start("upscale", *self.defaults([]), "-o", "out.png", "--progress", "json", "-", stdin=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        while not self.blocks(process, signal.SIGINT):  # as its very first deed
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), INTERRUPTED)
        process.stdin.close()
        for line in process.stderr.read().splitlines():
            end = json.loads(line)
        self.assertEqual((end["event"], end["interrupted"], end["done"]), ("end", True, 0))

    def test_one_signal_is_enough_where_nobody_reads_the_result(self):
        process = self.start("upscale", *self.defaults([]), "-o", "-", "-f", "bmp", "large.png", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), INTERRUPTED)
        self.assertIn(b"interrupted; 0 of 1 picture done", process.communicate()[1])

    def test_one_signal_is_enough_for_an_encoder_that_does_not_listen(self):
        for options in (["-o", "out.avif", "--effort", "10"], ["-o", "out.jxl", "--lossless", "--effort", "9"]):
            with self.subTest(options=options):
                process = self.start("upscale", *self.defaults([]), "large.png", *options, "--progress", "json",
                                     stderr=subprocess.PIPE)
                for line in process.stderr:
                    event = json.loads(line)
                    if event.get("tiles_done") == event.get("tiles_total", 0):
                        break  # minutes of encoding are left
                end = self.interrupted(process, signal.SIGINT)
                self.assertEqual((end["event"], end["interrupted"], end["done"], end["total"]), ("end", True, 0, 1))
                self.assertEqual(self.names(), self.given)

    def test_signals_that_were_ignored_stay_so(self):
        command = ["/bin/sh", "-c", 'trap "" HUP INT; exec "$@"', "sh", PROGRAM, "upscale", "-", "-o", "out.png",
                   *self.defaults([])]
        with subprocess.Popen(list(map(str, command)), cwd=self.folder, env=self.environment, stdin=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            self.wait_until_it_catches_signals(process)
            for number in (signal.SIGHUP, signal.SIGINT):
                process.send_signal(number)
            process.communicate(self.picture("small.png").read_bytes(), timeout=PATIENCE_S)
        self.assertEqual(process.returncode, DONE)

    def test_while_waiting_for_standard_input(self):
        process = self.start("upscale", "-", "-o", "out.png", *self.defaults([]), stdin=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        self.wait_until_it_catches_signals(process)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), INTERRUPTED)
        process.communicate()

    def wait_until_it_catches_signals(self, process):
        """Until its second thread is there, by /proc."""
        deadline = time.monotonic() + PATIENCE_S
        while len(list(pathlib.Path(f"/proc/{process.pid}/task").iterdir())) < 2:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)


if __name__ == "__main__":
    unittest.main()
