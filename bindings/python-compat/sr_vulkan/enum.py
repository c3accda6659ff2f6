"""The names of sr_vulkan's constants: all plain ones first, then all with TTA. A place in this list is not a model's index."""

from ._names import NAMES

AllModelNames = ["MODEL_" + name for name in NAMES] + [f"MODEL_{name}_TTA" for name in NAMES]
