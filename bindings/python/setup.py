"""Builds the extension `_kizuna` and puts libkizuna, and what it opens at run time, into the package.

libkizuna comes from the build tree that KIZUNA_BUILD names, or from build/release beside the sources; where there is none, it is
built in build/python by CMake first.
"""

import os
import pathlib
import re
import shutil
import subprocess

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parent.parent
OWN_BUILD = TREE / "build" / "python"
NAMED_BUILD = os.environ.get("KIZUNA_BUILD")
WORK = pathlib.Path(NAMED_BUILD or TREE / "build").resolve() / "python-package"  # nothing is left beside the sources
# Inside the package things lie as they do where the library is installed, so that it finds them.
INSIDE = pathlib.Path("_native")


def version():
    text = (TREE / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"project\(kizuna VERSION ([0-9.]+)", text).group(1)


def has_library(build):
    return any(build.glob("lib*/**/libkizuna.so"))


def build_library():
    """With the tests and benchmarks left out; ONNX Runtime and networks as CMake's variables of the environment say."""
    settings = ["-DCMAKE_BUILD_TYPE=Release", "-DKIZUNA_TESTS=OFF", "-DKIZUNA_BENCH=OFF", "-DKIZUNA_PYTHON=OFF", "-DCMAKE_UNITY_BUILD=ON"]
    for name in ("ONNXRUNTIME_ROOT", "KIZUNA_MODELS_FROM"):
        if os.environ.get(name):
            settings.append(f"-D{name}={os.environ[name]}")
    subprocess.run(["cmake", "-S", str(TREE), "-B", str(OWN_BUILD), "-G", "Ninja", *settings], check=True)
    subprocess.run(["cmake", "--build", str(OWN_BUILD), "--target", "kizuna"], check=True)
    return OWN_BUILD


def built_tree():
    if NAMED_BUILD:
        if not has_library(pathlib.Path(NAMED_BUILD)):
            raise SystemExit(f"KIZUNA_BUILD names {NAMED_BUILD}, where no libkizuna.so has been built")
        return pathlib.Path(NAMED_BUILD).resolve()
    usual = TREE / "build" / "release"
    return usual if has_library(usual) else build_library()


class BuildWithLibrary(build_ext):
    def run(self):
        tree = built_tree()
        self.library = next(tree.glob("lib*/**/libkizuna.so"))
        for extension in self.extensions:
            extension.library_dirs = [str(self.library.parent)]
        super().run()
        self.copy_library(tree, pathlib.Path(self.build_lib) / "kizuna" / INSIDE)

    def copy_library(self, tree, into):
        shutil.rmtree(into, ignore_errors=True)
        (into / "lib").mkdir(parents=True)
        real = self.library.resolve()
        soname = real.name.split(".so.")[0] + ".so." + real.name.split(".so.")[1].split(".")[0]
        shutil.copyfile(real, into / "lib" / soname)
        onnxruntime = self.library.parent / "kizuna"
        if onnxruntime.is_dir():
            shutil.copytree(onnxruntime, into / "lib" / "kizuna")
        models = tree / "share" / "kizuna" / "models"
        if models.is_dir():
            shutil.copytree(models, into / "share" / "kizuna" / "models")


def one_file_of(sources):
    """A file that includes them all: of what there is to compile, pybind11's headers are the most."""
    one = WORK / "_kizuna.cpp"
    one.write_text("".join(f'#include "{source}"\n' for source in sources), encoding="utf-8")
    return str(one)


WORK.mkdir(parents=True, exist_ok=True)
SOURCES = sorted(map(str, HERE.glob("src/*.cpp")))
setup(
    version=version(),
    ext_modules=[
        Extension(
            "kizuna._kizuna",
            [one_file_of(SOURCES)],
            depends=SOURCES + list(map(str, HERE.glob("src/*.hpp"))),
            include_dirs=[str(TREE / "include")],
            libraries=["kizuna"],
            runtime_library_dirs=[f"$ORIGIN/{INSIDE}/lib"],
            extra_compile_args=["-std=c++20", "-fvisibility=hidden", "-g0"],
            language="c++",
        )
    ],
    cmdclass={"build_ext": BuildWithLibrary},
    options={"build": {"build_base": str(WORK)}, "egg_info": {"egg_base": str(WORK)}},
)
