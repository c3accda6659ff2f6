"""A small network in ncnn's format, in the folders of sr_vulkan."""

# Enlarges twice by repeating pixels, in ncnn's format: a transposed convolution of each channel by itself, all weights 1.
_PARAM = """7767517
2 2
Input data 0 1 data
DeconvolutionDepthWise up 1 1 data output 0=3 1=2 3=2 6=12 7=3
"""
_TAG_FLOAT32 = b"\0\0\0\0"


def write(folder, name):
    """`folder` is that of setModelPath()."""
    family = folder / name.split("_")[0].lower()
    family.mkdir(parents=True, exist_ok=True)
    (family / (name + ".param")).write_text(_PARAM)
    (family / (name + ".bin")).write_bytes(_TAG_FLOAT32 + b"\0\0\x80\x3f" * 12)
