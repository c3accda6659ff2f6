"""Where the networks' files are."""

import pathlib

import kizuna

from ._names import NAMES

_BESIDE_PACKAGE = pathlib.Path(__file__).resolve().parent.parent


class Networks:
    """Reads each network at its first use, and keeps it."""

    def __init__(self):
        self.folder = None  #: of setModelPath()
        self.with_defaults = True  #: look in other places, too
        self._models = {}

    def find(self, index):
        """Raises what the library does where a network is missing or damaged."""
        name = NAMES[index // 2]
        if name not in self._models:
            self._models[name] = kizuna.Model.load(str(self._path(name) or name))
        return self._models[name]

    def _path(self, name):
        family = name.split("_")[0].lower()
        folders = [] if self.folder is None else [pathlib.Path(self.folder) / family]
        if self.with_defaults:
            folders.append(_BESIDE_PACKAGE / f"sr_vulkan_model_{family}" / "models")
        for folder in folders:
            path = folder / (name + ".param")
            if path.is_file():
                return path
        if not self.with_defaults:
            raise FileNotFoundError(f"{name}.param is not in {self.folder}")
        return None
