"""`await`."""

import asyncio
import threading
import unittest

import kizuna
from kizuna_case import PATIENCE_S, KizunaCase, enlarged, noise


class Awaiting(KizunaCase):
    def run_async(self, coroutine):
        return asyncio.run(asyncio.wait_for(coroutine, PATIENCE_S))

    def watch(self, upscaler):
        """A list that will say how calls of upscale() have ended."""
        ended = []
        upscale = upscaler.upscale

        def watched(*arguments, **options):
            try:
                result = upscale(*arguments, **options)
                ended.append(None)
                return result
            except BaseException as error:
                ended.append(type(error))
                raise

        upscaler.upscale = watched
        return ended

    def test_pictures_side_by_side(self):
        upscaler = kizuna.Upscaler(self.network)

        async def program():
            return await asyncio.gather(*(upscaler.upscale_async(noise(9, 7, seed=seed)) for seed in range(5)))

        for seed, result in enumerate(self.run_async(program())):
            self.assert_same(result, enlarged(noise(9, 7, seed=seed)))

    def test_progress_comes_in_the_loop(self):
        upscaler = kizuna.Upscaler(self.network)
        threads = []

        async def program():
            await upscaler.upscale_async(noise(64, 64), tile=32, progress=lambda _news: threads.append(threading.get_ident()))
            await asyncio.sleep(0)  # a turn for what was called last

        self.run_async(program())
        self.assertEqual(set(threads), {threading.get_ident()})

    def test_cancelling_a_task_cancels_the_work_and_not_the_source_that_was_given(self):
        for cancel in (None, kizuna.CancelSource()):
            upscaler = kizuna.Upscaler(self.slow_network())
            ended = self.watch(upscaler)

            async def program():
                begun = asyncio.Event()
                task = asyncio.create_task(
                    upscaler.upscale_async(noise(600, 600), tile=32, cancel=cancel, progress=lambda _news: begun.set())
                )
                await begun.wait()
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task

            self.run_async(program())  # which waits for the loop's threads
            self.assertEqual(ended, [kizuna.Cancelled])
            self.assertFalse(cancel and cancel.cancelled)

    def test_a_source_that_was_given_cancels_the_work(self):
        upscaler = kizuna.Upscaler(self.slow_network())
        encoded = kizuna.encode_image(noise(600, 600), "bmp")
        (self.folder / "in.bmp").write_bytes(encoded)
        for door, given in ((upscaler.upscale_async, (noise(600, 600),)), (upscaler.upscale_bytes_async, (encoded,)),
                            (upscaler.upscale_file_async, (self.folder / "in.bmp", self.folder / "out.png"))):
            cancel = kizuna.CancelSource()
            with self.assertRaises(kizuna.Cancelled):
                self.run_async(door(*given, tile=32, cancel=cancel, progress=lambda _news, source=cancel: source.cancel()))
        with self.assertRaises(TypeError):
            self.run_async(upscaler.upscale_async(noise(5, 5), cancel=3))

    def test_what_progress_raises_ends_the_call(self):
        def fail(_news):
            raise KeyError("mine")

        fast, slow = kizuna.Upscaler(self.network), kizuna.Upscaler(self.slow_network())
        ended = self.watch(slow)
        for cancel in (None, kizuna.CancelSource()):
            with self.assertRaisesRegex(KeyError, "mine"):  # when the work is done
                self.run_async(fast.upscale_async(noise(8, 8), progress=fail, cancel=cancel))
            with self.assertRaisesRegex(KeyError, "mine"):  # in its midst
                self.run_async(slow.upscale_async(noise(600, 600), tile=32, progress=fail, cancel=cancel))
        self.assertEqual(ended, [kizuna.Cancelled, kizuna.Cancelled])
        with self.assertRaises(TypeError):
            self.run_async(fast.upscale_async(noise(8, 8), progress=3))

    def test_files_and_bytes(self):
        upscaler = kizuna.Upscaler(self.network)
        encoded = kizuna.encode_image(noise(5, 6), "png")
        (self.folder / "in.png").write_bytes(encoded)

        async def program():
            report = await upscaler.upscale_file_async(self.folder / "in.png", self.folder / "out.png", scale=2)
            return report, await upscaler.upscale_bytes_async(encoded)

        report, result = self.run_async(program())
        self.assertEqual(report.output_width, 12)
        self.assert_same(kizuna.decode_image(result), enlarged(noise(5, 6)))

    def test_errors_arrive(self):
        upscaler = kizuna.Upscaler(self.network)
        with self.assertRaises(FileNotFoundError):
            self.run_async(upscaler.upscale_file_async(self.folder / "absent.png", "out.png"))

    def test_jobs_can_be_awaited(self):
        async def program():
            with kizuna.Jobs() as jobs:
                good = jobs.submit(noise(5, 6), model=self.network)
                bad = jobs.submit(b"junk", model=self.network)
                with self.assertRaises(ValueError):
                    await bad
                return await good

        self.assert_same(self.run_async(program()), enlarged(noise(5, 6)))

    def test_jobs_that_were_cancelled_raise_cancelled(self):
        slow = self.slow_network()

        async def program():
            with kizuna.Jobs() as jobs:
                late = jobs.submit(noise(600, 600), model=slow, tile=32, time_out=0.01)
                with self.assertRaisesRegex(kizuna.Cancelled, "time"):
                    await late
                self.assertEqual(late.report.state, "timed_out")
                stopped = jobs.submit(noise(600, 600), model=slow, tile=32)
                asyncio.get_running_loop().call_soon(stopped.cancel)
                with self.assertRaises(kizuna.Cancelled):
                    await stopped
                with self.assertRaises(kizuna.Cancelled):
                    await stopped  # which has ended

        self.run_async(program())

    def test_cancelling_who_awaits_a_job_that_waits(self):
        slow = self.slow_network()

        async def wait(job):
            await job

        async def program():
            with kizuna.Jobs(running_per_device=1) as jobs:
                jobs.submit(noise(600, 600), model=slow, tile=32, priority=1)
                job = jobs.submit(noise(5, 5), model=slow)
                task = asyncio.create_task(wait(job))
                await asyncio.sleep(0)
                task.cancel()
                job.cancel()
                job.exception(PATIENCE_S)  # it has ended before the task hears that it is cancelled
                with self.assertRaises(asyncio.CancelledError):
                    await task

        self.run_async(program())

    def test_cancelling_who_awaits_a_job_cancels_it(self):
        slow = self.slow_network()

        async def program():
            with kizuna.Jobs() as jobs:
                job = jobs.submit(noise(600, 600), model=slow, tile=32)

                async def wait():
                    await job

                task = asyncio.create_task(wait())
                await asyncio.sleep(0)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                return await asyncio.to_thread(job.exception, PATIENCE_S)

        self.assertIsInstance(self.run_async(program()), kizuna.Cancelled)


if __name__ == "__main__":
    unittest.main()
