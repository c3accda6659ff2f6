"""Makes the library's structures of keyword arguments."""

import os
from typing import Any, Optional, TypedDict, TypeVar, Union

from . import _errors, _kizuna

Path = Union[str, "os.PathLike[str]"]
ModelLike = Union[_kizuna.Model, str, "os.PathLike[str]"]
Structure = TypeVar("Structure")


class UpscaleKeywords(TypedDict, total=False):
    """What all that upscales takes. All defaults are good: the network's own scale, exact tiles, one pass."""

    scale: float  #: the size wanted as a factor, 1.5 too; 0: by width and height, or the network's own
    width: int  #: the size wanted in pixels; one of the two 0: it follows from the other
    height: int
    fit: bool  #: width x height is a box: the largest size inside that keeps the aspect
    tile: int  #: side of a tile in input pixels at the most; 0: from the memory that is free
    overlap: int  #: pixels that feathered tiles share
    blend: str  #: "automatic", "exact" or "feather"
    tta: bool  #: mean over 8 flips and turns: a little better, eight times slower
    syncgap: int  #: networks with means of the whole picture: 1 exact, 2 and 3 estimated, 0 each tile alone
    max_pixels: int  #: of the result at the most


class EncodeKeywords(TypedDict, total=False):
    """How a picture is written."""

    format: str  #: "png", "apng", "jpeg", "webp", "avif", "jxl", "tiff", "bmp", "gif"; "": by the output's name or as the input
    quality: Optional[int]
    effort: Optional[int]
    lossless: bool
    first_frame: bool  #: of an animation nothing but that


def _put(structure: Any, name: str, value: Any) -> None:
    try:
        setattr(structure, name, value)
    except TypeError:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        sentence = f"{name} cannot be {value!r}"
        raise _errors.invalid_argument(sentence) if is_number else TypeError(sentence) from None


def _filled(structure: Structure, values: "dict[str, Any]") -> Structure:
    known = {name for name in dir(structure) if not name.startswith("_")}
    for name, value in values.items():
        if name not in known:
            raise TypeError(f"there is no argument {name!r}; there are {', '.join(sorted(known))}")
        _put(structure, name, value)
    return structure


def _named(enumeration: Any, what: str, name: Any) -> Any:
    names = enumeration.__members__
    if name not in names:
        raise _errors.invalid_argument(f"{what} is one of {', '.join(names)}, not {name!r}")
    return names[name]


def upscale_options(**values: Any) -> _kizuna.UpscaleOptions:
    if "blend" in values:
        values["blend"] = _named(_kizuna.Blend, "blend", values["blend"])
    return _filled(_kizuna.UpscaleOptions(), values)


def encode_settings(**values: Any) -> _kizuna.EncodeSettings:
    return _filled(_kizuna.EncodeSettings(), values)


def engine_options(provider: str, device: int, threads: int, precision: str) -> _kizuna.EngineOptions:
    precision = _named(_kizuna.Precision, "precision", precision)
    return _filled(
        _kizuna.EngineOptions(), {"provider": provider, "device": device, "threads": threads, "precision": precision}
    )


def split(values: "dict[str, Any]") -> "tuple[_kizuna.UpscaleOptions, _kizuna.EncodeSettings]":
    """Of keywords for both."""
    encode = {name: values.pop(name) for name in EncodeKeywords.__annotations__ if name in values}
    return upscale_options(**values), encode_settings(**encode)


def model_of(model: Optional[ModelLike]) -> _kizuna.Model:
    """Of a Model, a name or a path; the default's where there is none."""
    if isinstance(model, _kizuna.Model):
        return model
    name = os.fsdecode(model) if model is not None else _kizuna.default_model_name()
    return _kizuna.Model.load(name)
