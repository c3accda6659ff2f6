#!/usr/bin/python3
"""Makes docs/before-after.png: a piece of examples/lineart.png enlarged plainly, and by Kizuna. Needs python3-pil.

    scripts/make_before_after.py build/release/bin/kizuna
"""

import pathlib
import subprocess
import sys
import tempfile

from PIL import Image, ImageDraw, ImageFont

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODEL, SCALE = "realesr-animevideov3-x4", 4
PIECE = (154, 70, 278, 162)  # of the input: left, top, right, bottom
GAP_PX = 8
LABEL_AT = (18, 14)
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"


def labelled(picture, text):
    draw = ImageDraw.Draw(picture, "RGBA")
    font = ImageFont.truetype(FONT, 17)
    left, top, right, bottom = draw.textbbox(LABEL_AT, text, font)
    draw.rounded_rectangle((left - 10, top - 7, right + 10, bottom + 7), 8, fill=(20, 16, 30, 190))
    draw.text(LABEL_AT, text, "white", font)
    return picture


def main():
    given = ROOT / "examples" / "lineart.png"
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder, "large.png")
        subprocess.run([sys.argv[1], "upscale", given, "-o", output, "--model", MODEL], check=True)
        ours = Image.open(output).convert("RGB").crop([side * SCALE for side in PIECE])
    piece = Image.open(given).convert("RGB").crop(PIECE)
    plain = piece.resize(ours.size, Image.Resampling.BICUBIC)
    both = Image.new("RGB", (2 * ours.width + GAP_PX, ours.height), "white")
    both.paste(labelled(plain, "320 × 240, enlarged 4× bicubically"), (0, 0))
    both.paste(labelled(ours, f"kizuna, {MODEL}"), (ours.width + GAP_PX, 0))
    both = both.point(lambda level: level & ~1)  # nobody sees the last bit, and it makes a fifth of the file
    both.save(ROOT / "docs" / "before-after.png", optimize=True)


if __name__ == "__main__":
    main()
