"""The files of Real-CUGAN and waifu2x, what is known of each family, and the programs that run them.

KIZUNA_TEST_WAIFU2X     a folder with `real-cugan/` and `waifu2x/`: networks, and the programs *-ncnn-vulkan
KIZUNA_TEST_FAMILIES    a folder with the two families that no package has; else ../shared/models, beside the sources
"""

import dataclasses
import os
import pathlib
import tempfile
import unittest

import numpy as np

from ncnn_numpy import Network
from png_io import read_png, write_png
from program import run, software_vulkan

ONE_TILE = "400"  # larger than any picture here, and for realcugan-ncnn-vulkan no reason to share means
PROCESSOR, VULKAN = "-1", "0"
BESIDE_THE_SOURCES = pathlib.Path(__file__).resolve().parents[3] / "shared" / "models"
OTHERS = pathlib.Path(os.environ.get("KIZUNA_TEST_FAMILIES") or BESIDE_THE_SOURCES)
CUNET_BORDER_PX = {1: 28, 2: 18}
UPCONV7_BORDER_PX = 7
REALCUGAN_BORDER_PX = {2: 18, 3: 14, 4: 19}
REALCUGAN_ALIGNMENT_PX = {2: 2, 3: 4, 4: 2}
REALCUGAN_DENOISING = {"conservative": -1, "no-denoise": 0, "denoise1x": 1, "denoise2x": 2, "denoise3x": 3}


@dataclasses.dataclass(frozen=True)
class File:
    """One network, and how a picture is given to it."""

    path: pathlib.Path  # without .param or .bin
    program: pathlib.Path
    scale: int
    denoising: int  # as the program calls it
    border_px: int
    alignment_px: int
    fill: str = "edge"  # numpy's name for what lies beyond the picture
    gives_residual: bool = False
    gpu: str = PROCESSOR

    @property
    def name(self):
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def model(self):
        """For --model."""
        return self.path.with_name(self.path.name + ".param")

    def by_numpy(self, rgb):
        """rgb: floats (3, height, width). The enlarged picture, unclipped."""
        _, height, width = rgb.shape
        around = [(self.border_px, self.border_px + -side % self.alignment_px) for side in (height, width)]
        continued = np.pad(rgb, ((0, 0), *around), mode=self.fill)
        result = Network(self.path.parent, self.path.name).run(continued)
        result = result[:, : height * self.scale, : width * self.scale]
        return result + rgb.repeat(self.scale, axis=1).repeat(self.scale, axis=2) if self.gives_residual else result

    def by_program(self, picture, folder=None):
        """picture: integers (height, width, channels). `folder` in place of the file's own."""
        with tempfile.TemporaryDirectory() as work:
            before, after = pathlib.Path(work, "in.png"), pathlib.Path(work, "out.png")
            write_png(before, picture)
            options = ["-s", str(self.scale), "-n", str(self.denoising), "-t", ONE_TILE, "-g", self.gpu]
            options += ["-m", folder or self.path.parent]
            run([self.program, "-i", before, "-o", after, *options], software_vulkan())
            return read_png(after)


def _package():
    if "KIZUNA_TEST_WAIFU2X" not in os.environ:
        raise unittest.SkipTest("KIZUNA_TEST_WAIFU2X names no folder with real-cugan/ and waifu2x/")
    return pathlib.Path(os.environ["KIZUNA_TEST_WAIFU2X"])


def _realcugan(path, scale, denoising):
    program = _package() / "real-cugan" / "realcugan-ncnn-vulkan"
    how = dict(border_px=REALCUGAN_BORDER_PX[scale], alignment_px=REALCUGAN_ALIGNMENT_PX[scale], fill="reflect")
    return File(path, program, scale, denoising, **how, gives_residual=scale == 4)


def _waifu2x(path, scale, denoising, border_px, **other):
    program = _package() / "waifu2x" / "waifu2x-ncnn-vulkan"
    return File(path, program, scale, denoising, border_px, **other)


def realcugan_se():
    folder = _package() / "real-cugan" / "models-se"
    names = sorted(path.stem for path in folder.glob("up*.param"))
    return [_realcugan(folder / name, int(name[2]), REALCUGAN_DENOISING[name.split("-", 1)[1]]) for name in names]


def _waifu2x_files(folder, border_px, **other):
    """noise1_model denoises only, scale2.0x_model enlarges only, noise1_scale2.0x_model does both."""
    for path in sorted(folder.glob("*.param")):
        scale = 2 if "scale2.0x" in path.stem else 1
        denoising = int(path.stem[len("noise")]) if path.stem.startswith("noise") else -1
        yield _waifu2x(path.with_suffix(""), scale, denoising, border_px[scale], **other)


def upconv7():
    folder = _package() / "waifu2x" / "models-upconv_7_anime_style_art_rgb"
    return list(_waifu2x_files(folder, {2: UPCONV7_BORDER_PX}, alignment_px=1))


def cunet():
    """The program's way on the processor gives nonsense with AVX-512, so it gets a Vulkan device."""
    folder = _package() / "waifu2x" / "models-cunet"
    return [
        dataclasses.replace(file, alignment_px=4 if file.scale == 1 else 2)
        for file in _waifu2x_files(folder, CUNET_BORDER_PX, alignment_px=2, gpu=VULKAN)
    ]


def _others(pattern):
    paths = sorted(OTHERS.glob(pattern + ".param"))
    if not paths:
        raise unittest.SkipTest(f"KIZUNA_TEST_FAMILIES ({OTHERS}) has no {pattern}.param")
    return [path.with_suffix("") for path in paths]


def realcugan_pro():
    endings = {"": 0, "CONSERVATIVE": -1, "DENOISE3X": 3}
    return [
        _realcugan(path, int(path.name[len("REALCUGAN_PRO_UP")]), endings[path.name[len("REALCUGAN_PRO_UP2X_") :]])
        for path in _others("REALCUGAN_PRO_*")
    ]


def photo():
    return [
        _waifu2x(path, 2, -1 if path.name.endswith("UP2X") else int(path.name[-2]), UPCONV7_BORDER_PX, alignment_px=1)
        for path in _others("WAIFU2X_PHOTO_*")
    ]


def name_in_program(file):
    """What the programs call these files, which lie elsewhere under other names."""
    if "PRO" in file.path.name:
        denoising = {number: name for name, number in REALCUGAN_DENOISING.items()}[file.denoising]
        return f"up{file.scale}x-{denoising}"
    return "scale2.0x_model" if file.denoising < 0 else f"noise{file.denoising}_scale2.0x_model"
