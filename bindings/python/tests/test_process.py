"""What happens around the end of a process, in children, and at Ctrl-C."""

import unittest

from kizuna_case import KizunaCase

BEGIN = """
import os, signal, sys, threading
import numpy as np
import kizuna
from kizuna_case import enlarged, noise
fast, slow = sys.argv[1:]
def begin_slow_work(then=lambda: None):
    begun = threading.Event()
    def tell(news):
        begun.set()
        then()
    thread = threading.Thread(target=lambda: kizuna.Upscaler(slow).upscale(noise(600, 600), tile=32, progress=tell), daemon=True)
    thread.start()
    assert begun.wait(100)
"""


class Processes(KizunaCase):
    def run_program(self, program, expect=0):
        return self.run_python(BEGIN + program, self.network, self.slow_network(), expect=expect)

    def test_a_program_may_end_while_threads_work(self):
        self.run_program("begin_slow_work()")
        self.run_program("begin_slow_work(); begin_slow_work(); sys.exit(7)", expect=7)

    def test_a_program_may_end_while_jobs_run(self):
        self.run_program("""
begun = threading.Event()
jobs = kizuna.Jobs()
given = [jobs.submit(noise(600, 600), model=slow, tile=32, progress=lambda news: begun.set()) for _ in range(5)]
assert begun.wait(100)
""")

    def test_ctrl_c_ends_a_call(self):
        self.run_program("""
signal.signal(signal.SIGINT, signal.default_int_handler)
told = []
def interrupt(news):
    told.append(news)
    os.kill(os.getpid(), signal.SIGINT)
try:
    kizuna.Upscaler(slow).upscale(noise(600, 600), tile=32, progress=interrupt)
    sys.exit("not interrupted")
except KeyboardInterrupt:
    assert len(told) <= 2
""")

    def test_a_child_made_by_fork_makes_its_own(self):
        self.run_program("""
upscaler = kizuna.Upscaler(fast)
upscaler.upscale(noise(5, 5))
jobs = kizuna.Jobs()
jobs.submit(noise(5, 5), model=fast).result(100)
child = os.fork()
if child == 0:
    for use in (lambda: upscaler.upscale(noise(5, 5)), lambda: jobs.submit(noise(5, 5), model=fast), jobs.list):
        try:
            use()
            os._exit(1)
        except RuntimeError as error:
            assert "fork" in str(error)
    jobs.close()
    own = kizuna.Upscaler(fast).upscale(noise(5, 5))
    assert (own == enlarged(noise(5, 5))).all()
    with kizuna.Jobs() as own_jobs:
        own_jobs.submit(noise(5, 5), model=fast).result(100)
    sys.exit(0)  # by way of everything that Python does at the end
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
jobs.submit(noise(5, 5), model=fast).result(100)
""")

    def test_memory_does_not_grow(self):
        self.run_program("""
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
upscaler = kizuna.Upscaler(fast)
jobs = kizuna.Jobs()
model = kizuna.Model.load(fast)
picture = noise(500, 500)
def work():
    for _ in range(40):
        upscaler.upscale(picture)
        upscaler.upscale_bytes(kizuna.encode_image(picture, "bmp"))
        jobs.submit(picture, model=model).result(100)
        try:
            upscaler.upscale(picture, progress=lambda news: 1 / 0)
        except ZeroDivisionError:
            pass
work()
before = resident()
work()
assert resident() - before < 90e6, resident() - before  # one kept result a round would be 120 MB; allocators vary by 40
""")


if __name__ == "__main__":
    unittest.main()
