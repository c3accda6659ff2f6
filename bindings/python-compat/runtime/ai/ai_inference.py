"""KizunaSR's AI inference module on Kizuna SR: PIL pictures in RGB through a network that is an ONNX file."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Optional

import kizuna
import numpy as np

if TYPE_CHECKING:
    import PIL.Image

#: ONNX Runtime's names, the best first.
_PRIORITY = ("CUDAExecutionProvider", "DmlExecutionProvider", "CPUExecutionProvider")
_SCALES = (2, 4)


class BackendDetector:
    """Which providers can be used here."""

    @staticmethod
    def get_available_providers() -> list[str]:
        """Those that have just opened a network, by ONNX Runtime's names, the best first."""
        names = {name for device in kizuna.list_devices() if device.available for name in device.aliases}
        return [name for name in _PRIORITY if name in names]

    @staticmethod
    def select_best_provider() -> str:
        available = BackendDetector.get_available_providers()
        if not available:
            raise RuntimeError("no provider is available here")
        return available[0]


class AIInferenceEngine:
    """A network, and how pictures are cut into tiles for it."""

    def __init__(
        self,
        model_path: str,
        tile_size: int = 512,
        tile_overlap: int = 64,
        scale_factor: int = 2,
        provider: Optional[str] = None,
    ) -> None:
        """`provider`: one and no other; None: the best that opens the network."""
        self.model_path = pathlib.Path(model_path)
        if not self.model_path.exists():
            raise FileNotFoundError(f"Model file not found: {model_path}")
        if scale_factor not in _SCALES:
            raise ValueError(f"scale_factor is 2 or 4, not {scale_factor!r}")
        if tile_size < 1 or not 0 <= tile_overlap < tile_size:
            raise ValueError(f"tiles of {tile_size!r} pixels cannot overlap by {tile_overlap!r}")
        self.tile_size = tile_size
        self.tile_overlap = tile_overlap
        self.scale_factor = scale_factor
        self._upscaler = self._open(provider)
        self.provider = provider or self._upscaler.provider

    def _open(self, provider: Optional[str]) -> kizuna.Upscaler:
        try:
            return kizuna.Upscaler(self.model_path, provider=provider or "auto")
        except (ValueError, RuntimeError) as error:
            available = ", ".join(BackendDetector.get_available_providers())
            raise RuntimeError(
                f"Failed to load model on {provider or 'any provider'}: {error} "
                f"Available here: {available}; as a fallback, provider=None takes the first that works."
            ) from error

    def upscale(self, image: PIL.Image.Image) -> PIL.Image.Image:
        """A picture in RGB, `scale_factor` times as large. Tiles fade into each other."""
        if getattr(image, "mode", None) != "RGB":
            raise ValueError("Input image must be RGB")
        if "transparency" in image.info:  # kizuna would make alpha of it, and here RGB gives RGB
            image = image.copy()
            del image.info["transparency"]
        return self._upscaler.upscale(
            image, scale=self.scale_factor, tile=self.tile_size, overlap=self.tile_overlap, blend="feather"
        )

    def extract_tiles(self, image: np.ndarray) -> list[tuple[np.ndarray, tuple[int, int, int, int]]]:
        """Tiles of an array height x width x 3 that cover every pixel, and where they are: (tile, (x, y, w, h)). A tile is as
        preprocess() makes it."""
        height, width = image.shape[:2]
        return [
            (self.preprocess(image[y : y + self.tile_size, x : x + self.tile_size]), (x, y, w, h))
            for y, h in self._spans(height)
            for x, w in self._spans(width)
        ]

    def _spans(self, length: int) -> list[tuple[int, int]]:
        """Begin and length of the tiles along one side; the last ends where the picture does."""
        spans = []
        begin = 0
        while not spans or sum(spans[-1]) < length:
            spans.append((begin, min(self.tile_size, length - begin)))
            begin += self.tile_size - self.tile_overlap
        return spans

    def preprocess(self, image: np.ndarray) -> np.ndarray:
        """Height x width x 3 in 0 to 255 becomes 1 x 3 x height x width in 0 to 1."""
        return np.ascontiguousarray(image.astype(np.float32).transpose(2, 0, 1)[np.newaxis] / 255)

    def postprocess(self, tensor: np.ndarray) -> np.ndarray:
        """The way back."""
        return np.rint(np.clip(tensor[0].transpose(1, 2, 0), 0, 1) * 255).astype(np.uint8)
