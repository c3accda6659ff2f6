"""Local super-resolution for pictures: the library libkizuna for Python.

    import kizuna
    upscaler = kizuna.Upscaler("realesr-animevideov3-x2")     # slow: keep it
    large = upscaler.upscale(small, scale=3)                  # numpy arrays, or PIL images

Errors are Python's own: FileNotFoundError, FileExistsError, ValueError (wrong arguments; pictures and networks that are damaged
or not understood), OSError, MemoryError, RuntimeError (devices and engines), and kizuna.Cancelled. Their attribute `code` says
more exactly which.
"""

import atexit as _atexit

from . import _kizuna
from ._files import decode_image, encode_image, inspect_image, read_image, write_image
from ._jobs import Job, Jobs
from ._kizuna import (
    CacheStats,
    Cancelled,
    CancelSource,
    Device,
    DeviceSpeed,
    ImageFileInfo,
    JobReport,
    JobStatus,
    Model,
    ModelCheck,
    ModelEntry,
    ModelInfo,
    Progress,
    PullProgress,
    PullReport,
    ResultCache,
    TilePlacement,
    TuneMeasurement,
    UpscaleReport,
    choose_model,
    default_max_pixels,
    default_model_name,
    export_onnx,
    extension_of_format,
    import_model,
    list_devices,
    list_models,
    model_folders,
    probe_devices,
    pull_models,
    remove_model,
    tune,
    verify_model,
)
from ._upscaler import Upscaler

__version__ = _kizuna.version()
__all__ = [name for name in dir() if not name.startswith("_")]

_atexit.register(_kizuna.end_long_calls)
