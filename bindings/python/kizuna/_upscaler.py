"""A network that is open on a device."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Callable, Optional

from . import _errors, _kizuna, _log, _pictures
from ._settings import EncodeKeywords, ModelLike, Path, UpscaleKeywords, engine_options, model_of, split, upscale_options

if TYPE_CHECKING:
    from typing_extensions import Unpack

    class FileKeywords(UpscaleKeywords, EncodeKeywords):
        pass


ProgressFunction = Optional[Callable[[_kizuna.Progress], Any]]


class Upscaler:
    """A network opened on a device, ready for pictures. Opening is the slow part; keep it.

    Any number of threads may call the same object at once; while it works, other Python threads run. `progress` is called with a
    Progress after every tile; what it raises ends the call. `cancel` is a CancelSource.
    """

    def __init__(
        self,
        model: Optional[ModelLike] = None,
        *,
        provider: str = "auto",
        device: int = 0,
        threads: int = 0,
        precision: str = "automatic",
    ) -> None:
        """`model`: a name, a path or a Model; None: the default. `provider`: "auto", or one of list_devices() and no other."""
        try:
            self._native = _kizuna.Upscaler(model_of(model), engine_options(provider, device, threads, precision))
        finally:
            _log.tell()

    @property
    def model(self) -> _kizuna.ModelInfo:
        return self._native.model

    @property
    def provider(self) -> str:
        """The one that was taken."""
        return self._native.provider

    def upscale(
        self,
        picture: Any,
        *,
        progress: ProgressFunction = None,
        cancel: Optional[_kizuna.CancelSource] = None,
        **options: Unpack[UpscaleKeywords],
    ) -> Any:
        """An array of uint8, uint16 or float32 (0 to 1), height x width or height x width x 1 to 4 channels, or a PIL image. The
        result is of the same kind, and is not copied: an array has the library's memory."""
        array, made = _pictures.opened(picture)
        try:
            return made(self._native.upscale(array, upscale_options(**options), progress, cancel))
        finally:
            _log.tell()

    def upscale_file(
        self,
        input: Path,
        output: Path,
        *,
        overwrite: bool = False,
        progress: ProgressFunction = None,
        cancel: Optional[_kizuna.CancelSource] = None,
        **options: Unpack[FileKeywords],
    ) -> _kizuna.UpscaleReport:
        """From file to file, row by row where the formats allow it. The output appears when it is complete."""
        upscale, encode = split(dict(options))
        try:
            return self._native.upscale_file(input, output, upscale, encode, overwrite, progress, cancel)
        finally:
            _log.tell()

    def upscale_bytes(
        self,
        encoded: Any,
        *,
        progress: ProgressFunction = None,
        cancel: Optional[_kizuna.CancelSource] = None,
        **options: Unpack[FileKeywords],
    ) -> bytes:
        """From a file's bytes to a file's bytes, of the same format unless `format` says otherwise."""
        upscale, encode = split(dict(options))
        try:
            return self._native.upscale_bytes(encoded, upscale, encode, progress, cancel)
        finally:
            _log.tell()

    async def upscale_async(
        self,
        picture: Any,
        *,
        progress: ProgressFunction = None,
        cancel: Optional[_kizuna.CancelSource] = None,
        **options: Any,
    ) -> Any:
        """As upscale(), beside the event loop. `progress` is called in the loop; cancelling the task cancels the work, too."""
        return await _beside_loop(self.upscale, picture, progress=progress, cancel=cancel, **options)

    async def upscale_file_async(
        self,
        input: Path,
        output: Path,
        *,
        progress: ProgressFunction = None,
        cancel: Optional[_kizuna.CancelSource] = None,
        **options: Any,
    ) -> _kizuna.UpscaleReport:
        return await _beside_loop(self.upscale_file, input, output, progress=progress, cancel=cancel, **options)

    async def upscale_bytes_async(
        self,
        encoded: Any,
        *,
        progress: ProgressFunction = None,
        cancel: Optional[_kizuna.CancelSource] = None,
        **options: Any,
    ) -> bytes:
        return await _beside_loop(self.upscale_bytes, encoded, progress=progress, cancel=cancel, **options)

    def plan_tiles(self, width: int, height: int, **options: Unpack[UpscaleKeywords]) -> "list[_kizuna.TilePlacement]":
        """Where the tiles of a picture of this size would be."""
        for name, side in (("width", width), ("height", height)):
            if not isinstance(side, int) or not 0 < side < 2**32:
                raise _errors.invalid_argument(f"{name} cannot be {side!r}")
        return self._native.plan_tiles(width, height, upscale_options(**options))


async def _beside_loop(
    function: Callable[..., Any],
    *arguments: Any,
    progress: ProgressFunction,
    cancel: Optional[_kizuna.CancelSource],
    **options: Any,
) -> Any:
    loop = asyncio.get_running_loop()
    stop = _kizuna.CancelSource()
    raised: "list[BaseException]" = []

    def show(news: _kizuna.Progress) -> None:  # in the loop
        if stop.cancelled:
            return
        try:
            progress(news)
        except BaseException as error:  # the call's own failure: the loop would only log it
            raised.append(error)
            stop.cancel()

    def told(news: _kizuna.Progress) -> None:  # on the thread that works
        if stop.cancelled:  # where the caller gave a source, which others may share: the work knows no other
            raise _errors.cancelled("cancelled")
        if progress is not None:
            loop.call_soon_threadsafe(show, news)

    source = stop if cancel is None else cancel
    work = loop.run_in_executor(None, lambda: function(*arguments, progress=told, cancel=source, **options))
    try:
        result = await work
    except asyncio.CancelledError:
        stop.cancel()
        raise
    except Exception:
        if not raised:
            raise
    if raised:
        raise raised.pop()  # and not kept: it knows this frame
    return result
