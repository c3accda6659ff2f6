"""The interface of KizunaSR's AI inference module, on Kizuna SR."""

from .ai_inference import AIInferenceEngine, BackendDetector

__all__ = ["AIInferenceEngine", "BackendDetector"]
