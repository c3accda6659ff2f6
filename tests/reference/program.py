"""Runs the programs under test. What they need comes from the environment:

KIZUNA_BIN              the program `kizuna`
KIZUNA_MODELS_DIR       the folder with the networks' .param and .bin files
KIZUNA_TEST_REALESRGAN  the program `realesrgan-ncnn-vulkan`, if there is one
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

from png_io import read_png, write_png

ANIMEVIDEO = {2: "realesr-animevideov3-x2", 3: "realesr-animevideov3-x3", 4: "realesr-animevideov3-x4"}
X4PLUS_ANIME = "realesrgan-x4plus-anime"
SCALES = {ANIMEVIDEO[2]: 2, ANIMEVIDEO[3]: 3, ANIMEVIDEO[4]: 4, X4PLUS_ANIME: 4}
LARGER_THAN_ANY_PICTURE_HERE = "1024"
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


def models_dir():
    """Skips the test where the networks are not there: they are downloaded, not part of the sources."""
    folder = pathlib.Path(os.environ.get("KIZUNA_MODELS_DIR", ""))
    missing = [name for name in SCALES if not (folder / f"{name}.bin").is_file()]
    if "KIZUNA_MODELS_DIR" not in os.environ or missing:
        raise unittest.SkipTest(f"KIZUNA_MODELS_DIR ({folder}) lacks {', '.join(missing) or 'a value'}")
    return folder


def run(command, environment):
    """What the program printed on standard output. Fails with what it said if it failed."""
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return done.stdout


def kizuna(picture, model, *options, provider="cpu"):
    """Integers (height, width, channels) in and out, by way of PNG files. Also the lines that the program printed. The model
    is a name, or the path of a file."""
    environment = {} if isinstance(model, pathlib.Path) else {"KIZUNA_MODELS": str(models_dir())}
    with tempfile.TemporaryDirectory() as folder:
        before, after = pathlib.Path(folder, "in.png"), pathlib.Path(folder, "out.png")
        write_png(before, picture)
        files = [before, "-o", after, "--model", model, "--provider", provider]
        precision = ["--precision", "fp32"] if provider == "cpu" else []  # auto may be less exact than the judges are
        printed = run([os.environ["KIZUNA_BIN"], "upscale", *files, *precision, *options], environment)
        return read_png(after), printed.splitlines()


def kizuna_untiled(picture, model, provider="cpu"):
    return kizuna(picture, model, "--tile", LARGER_THAN_ANY_PICTURE_HERE, provider=provider)[0]


def kizuna_tiled(picture, model, *options, provider="cpu"):
    """Fails where the options make but one tile: then there would be nothing to judge."""
    result, tiles = kizuna(picture, model, "--print-tiles", *options, provider=provider)
    if len(tiles) < 2:
        raise AssertionError(f"{len(tiles)} tile for {picture.shape} with {options}")
    return result


def software_vulkan():
    """The environment in which Mesa's software device is the only one: the same on every machine."""
    drivers = list(pathlib.Path("/usr/share/vulkan/icd.d").glob("lvp_icd.*.json"))
    return {"VK_ICD_FILENAMES": str(drivers[0])} if drivers else {}


def realesrgan_ncnn_vulkan(picture, model):
    scale = SCALES[model]
    name = model.removesuffix(f"-x{scale}")
    with tempfile.TemporaryDirectory() as folder:
        before, after = pathlib.Path(folder, "in.png"), pathlib.Path(folder, "out.png")
        write_png(before, picture)
        program = os.environ["KIZUNA_TEST_REALESRGAN"]
        run([program, "-i", before, "-o", after, "-m", models_dir(), "-n", name, "-s", str(scale)], software_vulkan())
        return read_png(after)
