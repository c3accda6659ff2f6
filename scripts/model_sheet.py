#!/usr/bin/python3
"""model_sheet.py PROGRAM: shows every installed network on the same three pictures.

Writes docs/models/SERIES.webp, and between the two comments in docs/models.md a table of times and memory. Needs Debian's
python3-pil and fonts-dejavu-core; `kizuna models pull --all` first, and a machine that has nothing else to do.
"""

import json
import os
import pathlib
import re
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICTURES = {  # the part of each example that is shown: left, top
    "lineart": (84, 60),
    "sprite": (40, 20),
    "landscape": (150, 100),
}
SHOWN_PX = 64  # of the original
CELL_PX = 4 * SHOWN_PX
LABEL_PX, GAP_PX, TITLE_PX = 250, 6, 26
MEASURED = "landscape"  # the picture whose time and memory stand in the table
RUNS = 3
BEGIN, END = "<!-- sheet: begin -->", "<!-- sheet: end -->"


def run(program, model, picture, output):
    """Seconds and peak megabytes of a process of its own. No large library is loaded yet: the kernel counts what a process
    had before it became another one."""
    begin = os.times().elapsed
    child = os.posix_spawn(
        program,
        [program, "upscale", str(ROOT / "examples" / f"{picture}.png"), "-o", str(output), "--model", model,
         "--provider", "cpu", "--overwrite", "-q"],
        os.environ,
    )
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"{model} failed on {picture}")
    return os.times().elapsed - begin, usage.ru_maxrss / 1e3


def installed(program):
    with os.popen(f'"{program}" models list --json') as listing:
        return [model for model in json.load(listing) if model["installed"] and model["series"]]


def measure(program, models, folder):
    """Every picture by every network; seconds (median) and megabytes (greatest) for one of them."""
    costs = {}
    for number, model in enumerate(models):
        name = model["name"]
        print(f"{number + 1}/{len(models)} {name}", file=sys.stderr)
        for picture in PICTURES:
            runs = [run(program, name, picture, folder / f"{name}-{picture}.png")
                    for _ in range(RUNS if picture == MEASURED else 1)]
            if picture == MEASURED:
                costs[name] = (statistics.median(run[0] for run in runs), max(run[1] for run in runs))
    return costs


def cell(path, scale, corner):
    from PIL import Image

    left, top = (side * scale for side in corner)
    part = Image.open(path).convert("RGB").crop((left, top, left + SHOWN_PX * scale, top + SHOWN_PX * scale))
    # Pixels stay pixels where they can be shown whole.
    way = Image.Resampling.NEAREST if CELL_PX % part.width == 0 else Image.Resampling.BICUBIC
    return part.resize((CELL_PX, CELL_PX), way)


def sheet(rows, path):
    """`rows`: label, scale, and the file of each picture."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype("DejaVuSans.ttf", 15)
    step = CELL_PX + GAP_PX
    canvas = Image.new("RGB", (LABEL_PX + step * len(PICTURES), TITLE_PX + step * len(rows)), "white")
    draw = ImageDraw.Draw(canvas)
    for column, picture in enumerate(PICTURES):
        draw.text((LABEL_PX + step * column, 4), picture, "black", font)
    for row, (label, scale, files) in enumerate(rows):
        draw.text((4, TITLE_PX + step * row + CELL_PX // 2 - 8), label, "black", font)
        for column, (file, corner) in enumerate(zip(files, PICTURES.values())):
            canvas.paste(cell(file, scale, corner), (LABEL_PX + step * column, TITLE_PX + step * row))
    canvas.save(path, quality=88, method=6)


def show(models, folder):
    """One sheet for each series, headed by the originals."""
    originals = ("as it is", 1, [ROOT / "examples" / f"{picture}.png" for picture in PICTURES])
    target = ROOT / "docs" / "models"
    target.mkdir(exist_ok=True)
    series = {}
    for model in models:
        series.setdefault(re.sub(r"-(3d|real)$", "", model["series"]), []).append(model)
    for name, members in series.items():
        rows = [(member["name"], member["scale"], [folder / f"{member['name']}-{picture}.png" for picture in PICTURES])
                for member in members]
        sheet([originals, *rows], target / f"{name}.webp")
    return list(series)


def document(models, costs, sheets):
    from PIL import Image

    width, height = Image.open(ROOT / "examples" / f"{MEASURED}.png").size
    lines = [f"| network | {width}×{height}, whole program | peak memory |", "| --- | --- | --- |"]
    for model in models:
        seconds, megabytes = costs[model["name"]]
        lines.append(f"| {model['name']} | {seconds:.2f} s | {megabytes:.0f} MB |")
    pictures = [f"**{name}**\n\n![{name} on three pictures](models/{name}.webp)\n" for name in sheets]
    path = ROOT / "docs" / "models.md"
    text = path.read_text()
    before, rest = text.split(BEGIN)
    path.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n\n" + "\n".join(pictures) + END + rest.split(END)[1])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv[1]).resolve())
    models = installed(program)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        costs = measure(program, models, folder)
        document(models, costs, show(models, folder))


if __name__ == "__main__":
    main()
