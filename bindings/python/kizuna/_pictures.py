"""Pictures as Python programs have them: numpy arrays, and PIL images where PIL is in use."""

import sys
from typing import Any, Callable

import numpy as np

from . import _errors

#: What PIL keeps beside the pixels and a larger picture may keep as it is.
_LASTING_INFO = ("icc_profile", "exif", "dpi", "xmp")
_GREY_MODES = ("1", "L", "LA", "La")
_ALPHA_MODES = ("LA", "La", "PA", "RGBA", "RGBa")
#: Whose colours are not RGB's in another notation: their ICC profile is wrong for what they are converted to.
_FOREIGN_MODES = ("CMYK", "LAB")


def _is_pil_image(picture: Any) -> bool:
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(picture, module.Image)


def _is_transparent(image: Any) -> bool:
    if image.mode in _ALPHA_MODES:
        return True
    colour = image.info.get("transparency")  # the one that stands for it
    # Bytes are the alpha of a palette's colours: without the palette they are but left over.
    return colour is not None and (image.mode == "P" or not isinstance(colour, bytes))


def _array_of_pil(image: Any) -> np.ndarray:
    if image.mode in ("I", "F"):
        raise _errors.invalid_argument(f"a PIL image of mode {image.mode} has no known range: convert it first")
    mode = ("L" if image.mode in _GREY_MODES else "RGB") + ("A" if _is_transparent(image) else "")
    return np.asarray(image if image.mode in (mode, "I;16") else image.convert(mode))


def _pil_of_array(array: np.ndarray, info: "dict[str, Any]") -> Any:
    import PIL.Image

    image = PIL.Image.fromarray(array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array)
    image.info.update({name: info[name] for name in _LASTING_INFO if name in info})
    return image


def opened(picture: Any) -> "tuple[Any, Callable[[np.ndarray], Any]]":
    """An array, and what makes of a result what the caller gave. What is no picture comes back as it is."""
    if not _is_pil_image(picture):
        if isinstance(picture, np.ndarray) and picture.ndim == 2:
            return picture, lambda array: array[:, :, 0] if array.ndim == 3 else array
        return picture, lambda array: array
    info = dict(picture.info)
    if picture.mode in _FOREIGN_MODES:
        info.pop("icc_profile", None)
    return _array_of_pil(picture), lambda array: _pil_of_array(array, info)
