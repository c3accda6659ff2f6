"""The queue of jobs."""

import concurrent.futures
import contextlib
import logging
import os
import sqlite3
import sys
import threading
import unittest
from unittest import mock

import kizuna
import numpy as np
from kizuna_case import PATIENCE_S, KizunaCase, enlarged, noise


class JobsCase(KizunaCase):
    def setUp(self):
        super().setUp()
        self.model = kizuna.Model.load(str(self.network))
        self.slow = kizuna.Model.load(str(self.slow_network()))

    def queue(self, **options):
        jobs = kizuna.Jobs([{"provider": "cpu"}], **options)
        self.addCleanup(jobs.close)
        return jobs

    def busy_queue(self, **options):
        """With one job that fills it until it is cancelled."""
        jobs = self.queue(running_per_device=1, **options)
        return jobs, self.blocker(jobs)

    def blocker(self, jobs):
        begun = threading.Event()
        job = jobs.submit(noise(400, 400), model=self.slow, tile=32, priority=1000, progress=lambda _news: begun.set())
        self.assertTrue(begun.wait(PATIENCE_S))
        return job


class Results(JobsCase):
    def test_a_picture_for_a_picture_bytes_for_bytes_a_file_for_a_file(self):
        jobs = self.queue()
        picture = noise(6, 8)
        file = self.folder / "in.png"
        kizuna.write_image(picture, file)
        self.assert_same(jobs.submit(picture, model=self.model).result(PATIENCE_S), enlarged(picture))
        for encoded in (file, str(file), file.read_bytes(), memoryview(file.read_bytes())):
            result = jobs.submit(encoded, model=self.model).result(PATIENCE_S)
            self.assert_same(kizuna.decode_image(result), enlarged(picture))
        result = jobs.submit(picture, model=self.model, format="png").result(PATIENCE_S)
        self.assert_same(kizuna.decode_image(result), enlarged(picture))
        job = jobs.submit(picture, self.folder / "out.png", model=self.network)
        self.assertEqual(job.result(PATIENCE_S), self.folder / "out.png")
        self.assert_same(kizuna.read_image(self.folder / "out.png"), enlarged(picture))
        self.assertEqual(job.report.state, "done")
        self.assertEqual((job.report.report.output_width, job.report.provider), (16, "cpu"))
        self.assertIsInstance(jobs.submit(file, self.folder / "out.png", model=self.model).exception(PATIENCE_S), FileExistsError)

    def test_grey_comes_back_as_it_was_given(self):
        jobs = self.queue()
        for channels in (0, 1):
            picture = noise(6, 8, channels)
            self.assert_same(jobs.submit(picture, model=self.model).result(PATIENCE_S), enlarged(picture))

    def test_they_are_futures(self):
        jobs = self.queue()
        many = [jobs.submit(noise(5, 5, seed=seed), model=self.model) for seed in range(20)]
        done, _ = concurrent.futures.wait(many, PATIENCE_S)
        self.assertEqual(done, set(many))
        self.assertEqual(jobs.list(), [])
        self.assertFalse(many[0].cancel())
        self.assertFalse(many[0].cancelled())

    def test_the_input_is_the_callers_again_at_once(self):
        jobs, blocker = self.busy_queue()
        picture = noise(5, 5)
        job = jobs.submit(picture, model=self.model)
        before = picture.copy()
        picture[:] = 0
        blocker.cancel()
        self.assert_same(job.result(PATIENCE_S), enlarged(before))

    def test_trouble_with_the_cache_costs_no_result(self):
        cache = kizuna.ResultCache(self.folder / "cache")
        with contextlib.closing(sqlite3.connect(self.folder / "cache" / "index.sqlite")) as index:
            index.execute("DROP TABLE results")
        jobs = self.queue(cache=cache)
        with self.assertLogs("kizuna", "WARNING") as logs:
            job = jobs.submit(kizuna.encode_image(noise(5, 5), "png"), model=self.model)
            self.assert_same(kizuna.decode_image(job.result(PATIENCE_S)), enlarged(noise(5, 5)))
        self.assertFalse(job.report.from_cache)
        self.assertEqual(len(logs.records), 2)  # of looking for it, and of keeping it

    def test_kept_results(self):
        cache = kizuna.ResultCache(self.folder / "cache")
        jobs = self.queue(cache=cache)
        encoded = kizuna.encode_image(noise(5, 5), "png")
        first = jobs.submit(encoded, model=self.model)
        first.result(PATIENCE_S)
        again = jobs.submit(encoded, model=self.model)
        self.assertEqual(again.result(PATIENCE_S), first.result())
        self.assertEqual((first.report.from_cache, again.report.from_cache), (False, True))
        self.assertEqual((cache.stats().entries, cache.stats().hits), (1, 1))
        self.assertEqual(cache.clean_up(max_age_seconds=1000), 0)
        self.assertEqual(cache.clear(), len(first.result()))


class Turns(JobsCase):
    def test_the_urgent_goes_first(self):
        jobs, blocker = self.busy_queue()
        given = [jobs.submit(noise(5, 5), model=self.model, priority=priority, key=str(priority)) for priority in (1, 3, 2)]
        self.assertEqual([status.key for status in jobs.list()], ["", "3", "2", "1"])
        self.assertTrue(given[0].set_priority(9))
        self.assertEqual([status.key for status in jobs.list()], ["", "1", "3", "2"])
        blocker.cancel()
        for job in given:
            self.assert_same(job.result(PATIENCE_S), enlarged(noise(5, 5)))
        self.assertFalse(given[0].set_priority(1))

    def test_cancelling(self):
        jobs, blocker = self.busy_queue()
        waiting = [jobs.submit(noise(5, 5), model=self.model, key="page") for _ in range(3)]
        self.assertEqual(jobs.cancel_key("page"), 3)
        for job in waiting:
            with self.assertRaises(kizuna.Cancelled):
                job.result(PATIENCE_S)
            self.assertTrue(job.cancelled())
            self.assertEqual(job.report.state, "cancelled")
        self.assertTrue(blocker.cancel())
        with self.assertRaises(kizuna.Cancelled):
            blocker.result(PATIENCE_S)

    def test_time_limits(self):
        jobs, blocker = self.busy_queue()
        late = jobs.submit(noise(5, 5), model=self.model, deadline=0.01)
        self.assertIsInstance(late.exception(PATIENCE_S), Exception)
        self.assertEqual(late.report.state, "timed_out")
        blocker.cancel()
        for limit in (-1, float("nan"), float("inf")):
            with self.assertRaises(ValueError) as caught:
                jobs.submit(noise(5, 5), model=self.model, time_out=limit)
            self.assertEqual(getattr(caught.exception, "code", None), "invalid_argument")

    def test_a_full_queue_refuses(self):
        jobs, _blocker = self.busy_queue(waiting=1)
        jobs.submit(noise(5, 5), model=self.model)
        with self.assertRaises(ValueError):
            jobs.submit(noise(5, 5), model=self.model)

    def test_closing_ends_all(self):
        jobs, blocker = self.busy_queue()
        waiting = jobs.submit(noise(5, 5), model=self.model)
        jobs.close()
        for job in (blocker, waiting):
            self.assertTrue(job.cancelled())
            self.assertEqual(job.exception().code, "cancelled")
        with self.assertRaisesRegex(RuntimeError, "closed"):
            jobs.submit(noise(5, 5), model=self.model)
        jobs.close()

    def test_closing_waits_for_all_even_while_another_call_has_the_queue(self):
        jobs, blocker = self.busy_queue()

        class Closing(os.PathLike):
            def __fspath__(self):  # called within submit()
                jobs.close()
                return "absent.png"

        with self.assertRaises(kizuna.Cancelled):
            jobs.submit(Closing(), model=self.model)
        self.assertIsNotNone(blocker.report)

    def test_a_queue_that_nobody_has_any_more_ends(self):
        jobs = kizuna.Jobs([{"provider": "cpu"}])
        blocker = self.blocker(jobs)
        thread = next(each for each in threading.enumerate() if each.name == "kizuna jobs" and each.is_alive())
        del jobs
        self.assertIsInstance(blocker.exception(PATIENCE_S), kizuna.Cancelled)
        thread.join(PATIENCE_S)
        self.assertFalse(thread.is_alive())


class Callbacks(JobsCase):
    def test_progress(self):
        jobs = self.queue()
        told = []
        job = jobs.submit(noise(80, 80), model=self.slow, tile=32, progress=told.append)
        job.result(PATIENCE_S)
        self.assertGreater(len(told), 0)
        self.assertEqual([news.tiles_done for news in told], sorted({news.tiles_done for news in told}))
        self.assertEqual(told[-1].fraction, 1)

    def test_what_progress_raises_is_the_jobs_failure_and_no_other_jobs(self):
        jobs = self.queue()

        def fail(_news):
            raise KeyError("mine")

        failing = jobs.submit(noise(200, 200), model=self.slow, tile=32, progress=fail)
        with self.assertRaisesRegex(KeyError, "mine"):
            failing.result(PATIENCE_S)
        self.assert_same(jobs.submit(noise(5, 5), model=self.model).result(PATIENCE_S), enlarged(noise(5, 5)))

    def test_what_a_done_callback_raises_is_logged_and_forgotten(self):
        jobs = self.queue()
        called = threading.Event()

        def fail(_job):
            called.set()
            raise KeyError("mine")

        with self.assertLogs("concurrent.futures", "ERROR"):
            jobs.submit(noise(5, 5), model=self.model).add_done_callback(fail)
            self.assertTrue(called.wait(PATIENCE_S))
            jobs.submit(noise(5, 5), model=self.model).result(PATIENCE_S)

    def test_a_callback_that_ends_its_thread_does_not(self):
        jobs, blocker = self.busy_queue()
        jobs.submit(noise(5, 5), model=self.model).add_done_callback(lambda _job: sys.exit(3))
        after = jobs.submit(noise(5, 5), model=self.model)
        blocker.cancel()
        self.assert_same(after.result(PATIENCE_S), enlarged(noise(5, 5)))

    def test_progress_may_close_the_queue_and_fail(self):
        jobs = self.queue()

        def fail(_news):
            jobs.close()
            raise KeyError("mine")

        job = jobs.submit(noise(200, 200), model=self.slow, tile=32, progress=fail)
        with self.assertRaisesRegex(KeyError, "mine"):
            job.result(PATIENCE_S)

    def test_a_callback_may_submit_and_close(self):
        jobs = self.queue()
        second = concurrent.futures.Future()

        def go_on(_job):
            second.set_result(jobs.submit(noise(5, 5), model=self.model))

        jobs.submit(noise(5, 5), model=self.model).add_done_callback(go_on)
        second.result(PATIENCE_S).result(PATIENCE_S)
        closed = threading.Event()

        def close(_job):
            jobs.close()
            closed.set()

        jobs.submit(noise(5, 5), model=self.model).add_done_callback(close)
        self.assertTrue(closed.wait(PATIENCE_S))

    def test_wrong_arguments(self):
        jobs = self.queue()
        for arguments, options in (((None,), {}), ((5,), {}), ((np.zeros((5, 5)),), {}), ((noise(5, 5),), {"progress": 3}),
                                   ((noise(5, 5),), {"key": None}), ((noise(5, 5), 7), {}), ((noise(5, 5),), {"priority": "high"})):
            with self.assertRaises(TypeError, msg=(arguments, options)):
                jobs.submit(*arguments, model=self.model, **options)
        with self.assertRaises(FileNotFoundError):
            jobs.submit(noise(5, 5), model="no-such-network")
        with self.assertRaises(ValueError):
            kizuna.Jobs([])
        with self.assertRaises(ValueError):
            kizuna.Jobs(waiting=-1)
        with self.assertRaises(TypeError):
            kizuna.Jobs([{"colour": 1}])
        self.assertEqual(jobs.submit(self.folder / "absent.png", model=self.model).exception(PATIENCE_S).code, "not_found")
        self.assertEqual(jobs.submit(b"junk", model=self.model).exception(PATIENCE_S).code, "unsupported")


class Troubles(JobsCase):
    """After them the queue goes on: nobody waits for ever."""

    def assert_goes_on(self, jobs):
        self.assert_same(jobs.submit(noise(5, 5), model=self.model).result(PATIENCE_S), enlarged(noise(5, 5)))

    def test_ctrl_c_when_a_job_has_just_been_taken(self):
        jobs, blocker = self.busy_queue()
        submit = jobs._native.submit

        def interrupted(*arguments):
            submit(*arguments)
            raise KeyboardInterrupt

        with mock.patch.object(jobs, "_native", mock.Mock(submit=interrupted)), self.assertRaises(KeyboardInterrupt):
            jobs.submit(noise(5, 5), model=self.model)
        after = jobs.submit(noise(5, 5), model=self.model)
        blocker.cancel()
        self.assert_same(after.result(PATIENCE_S), enlarged(noise(5, 5)))

    def test_a_handler_of_the_log_that_raises(self):
        class Failing(logging.Handler):
            def emit(self, record):
                raise KeyError("mine")

        handler = Failing()
        logging.getLogger("kizuna").addHandler(handler)
        self.addCleanup(logging.getLogger("kizuna").removeHandler, handler)
        jobs = self.queue()
        with mock.patch("threading.excepthook") as told:
            jobs.submit(noise(5, 5, 4), model=self.model, format="jpeg").result(PATIENCE_S)  # which warns: no alpha
            self.assert_goes_on(jobs)
        self.assertIs(told.call_args[0][0].exc_type, KeyError)

    def test_no_memory_for_the_news(self):
        jobs, blocker = self.busy_queue()
        waiting = jobs.submit(noise(5, 5), model=self.model)
        take_news = kizuna._kizuna.Jobs.take_news
        failed = threading.Event()

        def fail_once(native):
            news = take_news(native)
            if not failed.is_set():
                failed.set()
                raise MemoryError
            return news

        with mock.patch.object(kizuna._kizuna.Jobs, "take_news", fail_once):
            for job in (blocker, waiting):
                self.assertIsInstance(job.exception(PATIENCE_S), MemoryError)
            self.assert_goes_on(jobs)


if __name__ == "__main__":
    unittest.main()
