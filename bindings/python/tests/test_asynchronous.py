"""`await`."""

import asyncio
import threading
import unittest

import kizuna
from kizuna_case import PATIENCE_S, KizunaCase, enlarged, noise


class Awaiting(KizunaCase):
    def run_async(self, coroutine):
        return asyncio.run(asyncio.wait_for(coroutine, PATIENCE_S))

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

    def test_cancelling_a_task_cancels_the_work(self):
        upscaler = kizuna.Upscaler(self.slow_network())

        async def program():
            begun = asyncio.Event()
            task = asyncio.create_task(
                upscaler.upscale_async(noise(600, 600), tile=32, progress=lambda _news: begun.set())
            )
            await begun.wait()
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task

        self.run_async(program())  # which waits for the loop's threads: for minutes, were the work not cancelled

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
