"""A queue of pictures, for hosts that show some while others are wanted soon."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import itertools
import os
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any, Callable, Generator, Iterable, Optional

import numpy as np

from . import _errors, _kizuna, _log, _pictures
from ._settings import EncodeKeywords, ModelLike, Path, UpscaleKeywords, engine_options, model_of, split

if TYPE_CHECKING:
    from typing_extensions import Unpack

    class JobKeywords(UpscaleKeywords, EncodeKeywords):
        pass


_EVENT_BYTES = 8  # of an eventfd


class Job(concurrent.futures.Future):
    """A picture in its turn. A Future that can be awaited, too; its result is the output, and a job that was cancelled raises
    Cancelled. Callbacks are called on a thread of the queue's."""

    def __init__(self, native: _kizuna.Jobs, key: str, progress: Optional[Callable[[_kizuna.Progress], Any]]) -> None:
        super().__init__()
        self.key = key
        self.id = 0  #: as in Jobs.list()
        self.report: Optional[_kizuna.JobReport] = None  #: when it has ended: how
        self._native = native
        self._progress = progress
        self._made: Callable[[Any], Any] = lambda output: output
        self._raised: Optional[BaseException] = None

    def cancel(self) -> bool:
        """False where the job has ended. One that runs ends within a tile."""
        return self._native.cancel(self.id)

    def cancelled(self) -> bool:
        return self.done() and isinstance(self.exception(), _kizuna.Cancelled)

    def set_priority(self, priority: int) -> bool:
        """Higher goes first; a running job's tiles, too. False where the job has ended."""
        return self._native.set_priority(self.id, priority)

    def __await__(self) -> Generator[Any, None, Any]:
        return self._awaited().__await__()

    async def _awaited(self) -> Any:
        # Not the job itself is wrapped: asyncio would make its own CancelledError of Cancelled.
        ended: "concurrent.futures.Future[None]" = concurrent.futures.Future()
        ended.set_running_or_notify_cancel()  # it will be told, even where nobody waits any more
        self.add_done_callback(lambda _job: ended.set_result(None))
        try:
            await asyncio.wrap_future(ended)
        except asyncio.CancelledError:
            self._stop()
            raise
        return self.result()

    def _stop(self) -> None:
        with contextlib.suppress(RuntimeError):  # a queue that is closed has cancelled it already
            self.cancel()

    def _progressed(self, progress: _kizuna.Progress) -> None:
        if self._progress is None or self._raised is not None:
            return
        try:
            self._progress(progress)
        except BaseException as error:  # the job's own failure; it must not take the others' news with it
            self._raised = error
            self._stop()

    def _ended(self, report: _kizuna.JobReport) -> None:
        self.report = report
        error = self._raised or report.error
        try:
            output = self._made(report.output) if error is None else None
        except Exception as wrong:  # the picture cannot be made into what was given
            error = wrong
        if error is None:
            self.set_result(output)
        else:
            self.set_exception(error)


class Jobs:
    """Upscales pictures in the order of their priorities. Threads may share it; `with` closes it.

    `devices`: dictionaries with Upscaler's `provider`, `device`, `threads` and `precision`, which share the queue.
    """

    def __init__(
        self,
        devices: Iterable["dict[str, Any]"] = ({},),
        *,
        running_per_device: int = 2,
        waiting: int = 1000,
        open_networks: int = 4,
        cache: Optional[_kizuna.ResultCache] = None,
    ) -> None:
        usual = {"provider": "auto", "device": 0, "threads": 0, "precision": "automatic"}
        options = [engine_options(**{**usual, **device}) for device in devices]
        for name, number in (("waiting", waiting), ("open_networks", open_networks)):
            if not isinstance(number, int) or not 0 <= number < 2**63:
                raise _errors.invalid_argument(f"{name} cannot be {number!r}")
        self._native = _kizuna.Jobs(options, running_per_device, waiting, open_networks, cache)
        self._tags = itertools.count(1)
        self._jobs: "dict[int, Job]" = {}
        self._models: "dict[Optional[str], _kizuna.Model]" = {}  # those that were asked for by name
        thread = threading.Thread(target=_deliver, args=(self._native, self._jobs), name="kizuna jobs", daemon=True)
        thread.start()
        # Also at the end of the program: no work may be left then.
        self._close = weakref.finalize(self, _end, self._native, thread)

    def submit(
        self,
        picture: Any,
        output: Optional[Path] = None,
        *,
        model: Optional[ModelLike] = None,
        key: str = "",
        priority: int = 0,
        time_out: Optional[float] = None,
        deadline: Optional[float] = None,
        overwrite: bool = False,
        progress: Optional[Callable[[_kizuna.Progress], Any]] = None,
        **options: Unpack[JobKeywords],
    ) -> Job:
        """`picture`: a path, a file's bytes, an array or a PIL image. With `output` the result is a file, and its path; else it is
        bytes for a path or bytes, and a picture for a picture, or bytes where there is a `format`. `time_out`: seconds that it
        may run; `deadline`: seconds from now. A full queue raises ValueError; what is wrong with the picture is the job's.
        `progress` is called with the newest Progress, perhaps not with each."""
        if progress is not None and not callable(progress):
            raise TypeError("progress is to be a function that takes a Progress")
        upscale, encode = split(dict(options))
        native_model = self._model(model)
        given, made = _pictures.opened(picture)
        is_encoded = isinstance(given, (str, os.PathLike, bytes, bytearray, memoryview))
        if not is_encoded and not isinstance(given, np.ndarray):
            raise TypeError(f"a picture is a path, bytes, a numpy array or a PIL image, not {type(picture).__name__}")
        gives_picture = output is None and not is_encoded and not encode.format
        if not gives_picture:
            made = _same
        tag = next(self._tags)
        job = Job(self._native, key, progress)
        job._made = made
        try:
            self._jobs[tag] = job  # before it can have news
            job.id = self._native.submit(
                tag, given, output, None if gives_picture else encode, overwrite, native_model, upscale,
                key, priority, time_out, deadline, progress is not None,
            )
        except BaseException:
            self._jobs.pop(tag, None)  # Ctrl-C may come when the job is under way, or has ended
            raise
        return job

    def cancel_key(self, key: str) -> int:
        """Cancels all jobs of this key; returns how many."""
        return self._native.cancel_key(key)

    def cancel_all(self) -> int:
        return self._native.cancel_all()

    def list(self) -> "list[_kizuna.JobStatus]":
        """Jobs that have not ended: those that run, then those that wait, in the order in which they would begin."""
        return self._native.list()

    def prepare(self, model: Optional[ModelLike] = None) -> None:
        """Opens a network, so that the first job need not."""
        try:
            self._native.prepare(self._model(model))
        finally:
            _log.tell()

    def _model(self, model: Optional[ModelLike]) -> _kizuna.Model:
        if isinstance(model, _kizuna.Model):
            return model
        name = None if model is None else os.fsdecode(model)
        if name not in self._models:
            self._models[name] = model_of(name)
        return self._models[name]

    def close(self) -> None:
        """Cancels what is left and waits until it has ended."""
        self._close()

    def __enter__(self) -> Jobs:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _same(output: Any) -> Any:
    return output


def _deliver(native: _kizuna.Jobs, jobs: "dict[int, Job]") -> None:
    """Brings the library's news to the jobs, on a thread of its own, until the queue ends. A failure fails the jobs there are."""
    closed = False
    while not closed:
        try:
            closed = _tell(native, jobs)
            if not closed:
                os.read(native.news_file, _EVENT_BYTES)
        except OSError as error:  # somebody has closed the file: there will be no news any more
            _fail_all(jobs, error)
            return
        except BaseException as error:  # too little memory, say: whose news are lost with it is not known
            with contextlib.suppress(Exception):  # a queue that is being closed cancels them itself
                native.cancel_all()
            _fail_all(jobs, error)
    _fail_all(jobs, _errors.cancelled("the queue was closed"))


def _tell(native: _kizuna.Jobs, jobs: "dict[int, Job]") -> bool:
    """Tells what there is; True when there will be nothing any more. Keeps nothing: results are their owners' alone."""
    progress, ended, closed = native.take_news()
    _guarded(_log.tell)
    for tag, so_far in progress:
        job = jobs.get(tag)  # none where submit() was interrupted
        if job is not None:
            job._progressed(so_far)
    for tag, report in ended:
        job = jobs.pop(tag, None)
        if job is not None:
            _guarded(job._ended, report)
    return closed


def _fail_all(jobs: "dict[int, Job]", error: BaseException) -> None:
    for tag in list(jobs):
        job = jobs.pop(tag, None)
        if job is not None:
            _guarded(job.set_exception, error)


def _guarded(function: Callable[..., Any], *arguments: Any) -> None:
    """For what calls others' code, handlers of the log and callbacks of jobs: what that raises must not take the jobs' news with
    it, and is reported as what a thread raises."""
    try:
        function(*arguments)
    except BaseException:
        threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))


def _end(native: _kizuna.Jobs, thread: threading.Thread) -> None:
    native.close()
    if thread is not threading.current_thread():  # a job's callback may close the queue
        thread.join()
