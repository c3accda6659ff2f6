"""Small pictures to judge with, drawn from formulas so that they are the same everywhere. Floats (height, width, 3 or 4), 0..1."""

import numpy as np


def _grid(width, height):
    y, x = np.mgrid[0:height, 0:width]
    return x + 0.5, y + 0.5


def _cover(distance, softness=0.7):
    """How much of a pixel a shape covers, from the signed distance to its outline (negative inside)."""
    return np.clip(0.5 - distance / (2 * softness), 0, 1)


def _paint(picture, cover, colour):
    picture[:] = picture + cover[..., None] * (np.array(colour) - picture)


def _disc(x, y, cx, cy, rx, ry):
    return (np.hypot((x - cx) / rx, (y - cy) / ry) - 1) * min(rx, ry)


def _stroke(x, y, points, thickness):
    """Distance to a polyline whose thickness falls towards its ends, as a pen's does."""
    nearest = np.full(x.shape, np.inf)
    count = len(points) - 1
    for i, ((ax, ay), (bx, by)) in enumerate(zip(points, points[1:])):
        t = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2), 0, 1)
        along = (i + t) / count
        radius = thickness * (0.35 + 2.6 * along * (1 - along))
        nearest = np.minimum(nearest, np.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)) - radius)
    return nearest


def _arc(cx, cy, rx, ry, start, end, steps=24):
    angles = np.linspace(np.radians(start), np.radians(end), steps)
    return [(cx + rx * np.cos(a), cy + ry * np.sin(a)) for a in angles]


def line_art(width=80, height=64):
    """Cel shading: flat colours, black lines of varying width, an eye, a highlight."""
    x, y = _grid(width, height)
    u = width / 80
    picture = np.ones((height, width, 3)) * (0.93, 0.86, 0.78)
    _paint(picture, _cover(_disc(x, y, 24 * u, 16 * u, 44 * u, 22 * u)), (0.25, 0.30, 0.58))
    _paint(picture, _cover(_disc(x, y, 20 * u, 12 * u, 26 * u, 4 * u)), (0.62, 0.70, 0.92))
    _paint(picture, _cover(_disc(x, y, 44 * u, 42 * u, 14 * u, 15 * u)), (1.0, 1.0, 1.0))
    _paint(picture, _cover(_disc(x, y, 46 * u, 42 * u, 8 * u, 12 * u)), (0.16, 0.42, 0.38))
    _paint(picture, _cover(_disc(x, y, 46 * u, 40 * u, 4 * u, 6 * u)), (0.03, 0.08, 0.08))
    _paint(picture, _cover(_disc(x, y, 43 * u, 36 * u, 2.6 * u, 3.2 * u)), (1.0, 1.0, 1.0))
    for points, thickness in (
        (_arc(44 * u, 44 * u, 18 * u, 18 * u, 190, 350), 1.9 * u),
        (_arc(44 * u, 40 * u, 14 * u, 18 * u, 30, 150), 0.8 * u),
        (_arc(10 * u, 20 * u, 60 * u, 24 * u, 5, 85), 1.2 * u),
        ([(4 * u, 60 * u), (30 * u, 55 * u), (76 * u, 61 * u)], 0.9 * u),
        ([(66 * u, 4 * u), (73 * u, 30 * u), (70 * u, 58 * u)], 0.7 * u),
    ):
        _paint(picture, _cover(_stroke(x, y, points, thickness)), (0.06, 0.05, 0.08))
    return picture


def odd_sides(width=91, height=67):
    """A gradient, hills, a fence of thin lines, some grain: sides that nothing divides."""
    x, y = _grid(width, height)
    sky = (y / height)[..., None]
    picture = (1 - sky) * (0.30, 0.52, 0.86) + sky * (0.98, 0.82, 0.62)
    _paint(picture, _cover((44 - 9 * np.sin(x / 13)) - y, 1.0), (0.35, 0.52, 0.40))
    _paint(picture, _cover((54 + 5 * np.sin(x / 9 + 1)) - y, 0.8), (0.20, 0.36, 0.22))
    _paint(picture, _cover(np.abs((x + 0.2 * y) % 11 - 5.5) - 0.6, 0.5) * (y > 36), (0.42, 0.26, 0.16))
    grain = np.random.default_rng(7).normal(0, 0.012, picture.shape)
    return np.clip(picture + grain, 0, 1)


def with_alpha(width=72, height=66):
    """A sprite: a soft-edged figure, lines inside. What is under the transparent part is what networks are given there."""
    x, y = _grid(width, height)
    colour = np.ones((height, width, 3)) * (0.85, 0.35, 0.30)
    _paint(colour, _cover(_disc(x, y, 36, 30, 24, 22)), (0.98, 0.80, 0.35))
    _paint(colour, _cover(_disc(x, y, 28, 26, 4, 6)), (0.10, 0.10, 0.14))
    _paint(colour, _cover(_disc(x, y, 45, 26, 4, 6)), (0.10, 0.10, 0.14))
    _paint(colour, _cover(_stroke(x, y, _arc(36, 32, 12, 10, 20, 160), 1.2)), (0.30, 0.08, 0.06))
    alpha = np.round(_cover(_disc(x, y, 36, 33, 32, 29), 3.0) * 255) / 255  # the same pixels are hidden in 8 bits and in 16
    return with_hidden_colours_filled(np.concatenate([colour, alpha[..., None]], axis=2))


def with_hidden_colours_filled(picture):
    """What the program does to colours that cannot be seen: 16 times over, a hidden pixel takes the mean of its neighbours' colours,
    weighted by their alpha, and their mean alpha as its own; what is farther off is grey."""
    colour, alpha = picture[..., :3].copy(), picture[..., 3].copy()
    height, width = alpha.shape
    for _ in range(16):
        weights = np.pad(alpha, 1)
        weighted = np.pad(colour * alpha[..., None], ((1, 1), (1, 1), (0, 0)))
        squares = [np.s_[y : y + height, x : x + width] for y in range(3) for x in range(3)]
        weight = sum(weights[square] for square in squares)
        count = sum((weights[square] > 0).astype(int) for square in squares)
        found = (alpha <= 0) & (count > 0)
        colour[found] = sum(weighted[square] for square in squares)[found] / weight[found][:, None]
        alpha[found] = weight[found] / count[found]
    colour[alpha <= 0] = 0.5
    return np.concatenate([colour, picture[..., 3:]], axis=2)


def sky(width=192, height=128):
    """A soft gradient over dark hills: tiles of plain sky know nothing of the hills."""
    x, y = _grid(width, height)
    down = ((y / height + 0.25 * x / width) / 1.25)[..., None]
    picture = (1 - down) * (0.36, 0.58, 0.90) + down * (0.62, 0.78, 0.96)
    _paint(picture, _cover((0.75 * height + 8 * np.sin(x / 17)) - y), (0.10, 0.25, 0.12))
    return picture


ALL = {"line art": line_art, "odd sides": odd_sides, "with alpha": with_alpha}


def to_integers(picture, dtype):
    return np.round(np.clip(picture, 0, 1) * np.iinfo(dtype).max).astype(dtype)


def to_floats(integers):
    return integers / float(np.iinfo(integers.dtype).max)


def planar(picture):
    """(height, width, channels) to the RGB planes that a network wants. Its answer to plain colour can change more than a hundred times as
    much as that: what is hidden is filled here without rounding, as the program does it."""
    if picture.shape[2] == 4:
        picture = with_hidden_colours_filled(picture)
    return np.ascontiguousarray(picture[..., :3].transpose(2, 0, 1))


def interleaved(planes):
    return planes.transpose(1, 2, 0)


def psnr(a, b):
    """In dB, for floats whose full range is 1. Infinite for equal pictures."""
    error = np.mean((np.asarray(a, np.float64) - np.asarray(b, np.float64)) ** 2)
    return float("inf") if error == 0 else -10 * np.log10(error)
