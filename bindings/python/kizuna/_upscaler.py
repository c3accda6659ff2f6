"""A network that is open on a device."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Callable, Optional

from . import _kizuna, _log, _pictures
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

    async def upscale_async(self, picture: Any, *, progress: ProgressFunction = None, **options: Any) -> Any:
        """As upscale(), beside the event loop. `progress` is called in the loop; cancelling the task cancels the work."""
        return await _beside_loop(self.upscale, picture, progress=progress, **options)

    async def upscale_file_async(
        self, input: Path, output: Path, *, progress: ProgressFunction = None, **options: Any
    ) -> _kizuna.UpscaleReport:
        return await _beside_loop(self.upscale_file, input, output, progress=progress, **options)

    async def upscale_bytes_async(self, encoded: Any, *, progress: ProgressFunction = None, **options: Any) -> bytes:
        return await _beside_loop(self.upscale_bytes, encoded, progress=progress, **options)

    def plan_tiles(self, width: int, height: int, **options: Unpack[UpscaleKeywords]) -> "list[_kizuna.TilePlacement]":
        """Where the tiles of a picture of this size would be."""
        for name, side in (("width", width), ("height", height)):
            if not isinstance(side, int) or not 0 < side < 2**32:
                raise ValueError(f"{name} cannot be {side!r}")
        return self._native.plan_tiles(width, height, upscale_options(**options))


async def _beside_loop(function: Callable[..., Any], *arguments: Any, progress: ProgressFunction, **options: Any) -> Any:
    loop = asyncio.get_running_loop()
    cancel = _kizuna.CancelSource()
    told = None if progress is None else lambda news: loop.call_soon_threadsafe(progress, news)
    work = loop.run_in_executor(None, lambda: function(*arguments, progress=told, cancel=cancel, **options))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        cancel.cancel()
        work.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody else asks for it
        raise
