"""Pictures as Python programs have them: numpy arrays, and PIL images where PIL is in use."""

import sys
from typing import Any, Callable

import numpy as np

#: What PIL keeps beside the pixels and a larger picture may keep as it is.
_LASTING_INFO = ("icc_profile", "exif", "dpi", "xmp")
_DIRECT_MODES = ("L", "LA", "RGB", "RGBA", "I;16")


def _is_pil_image(picture: Any) -> bool:
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(picture, module.Image)


def _array_of_pil(image: Any) -> np.ndarray:
    if image.mode in ("I", "F"):
        raise ValueError(f"a PIL image of mode {image.mode} has no known range: convert it first")
    if image.mode not in _DIRECT_MODES:
        transparent = image.mode in ("PA", "RGBa", "La") or "transparency" in image.info
        grey = image.mode == "1"
        image = image.convert("RGBA" if transparent else "L" if grey else "RGB")
    return np.asarray(image)


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
    return _array_of_pil(picture), lambda array: _pil_of_array(array, info)
