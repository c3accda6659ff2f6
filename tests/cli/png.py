"""PNG files chunk by chunk, for what png_io.py (which reads and writes plain ones) has no use for."""

import struct
import zlib

import numpy as np
from png_io import COLOUR_TYPE_OF_CHANNELS, SIGNATURE

INCHES_PER_METRE = 39.3700787


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width, height, bits=8, colour_type=2):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))


def rows(samples):
    """samples: uint8 (height, bytes in a row). Unfiltered."""
    unfiltered = np.concatenate([np.zeros((samples.shape[0], 1), np.uint8), samples], axis=1)
    return chunk(b"IDAT", zlib.compress(unfiltered.tobytes()))


def encode(picture, *extra):
    """picture: uint8 (height, width, channels). The extra chunks go before the pixels."""
    height, width, channels = picture.shape
    head = header(width, height, 8, COLOUR_TYPE_OF_CHANNELS[channels])
    return SIGNATURE + head + b"".join(extra) + rows(picture.reshape(height, -1)) + chunk(b"IEND", b"")


def encode_palette(indices, colours, alphas=()):
    """indices: uint8 (height, width); colours: uint8 (entries, 3)."""
    height, width = indices.shape
    body = header(width, height, 8, 3) + chunk(b"PLTE", np.asarray(colours, np.uint8).tobytes())
    if len(alphas):
        body += chunk(b"tRNS", bytes(alphas))
    return SIGNATURE + body + rows(indices) + chunk(b"IEND", b"")


def density(dpi):
    per_metre = round(dpi * INCHES_PER_METRE)
    return chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))


def orientation(number):
    """An EXIF block with this tag and nothing else."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, number, 0)
    return chunk(b"eXIf", b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0))


def xmp(packet):
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)


def icc(profile):
    return chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile))


def chunks(data):
    """The chunks of a file: {kind: data}, the last of each kind."""
    found, position = {}, len(SIGNATURE)
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        found[kind] = data[position + 8 : position + 8 + length]
        position += 12 + length
    return found
