"""A house in the hills, painted: a sky that shades slowly (where seams would show), leaves and grass in many small dabs."""

import math
import random

import numpy as np

from drawing.pen import Canvas

WIDTH, HEIGHT = 336, 224


def draw():
    chance = random.Random(11)
    canvas = Canvas(WIDTH, HEIGHT)
    sky(canvas, chance)
    mountains(canvas)
    far_meadows(canvas, chance)
    lake(canvas, chance)
    meadow(canvas, chance)
    path(canvas, chance)
    tree(canvas, chance, 206, 150, 17)
    house(canvas)
    fence(canvas)
    tree(canvas, chance, 58, 176, 38)
    tree(canvas, chance, 318, 162, 30)
    foreground(canvas, chance)
    return grain(canvas.pixels())


def corners(points):
    """Every point a corner: straight edges."""
    return [p for point in points for p in (point, point)]


def mixed(one, other, t):
    """The colour between two."""
    parts = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + t * (b - a)):02x}" for a, b in parts)


def sky(canvas, chance):
    canvas.gradient_source([(0, "#2f6fb5"), (0.5, "#7fb4de"), (0.85, "#f3dfc4"), (1, "#f8cfa0")], (0, 0), (0, 118))
    canvas.ctx.paint()
    for reach in range(26, 0, -1):
        canvas.ellipse(262, 92, 8 + reach * 3.2, 8 + reach * 2.6, "#fff0c0", 0.028)
    canvas.ellipse(262, 92, 9, 9, "#fffbe6")
    for x, y, length, height in ((86, 40, 52, 15), (224, 30, 36, 8), (290, 58, 30, 6), (20, 76, 34, 5), (160, 74, 26, 4)):
        cloud(canvas, chance, x, y, length, height)


def cloud(canvas, chance, x, y, length, height):
    """Round heaps on a flat base, each painted from its shade to its light."""
    heaps = []
    for i in range(13):
        along = -1 + i / 6 + chance.uniform(-0.12, 0.12)
        size = height * (0.16 + 0.42 * max(0, 1 - along * along) * chance.uniform(0.5, 1.35))
        heaps.append((x + along * length * 0.8, y + height * 0.5 - size * 0.8, size))
    for move, shrink, colour in ((0.0, 1.0, "#b9c3d8"), (-0.16, 0.93, "#d9dce6"), (-0.30, 0.80, "#f3eee8"), (-0.42, 0.60, "#fffdf8")):
        for heap_x, heap_y, size in heaps:
            for soft in range(5):
                reach = shrink * (1.08 - 0.05 * soft)
                canvas.ellipse(heap_x - move * size * 0.5, heap_y + move * size, (size + length * 0.09) * reach, size * reach, colour, 0.34)


def ridge(chance, base, height, roughness):
    """The line of a mountain range: a few octaves of noise."""
    xs = np.linspace(-4, WIDTH + 4, 85)
    line = np.zeros_like(xs)
    for octave in range(5):
        phase, stretch = chance.random() * 10, chance.uniform(0.8, 1.2)
        line += np.sin(xs / WIDTH * stretch * 2.2 * math.pi * 2**octave + phase) * roughness**octave
    return [(float(x), float(base - height * v)) for x, v in zip(xs, line)]


def mountains(canvas):
    chance = random.Random(5)
    for base, height, near, far, roughness in ((98, 13, "#8ea6c9", "#d9cfd2", 0.55), (108, 9, "#6f8fb0", "#c0c3c4", 0.5),
                                              (117, 6, "#587f8c", "#94ac9d", 0.45)):
        line = ridge(chance, base, height, roughness)
        canvas.path([*line, (WIDTH + 4, 150), (-4, 150)])
        canvas.gradient_source([(0, near), (1, far)], (0, base - 2 * height), (0, base + 16))
        canvas.ctx.fill()


def far_meadows(canvas, chance):
    slope = [(-5, 122), (60, 116), (130, 124), (200, 117), (270, 123), (345, 114), (345, 114), (345, 230), (345, 230), (-5, 230),
             (-5, 230)]
    canvas.fill_gradient(slope, [(0, "#9fbf7a"), (1, "#5d9150")], (0, 114), (0, 170))
    canvas.clip(slope)
    for _ in range(130):  # woods along the foot of the mountains
        x = chance.uniform(-4, WIDTH + 4)
        size = chance.uniform(1.4, 3.2)
        y = 121 + 3 * math.sin(x / 23) + chance.uniform(-3, 5)
        canvas.ellipse(x, y, size, size * 1.3, mixed("#4f7d5c", "#7fa067", chance.random()), 0.9)
    for _ in range(500):
        x, y = chance.uniform(0, WIDTH), chance.uniform(124, 170)
        canvas.line([(x, y), (x + chance.uniform(3, 12), y + chance.uniform(-0.8, 0.8))], 0.8,
                    mixed("#b8cf83", "#5a8e4e", chance.random()), (0.1, 0.1))
    canvas.restore()


def lake(canvas, chance):
    shore = [(96, 142), (124, 134), (168, 132), (200, 137), (196, 146), (160, 153), (116, 152)]
    canvas.fill_gradient(shore, [(0, "#e9dcc8"), (0.5, "#9cc0da"), (1, "#5b8fbe")], (0, 131), (0, 154))
    canvas.clip(shore)
    for _ in range(46):
        x, y = chance.uniform(92, 200), chance.uniform(133, 153)
        canvas.line([(x, y), (x + chance.uniform(4, 12), y + 0.2), (x + chance.uniform(13, 20), y)], 0.9, chance.choice(("#f6efe0", "#4b7fae", "#7fb0d4")), (0.1, 0.1))
    canvas.restore()
    canvas.outline(shore, 0.8, "#6f8a57")


def meadow(canvas, chance):
    slope = [(-5, 166), (50, 156), (120, 160), (190, 152), (260, 146), (345, 152), (345, 152), (345, 230), (345, 230), (-5, 230),
             (-5, 230)]
    canvas.fill_gradient(slope, [(0, "#8fbb57"), (1, "#3f7a3a")], (0, 148), (0, 224))
    canvas.clip(slope)
    for _ in range(2600):
        y = 148 + 78 * chance.random() ** 0.8
        x, near = chance.uniform(-4, WIDTH + 4), (y - 146) / 78
        colour = mixed(mixed("#b5d46a", "#2f6a34", chance.random()), "#2d5f33", 0.4 * near)
        canvas.line([(x, y), (x + chance.uniform(-1.5, 1.5), y - 1.5 - 4 * near)], 0.5 + 0.6 * near, colour, (0.9, 0.1))
    canvas.restore()


def path(canvas, chance):
    """It winds from the door to the lower border."""
    way = [(246, 168), (230, 176), (206, 184), (196, 196), (206, 212), (226, 228), (226, 228), (166, 228), (166, 228), (164, 210),
           (172, 192), (200, 179), (234, 172), (258, 168), (258, 168), (246, 168)]
    canvas.fill_gradient(way, [(0, "#e2cfa2"), (1, "#b3926a")], (0, 166), (0, 224))
    canvas.clip(way)
    for _ in range(260):
        y = chance.uniform(168, 226)
        size = 0.4 + (y - 166) / 60
        canvas.ellipse(chance.uniform(160, 242), y, size, size * 0.5, chance.choice(("#f0e0b8", "#a07f5a", "#c9ac7c")), 0.7)
    canvas.restore()


def house(canvas):
    front = [(226, 130), (262, 130), (262, 168), (226, 168)]
    side = [(262, 130), (296, 126), (296, 162), (262, 168)]
    gable = [(226, 130), (244, 106), (262, 130)]
    canvas.ellipse(268, 168, 50, 4, "#2d5230", 0.45)
    canvas.fill(corners(front), "#f6ead2")
    canvas.fill(corners(gable), "#f6ead2")
    canvas.fill(corners(side), "#cdb99f")
    canvas.fill(corners([(226, 130), (244, 106), (246.5, 109.5), (230, 132)]), "#d9c8ad")
    roof = [(241, 103), (280, 101), (302, 126), (264, 132.5)]
    canvas.fill(corners(roof), "#b5483a")
    canvas.clip(corners(roof))
    for row in range(9):  # tiles
        y = 104 + row * 3.4
        canvas.line([(236, y), (270, y - 0.6), (306, y - 1.8)], 0.8, "#8a3230", (1, 1))
        for column in range(18):
            x = 238 + column * 4 + (row % 2) * 2
            canvas.line([(x, y), (x + 1.6, y + 3.4)], 0.5, "#cf6a52", (1, 1))
    canvas.restore()
    canvas.line([(220, 134), (242.5, 103), (242.5, 103), (266, 134)], 2.6, "#7c2f2c", (1, 1))
    canvas.line([(264, 133), (302, 127)], 1.2, "#6d2a2a", (1, 1))
    canvas.fill(corners([(278, 94), (286, 94), (286, 110), (278, 106)]), "#9a6a58")
    canvas.fill(corners([(286, 94), (289, 93), (289, 110), (286, 110)]), "#6f4a44")
    for i in range(9):  # smoke
        canvas.ellipse(283 + i * 2.1 + 2 * math.sin(i * 0.9), 91 - i * 4.4, 2.2 + i * 0.62, 1.8 + i * 0.5, "#f4f1ee", 0.34 - i * 0.03)
    door(canvas)
    for x, y, width, height in ((231, 139, 8, 10), (240, 115, 8, 9)):
        window(canvas, x, y, width, height)
    for x in (268, 282):
        slanted_window(canvas, x)
    canvas.line([(262, 131), (262, 168)], 0.8, "#a58e72", (1, 1))


def door(canvas):
    canvas.fill(corners([(247, 148), (257, 148), (257, 168), (247, 168)]), "#5d7f8f")
    canvas.line([(246.5, 168), (246.5, 147.5), (246.5, 147.5), (257.5, 147.5), (257.5, 147.5), (257.5, 168)], 1.2, "#6b4c3a", (1, 1))
    canvas.line([(252, 149), (252, 168)], 0.6, "#3f5d6c", (1, 1))
    canvas.ellipse(254.6, 159, 0.8, 0.8, "#f3d37a")


def window(canvas, x, y, width, height):
    canvas.fill(corners([(x, y), (x + width, y), (x + width, y + height), (x, y + height)]), "#44607a")
    canvas.fill(corners([(x, y), (x + width * 0.7, y), (x, y + height * 0.7)]), "#a9cbe0")
    for points in ([(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)],
                   [(x + width / 2, y), (x + width / 2, y + height)], [(x, y + height / 2), (x + width, y + height / 2)]):
        canvas.line(corners(points)[1:-1], 0.9, "#fffaf0", (1, 1))
    canvas.line([(x - 1.2, y + height + 1), (x + width + 1.2, y + height + 1)], 1.5, "#8a6a52", (1, 1))
    for i in range(5):
        canvas.ellipse(x + i * width / 4, y + height, 1.1, 1.1, ("#e04f5f", "#f7b2c0")[i % 2])


def slanted_window(canvas, x):
    top = 140 - (x - 262) * 0.12
    pane = [(x, top), (x + 7, top - 0.9), (x + 7, top + 9), (x, top + 10.2)]
    canvas.fill(corners(pane), "#f7d58a")
    canvas.line(corners([*pane, pane[0]])[1:-1], 0.9, "#7a604c", (1, 1))
    canvas.line([(x + 3.5, top - 0.4), (x + 3.5, top + 9.6)], 0.7, "#7a604c", (1, 1))


def fence(canvas):
    def ground(x):
        return 178 - 10 * math.sin((x - 236) / 70) if x > 236 else 178 + (236 - x) * 0.1

    for x in range(236, 340, 7):
        y = ground(x)
        canvas.line([(x, y - 11), (x, y)], 1.5, "#f4efe4", (0.9, 1))
        canvas.line([(x + 0.9, y - 10), (x + 0.9, y)], 0.5, "#8d8577", (0.9, 1))
    for lift in (8.4, 4.2):
        canvas.line([(x, ground(x) - lift) for x in range(232, 342, 6)], 1.1, "#e6dfd0", (1, 1))


def tree(canvas, chance, x, ground, size):
    canvas.ellipse(x + size * 0.25, ground, size * 1.0, size * 0.12, "#284a2c", 0.5)
    for reach, lean in ((1.0, 0), (0.8, -0.34), (0.8, 0.32), (0.66, -0.15), (0.7, 0.16)):
        canvas.line([(x, ground), (x + lean * size * 0.2, ground - size * 0.6), (x + lean * size * 1.5, ground - size * (0.7 + 0.6 * reach))],
                    size * 0.17 * reach, "#5b4031", (1, 0.2))
    canvas.line([(x - size * 0.05, ground), (x - size * 0.03, ground - size * 0.6)], size * 0.05, "#8a6a4c", (0.8, 0.2))
    lumps = [(0.62 * math.cos(i * 0.9), 0.46 * math.sin(i * 0.9) * (1 if i % 2 else 0.55)) for i in range(12)]
    for shade, count in ((0, 12), (1, 11), (2, 8), (3, 4)):
        for lump_x, lump_y in lumps:
            for _ in range(int(count * size / 6)):
                angle, far = chance.uniform(0, 2 * math.pi), math.sqrt(chance.random()) * (0.40 - 0.065 * shade)
                # Lighter layers lie further up and to the right, where the sun is.
                leaf_x = x + size * (lump_x + far * math.cos(angle) + 0.05 * shade)
                leaf_y = ground - size * (1.36 + lump_y + far * math.sin(angle) * 0.9 + 0.1 * shade)
                colour = mixed(("#1f4a30", "#35693a", "#5f9442", "#a9c95c")[shade], "#7fae4a", 0.25 * chance.random())
                leaf = size * chance.uniform(0.025, 0.06)
                canvas.ellipse(leaf_x, leaf_y, leaf * 1.4, leaf * 0.8, colour, 0.92, turn=chance.uniform(0, 180))


def foreground(canvas, chance):
    for _ in range(900):
        x = chance.uniform(-4, WIDTH + 4)
        if 150 < x < 240:
            continue
        y = chance.uniform(206, 234)
        bend, tall = chance.uniform(-5, 5), chance.uniform(8, 20)
        colour = mixed("#9cc456", "#1f4f2e", chance.random())
        canvas.line([(x, y), (x + bend * 0.3, y - tall * 0.6), (x + bend, y - tall)], 1.3, colour, (1, 0.05))
    for _ in range(58):
        x = chance.uniform(2, WIDTH - 2)
        y = chance.uniform(186, 218)
        if 156 < x < 236:
            continue
        size = (y - 160) / 24
        petal, heart = chance.choice((("#ffffff", "#f2c230"), ("#e8505b", "#40202a"), ("#8f7fe0", "#f6e27a"), ("#ffd24d", "#b8741a")))
        for i in range(5):
            turn = i * 2 * math.pi / 5
            canvas.ellipse(x + size * math.cos(turn), y + size * 0.8 * math.sin(turn), size * 0.72, size * 0.6, petal)
        canvas.ellipse(x, y, size * 0.5, size * 0.45, heart)


def grain(pixels):
    """The tooth of the paper."""
    noise = np.random.default_rng(3).normal(0, 0.005, (*pixels.shape[:2], 1))
    pixels[..., :3] = np.clip(pixels[..., :3] + noise, 0, 1)
    return pixels
