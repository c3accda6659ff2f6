"""The version is that of the tree, and nothing is left beside the sources."""

import os
import pathlib
import re

from setuptools import setup

TREE = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = pathlib.Path(os.environ.get("KIZUNA_BUILD") or TREE / "build").resolve() / "python-compat-package"
WORK.mkdir(parents=True, exist_ok=True)
text = (TREE / "CMakeLists.txt").read_text(encoding="utf-8")
setup(
    version=re.search(r"project\(kizuna VERSION ([0-9.]+)", text).group(1),
    options={"build": {"build_base": str(WORK)}, "egg_info": {"egg_base": str(WORK)}},
)
