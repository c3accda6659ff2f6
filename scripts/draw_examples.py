#!/usr/bin/python3
"""Draws the pictures in examples/. Needs Debian's python3-cairo, python3-numpy and python3-pil.

    scripts/draw_examples.py [FOLDER]
"""

import io
import pathlib
import sys

import numpy as np
from PIL import Image, ImageFilter

from drawing import landscape, lineart, sprite

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"


def to_picture(premultiplied):
    """RGBA floats with premultiplied alpha to 8 bits with straight alpha."""
    alpha = premultiplied[..., 3:]
    colour = premultiplied[..., :3] / np.maximum(alpha, 1e-6)
    return Image.fromarray(np.round(255 * np.concatenate([colour, alpha], axis=2)).astype(np.uint8), "RGBA")


def as_found_on_the_web(picture, blur_px=0.35, quality=82):
    """Small pictures out there have been shrunk softly and saved as JPEG; upscalers are made for that."""
    soft = picture.convert("RGB").filter(ImageFilter.GaussianBlur(blur_px))
    file = io.BytesIO()
    soft.save(file, "JPEG", quality=quality)
    return Image.open(file)


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    folder.mkdir(parents=True, exist_ok=True)
    as_found_on_the_web(to_picture(lineart.draw())).save(folder / "lineart.png", optimize=True)
    as_found_on_the_web(to_picture(landscape.draw()), quality=86).save(folder / "landscape.png", optimize=True)
    to_picture(sprite.draw()).save(folder / "sprite.png", optimize=True)


if __name__ == "__main__":
    main()
