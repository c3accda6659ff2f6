"""Just enough PNG for the tests: no palettes, no interlacing; 8 and 16 bits; grey, RGB, each with or without alpha."""

import pathlib
import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS_OF_COLOUR_TYPE = {0: 1, 2: 3, 4: 2, 6: 4}
COLOUR_TYPE_OF_CHANNELS = {channels: kind for kind, channels in CHANNELS_OF_COLOUR_TYPE.items()}


def write_png(path, picture):
    """picture: uint8 or uint16 array (height, width, channels)."""
    height, width, channels = picture.shape
    bits = picture.dtype.itemsize * 8
    rows = picture.astype(">u2" if bits == 16 else "u1").reshape(height, -1).view(np.uint8)
    unfiltered = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1)  # each row begins with its filter: none
    header = struct.pack(">IIBBBBB", width, height, bits, COLOUR_TYPE_OF_CHANNELS[channels], 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(unfiltered.tobytes(), 9)), (b"IEND", b"")]
    with open(path, "wb") as file:
        file.write(SIGNATURE)
        for kind, data in chunks:
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def read_png(path):
    """Returns a uint8 or uint16 array (height, width, channels)."""
    data = pathlib.Path(path).read_bytes()
    if data[:8] != SIGNATURE:
        raise ValueError(f"{path} is not a PNG file")
    header, packed, position = None, b"", 8
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        position += 12 + length
    width, height, bits, colour_type, _, _, interlaced = header
    if bits not in (8, 16) or interlaced or colour_type not in CHANNELS_OF_COLOUR_TYPE:
        raise ValueError(f"{path}: this kind of PNG is not known here: {header}")
    channels = CHANNELS_OF_COLOUR_TYPE[colour_type]
    rows = _undo_filters(zlib.decompress(packed), height, width * channels * bits // 8, channels * bits // 8)
    samples = np.frombuffer(rows, ">u2" if bits == 16 else "u1")
    return samples.astype(np.uint16 if bits == 16 else np.uint8).reshape(height, width, channels)


def _undo_filters(filtered, height, row_bytes, step):
    """The five filters of the PNG specification, section 9. step: bytes from one pixel to the next."""
    above = np.zeros(row_bytes, np.uint8)
    result = bytearray()
    for y in range(height):
        start = y * (row_bytes + 1)
        kind = filtered[start]
        row = np.frombuffer(filtered, np.uint8, row_bytes, start + 1)
        if kind == 1:
            row = row.reshape(-1, step).cumsum(axis=0, dtype=np.uint8).reshape(-1)
        elif kind == 2:
            row = row + above
        elif kind in (3, 4):
            row = _undo_average_or_paeth(kind, row, above, step)
        result += row.tobytes()
        above = row
    return bytes(result)


def _undo_average_or_paeth(kind, row, above, step):
    predict = _average if kind == 3 else _paeth
    above = [0] * step + above.tolist()
    done = [0] * step
    for x, value in enumerate(row.tolist()):
        done.append(value + predict(done[x], above[x + step], above[x]) & 255)
    return np.array(done[step:], np.uint8)


def _average(left, up, _):
    return (left + up) // 2


def _paeth(left, up, corner):
    guess = left + up - corner
    to_left, to_up, to_corner = abs(guess - left), abs(guess - up), abs(guess - corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner
