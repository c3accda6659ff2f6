"""Holds the table of floors in docs/architecture.md against the #include lines: nobody includes upwards or sideways."""

import pathlib
import re
import sys

# folder: the folders below it that it may use.
MAY_USE = {
    "base": set(),
    "image": {"base"},
    "graph": {"base"},
    "tiling": {"base"},
    "codec": {"base", "image"},
    "formats": {"base", "graph"},
    "engine": {"base", "image", "graph"},
    "upscale": {"base", "image", "graph", "tiling", "engine/engine.hpp"},
    "service": {"base", "image", "graph", "codec", "formats", "engine/engine.hpp", "engine/registry.hpp", "upscale"},
    "video": {"base", "image", "graph", "codec", "upscale", "service"},
    "api": {"base", "image", "graph", "codec", "formats", "engine/engine.hpp", "upscale", "service", "video"},
}

# A public header belongs to the floor that implements it.
FLOOR_OF_PUBLIC = {
    "cancel.hpp": "base",
    "error.hpp": "base",
    "export.hpp": "base",
    "log.hpp": "base",
    "progress.hpp": "base",
    "trace.hpp": "base",
    "image.hpp": "image",
    "precision.hpp": "engine",
    "upscale_options.hpp": "upscale",
    "device.hpp": "service",
    "tuning.hpp": "service",
    "image_file.hpp": "service",
    "job.hpp": "service",
    "model.hpp": "service",
    "result_cache.hpp": "service",
    "video_options.hpp": "video",
    "jobs.hpp": "api",
    "kizuna.h": "api",
    "kizuna.hpp": "api",
    "upscaler.hpp": "api",
    "version.hpp": "api",
    "video.hpp": "api",
}

# third-party header: the only folders that may name it.
HOME_OF_LIBRARY = {
    r"onnxruntime|dml_provider": "src/engine/onnxruntime",
    r"dnnl|oneapi/": "src/engine/cpu",
    r"onnx/|onnx-ml|google/protobuf": "src/formats/onnx",
    r"sqlite3": "src/service",
    r"unzip\.h": "src/formats/torch",
    r"png\.h|jpeglib\.h|jerror\.h|tiffio|webp/|avif/|jxl/|gif_lib|lcms2": "src/codec",
    r"CLI/": "apps/cli",
    r"nlohmann/": ("apps/cli", "src/service", "src/formats/anime4k", "src/video", "src/api"),
    r"openssl/|vulkan/": "src/service",
    r"libav|libsw": "src/video",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def allowed(folder, target):
    """May a file of src/<folder> include "target"?"""
    first = target.split("/")[0]
    if first == "kizuna":
        floor = FLOOR_OF_PUBLIC.get(target.split("/")[1])
        return floor is not None and (floor == folder or floor in MAY_USE[folder] or allowed_header(folder, floor))
    return first == folder or first in MAY_USE[folder] or target in MAY_USE[folder]


def allowed_header(folder, floor):
    return any(entry.startswith(floor + "/") for entry in MAY_USE[folder])


def engines_apart(path, target):
    """One engine never includes another."""
    parts = path.parts
    if "engine" not in parts or parts.index("engine") + 2 >= len(parts):
        return True
    own = parts[parts.index("engine") + 1]
    other = target.split("/")
    return not (other[0] == "engine" and len(other) > 2 and other[1] != own)


def problems_of(root, path):
    text = path.read_text(encoding="utf-8")
    relative = path.relative_to(root)
    is_test = path.name.endswith("_test.cpp") or path.name.startswith("test_")
    for quote, target in INCLUDE.findall(text):
        for pattern, home in HOME_OF_LIBRARY.items():
            if re.match(pattern, target) and not str(relative).startswith(home) and not is_test:
                yield f"{relative}: <{target}> belongs into {home}"
        if relative.parts[0] == "apps" and quote == '"' and "/" in target and not target.startswith("kizuna/"):
            yield f"{relative}: programs use public headers only, not \"{target}\""
        if relative.parts[0] == "src" and not is_test and quote == '"':
            if not allowed(relative.parts[1], target):
                yield f"{relative}: src/{relative.parts[1]} may not use \"{target}\""
            if not engines_apart(relative, target):
                yield f"{relative}: one engine includes another: \"{target}\""
        if relative.parts[0] == "include" and quote == "<" and "/" in target:
            yield f"{relative}: a public header includes <{target}>"


def main(root):
    files = [p for folder in ("src", "include", "apps") for p in sorted((root / folder).rglob("*.[hc]pp"))]
    problems = [problem for path in files for problem in problems_of(root, path)]
    headers = {p.name for p in (root / "include" / "kizuna").glob("*.hpp")}
    problems += [f"include/kizuna/{name}: give it a floor in {pathlib.Path(__file__).name}"
                 for name in sorted(headers - FLOOR_OF_PUBLIC.keys())]
    print("\n".join(problems) or f"{len(files)} files keep to the floors")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
