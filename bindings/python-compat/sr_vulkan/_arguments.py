"""add() takes its arguments in two forms, which are told apart by the types."""

import inspect
import math
import numbers

_LONGEST_SIDE = 2**31


def _by_scale(data, modelIndex, backId, scale, format="", tileSize=0):
    pass


def _by_size(data, modelIndex, backId, width, height, format="", tileSize=0):
    pass


_TYPES = {
    "modelIndex": numbers.Integral,
    "backId": numbers.Integral,
    "scale": numbers.Real,
    "width": numbers.Integral,
    "height": numbers.Integral,
    "format": str,
    "tileSize": numbers.Integral,
}
_FORMS = tuple(inspect.signature(form) for form in (_by_scale, _by_size))
_FORMATS = ("", "jpg", "jpeg", "png", "bmp", "webp", "apng")


def of_add(positional, named):
    """All arguments by name, with `scale` or with `width` and `height`; None where they fit neither form."""
    for form in _FORMS:
        try:
            bound = form.bind(*positional, **named)
        except TypeError:
            continue
        bound.apply_defaults()
        given = bound.arguments
        if all(isinstance(given[name], kind) for name, kind in _TYPES.items() if name in given):
            return None if given["tileSize"] < 0 else given
    return None


def size_options(given):
    """The keywords of kizuna that say the size; None where it cannot be."""
    if "scale" in given:
        scale = float(given["scale"])
        return {"scale": scale} if math.isfinite(scale) and scale > 0 else None
    sides = {side: int(given[side]) for side in ("width", "height")}
    return sides if all(0 < length < _LONGEST_SIDE for length in sides.values()) else None


def is_format(name):
    return name.lower() in _FORMATS


# How files begin, and what the result is to be: a GIF becomes WebP.
_BEGINNINGS = (
    (b"\xff\xd8", "jpg"),
    (b"\x89PNG", "png"),
    (b"GIF8", "webp"),
    (b"RIFF", "webp"),
    (b"BM", "bmp"),
    (b"II*\0", "tif"),
    (b"MM\0*", "tif"),
    (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cJXL ", "jxl"),
)


def _is_animated_png(data):
    """What moves has the chunk acTL before its pixels."""
    at = 8
    while at + 8 <= len(data):
        kind = data[at + 4 : at + 8]
        if kind in (b"acTL", b"IDAT"):
            return kind == b"acTL"
        at += int.from_bytes(data[at : at + 4], "big") + 12
    return False


def format_like(data):
    """The format of a result that is to be as its input. What is no picture fails in its turn."""
    for beginning, format in _BEGINNINGS:
        if data.startswith(beginning):
            return "apng" if format == "png" and _is_animated_png(data) else format
    return "avif" if data[4:8] == b"ftyp" else ""
