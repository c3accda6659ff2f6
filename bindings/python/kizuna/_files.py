"""Picture files without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _kizuna, _log, _pictures
from ._settings import EncodeKeywords, Path, encode_settings

if TYPE_CHECKING:
    import numpy as np
    from typing_extensions import Unpack


def inspect_image(path: Path) -> _kizuna.ImageFileInfo:
    """Reads a picture file's header."""
    return _kizuna.inspect_image(path)


def read_image(path: Path, max_pixels: int = _kizuna.default_max_pixels) -> np.ndarray:
    """A picture file's pixels, with its EXIF orientation applied: height x width, or height x width x channels."""
    try:
        return _kizuna.read_image(path, max_pixels)
    finally:
        _log.tell()


def decode_image(encoded: Any, max_pixels: int = _kizuna.default_max_pixels) -> np.ndarray:
    """As read_image(), of bytes."""
    try:
        return _kizuna.decode_image(encoded, max_pixels)
    finally:
        _log.tell()


def write_image(picture: Any, path: Path, **settings: Unpack[EncodeKeywords]) -> None:
    """Writes a picture, replacing what is there; the file appears when it is complete."""
    array, _ = _pictures.opened(picture)
    try:
        _kizuna.write_image(array, path, encode_settings(**settings))
    finally:
        _log.tell()


def encode_image(picture: Any, format: str, **settings: Unpack[EncodeKeywords]) -> bytes:
    """A picture as a file's bytes."""
    array, _ = _pictures.opened(picture)
    try:
        return _kizuna.encode_image(array, encode_settings(format=format, **settings))
    finally:
        _log.tell()
