"""A girl at the river on a summer evening: clean lines, flat shading, big eyes, a word, screentone."""

import math

from drawing.pen import Canvas, arc, smooth

WIDTH, HEIGHT = 320, 240

SKIN, SKIN_SHADE, BLUSH = "#ffe9da", "#f3bfae", "#f49a94"
HAIR, HAIR_SHADE, HAIR_LIGHT, HAIR_DEEP = "#4f66a8", "#384a86", "#b9d2f2", "#2b3768"
CLOTH, CLOTH_SHADE, NAVY, NAVY_SHADE = "#fbf8f4", "#cdd0e2", "#2f3f73", "#222d58"
RED, RED_SHADE, RED_LIGHT = "#dc4450", "#a92a40", "#f48a86"


def mirror(points):
    """The other half of something symmetric, walked back."""
    return [(-x, y) for x, y in reversed(points)]


def draw():
    canvas = Canvas(WIDTH, HEIGHT, "#fdeccb")
    background(canvas)
    speech(canvas)
    canvas.ctx.save()
    canvas.ctx.translate(206, 116)
    back_hair(canvas)
    body(canvas)
    canvas.ctx.rotate(math.radians(-4))
    face(canvas)
    for side in (-1, 1):
        eye(canvas, side)
    front_hair(canvas)
    ribbon(canvas)
    canvas.ctx.restore()
    return canvas.pixels()


def background(canvas):
    ctx = canvas.ctx
    canvas.gradient_source([(0, "#7fb6dd"), (0.45, "#f9d7b0"), (0.75, "#f8b98d"), (1, "#ef9a80")], (0, 0), (0, HEIGHT))
    ctx.paint()
    canvas.ellipse(98, 150, 34, 34, "#fff3d0")
    cloud(canvas, 44, 140, 1.0)
    cloud(canvas, 306, 108, 1.25)
    canvas.fill([(-5, 176), (30, 164), (70, 172), (110, 160), (160, 170), (210, 158), (260, 168), (325, 156),
                 (325, 156), (325, 245), (325, 245), (-5, 245), (-5, 245)], "#8c6f96")
    town(canvas)
    river(canvas)
    pylon(canvas, 40, 118, 207)
    for sag, y in ((10, 124), (12, 131)):
        canvas.line([(-4, y - 2), (18, y + sag * 0.5), (40, y)], 0.9, taper=(0.8, 0.8))
        canvas.line([(40, y), (90, y + sag), (150, y - 6), (200, y - 20), (262, y - 24), (325, y - 40)], 0.9, taper=(0.8, 0.8))
    screentone(canvas)


def cloud(canvas, x, y, size):
    shape = [(x + px * size, y + py * size) for px, py in (
        (-38, 0), (-38, 0), (-36, -9), (-26, -12), (-26, -12), (-21, -24), (-6, -29), (9, -24), (13, -16), (13, -16), (26, -18),
        (34, -9), (34, -9), (41, -7), (44, 0), (44, 0))]
    canvas.fill(shape, "#fff5e6")
    canvas.clip(shape)
    for px, py, rx, ry in ((-28, 4, 14, 9), (-4, 2, 20, 15), (24, 4, 15, 13), (40, 3, 8, 6)):
        canvas.ellipse(x + px * size, y + py * size, rx * size, ry * size, "#f8d3bb")
    canvas.restore()


def town(canvas):
    """Roofs against the hills, some windows lit."""
    for x, width, top, roof in ((-4, 22, 192, 6), (20, 15, 197, 5), (58, 20, 190, 7), (80, 14, 196, 0), (112, 24, 194, 6),
                                (138, 18, 189, 0), (272, 18, 192, 6), (292, 30, 187, 7)):
        canvas.fill([p for corner in ((x, 216), (x, top), (x + width, top), (x + width, 216)) for p in (corner, corner)], "#4a3d6b")
        if roof:
            canvas.fill([p for corner in ((x - 2, top + 0.5), (x + width / 2, top - roof), (x + width + 2, top + 0.5))
                         for p in (corner, corner)], "#3d3159")
        for column in range(int(width // 6)):
            lit = (x + column) % 3 != 0
            canvas.ellipse(x + 4.5 + column * 6, top + 6, 1.3, 1.6, "#ffd98a" if lit else "#6d5f92")


def river(canvas):
    bank = [(-5, 208), (60, 206), (150, 209), (240, 206), (325, 204), (325, 204), (325, 245), (325, 245), (-5, 245), (-5, 245)]
    canvas.fill(bank, "#372c54")
    water = [(-5, 214), (60, 212), (150, 214), (240, 212), (325, 210), (325, 210), (325, 245), (325, 245), (-5, 245), (-5, 245)]
    canvas.fill(water, "#7d6ea6")
    for x, y, half in ((98, 217, 24), (101, 221, 17), (95, 225.5, 28), (99, 230, 14), (96, 234.5, 24), (100, 238.5, 12)):
        canvas.line([(x - half, y), (x, y + 0.6), (x + half, y)], 2.2, "#fbd9a8", (0.05, 0.05))
    for x, y, half in ((20, 220, 12), (44, 229, 15), (8, 235, 10), (146, 223, 8), (300, 219, 14), (310, 231, 9)):
        canvas.line([(x - half, y), (x, y + 0.5), (x + half, y)], 1.2, "#a99bc8", (0.05, 0.05))


def pylon(canvas, x, top, bottom):
    for side in (-1, 1):
        canvas.line([(x + side * 2, top), (x + side * 8, bottom)], 1.4, taper=(0.6, 1))
    for i in range(5):
        upper, lower = top + 8 + i * 16, top + 21 + i * 16
        half = 2.2 + i * 1.1
        canvas.line([(x - half, upper), (x + half + 1, lower)], 0.7, taper=(0.8, 0.8))
        canvas.line([(x + half, upper), (x - half - 1, lower)], 0.7, taper=(0.8, 0.8))
    for y in (124, 131):
        canvas.line([(x - 11, y), (x + 11, y)], 1.3, taper=(0.7, 0.7))


def screentone(canvas):
    """Dots that shrink from the corner outwards, as on printed comics."""
    pitch = 4.4
    for row in range(20):
        for column in range(26):
            x = 322 - column * pitch - (row % 2) * pitch / 2
            y = 2 + row * pitch * 0.87
            distance = math.hypot(322 - x, y) / 84
            if distance < 1:
                canvas.ellipse(x, y, 1.75 * (1 - distance), 1.75 * (1 - distance), "#3c6c9c")


def speech(canvas):
    bubble = [(14, 50), (20, 26), (50, 13), (88, 16), (116, 34), (122, 56), (112, 76), (112, 76), (134, 94), (134, 94),
              (98, 86), (98, 86), (72, 94), (36, 88), (16, 70)]
    canvas.fill(bubble, "#ffffff")
    canvas.outline(bubble, 2.0)
    for strokes, x in ((KI, 28), (ZU, 55), (NA, 84)):
        for points, width in strokes:
            canvas.line([(x + px, 37 + py) for px, py in points], width, taper=(0.75, 0.45))


# The word is Kizuna, in katakana, each sign in a box of 24 pixels.
KI = (
    ([(3, 8), (19, 5)], 2.6),
    ([(1, 18), (23, 14)], 2.6),
    ([(9, 0), (12, 14), (14, 29)], 2.8),
)
ZU = (
    ([(3, 4), (19, 3), (19, 3), (14, 14), (2, 27)], 2.6),
    ([(12, 16), (17, 20), (22, 26)], 2.6),
    ([(20, -3), (22, 1)], 1.9),
    ([(24, -5), (26, -1)], 1.9),
)
NA = (
    ([(1, 10), (23, 8)], 2.6),
    ([(13, 0), (13, 12), (11, 21), (3, 29)], 2.8),
)


def back_hair(canvas):
    left = [(0, -66), (-30, -60), (-52, -34), (-58, 4), (-60, 44), (-66, 84), (-78, 124)]
    shape = [*left, left[-1], (0, 134), (78, 124), (78, 124), *mirror(left)[1:-1]]
    canvas.fill(shape, HAIR_SHADE)
    for x, reach in ((-50, 8), (-34, 6), (36, 6), (52, 8)):
        canvas.fill([(x - 5, 20), (x - 5, 20), (x - reach, 70), (x - 6, 126), (x - 6, 126), (x + 5, 126), (x + 5, 126),
                     (x + 4, 70)], HAIR_DEEP)
    canvas.outline(shape, 2.1)
    canvas.line([(-56, 30), (-57, 64), (-66, 110)], 1.0)
    canvas.line([(55, 34), (58, 70), (68, 112)], 1.0)


def body(canvas):
    neck = [(-13, 34), (-13, 34), (-13, 56), (-22, 66), (-22, 66), (0, 84), (22, 66), (22, 66), (13, 56), (13, 34), (13, 34)]
    shoulder = [(-18, 62), (-40, 70), (-60, 80), (-72, 104), (-80, 130)]
    top = [*shoulder, shoulder[-1], (80, 130), (80, 130), *mirror(shoulder)[1:], (0, 90)]
    canvas.fill(top, CLOTH)
    for side in (-1, 1):
        canvas.fill([(side * 44, 96), (side * 44, 96), (side * 52, 112), (side * 50, 130), (side * 50, 130),
                     (side * 84, 130), (side * 84, 130), (side * 70, 110)], CLOTH_SHADE)
    canvas.outline(top, 2.0)
    canvas.fill(neck, SKIN)
    canvas.fill([(-13, 38), (-13, 38), (-13, 50), (0, 62), (13, 50), (13, 38), (13, 38)], SKIN_SHADE)
    canvas.line([(-13, 40), (-13, 56), (-24, 66)], 1.6)
    canvas.line([(13, 40), (13, 56), (24, 66)], 1.6)
    canvas.line([(-17, 71), (-9, 73), (-4, 76)], 1.0)
    canvas.line([(17, 71), (9, 73), (4, 76)], 1.0)
    for side in (-1, 1):
        collar = [(side * 20, 60), (side * 20, 60), (side * 44, 68), (side * 55, 79), (side * 55, 79), (side * 46, 100),
                  (side * 46, 100), (side * 22, 102), (side * 2, 108), (side * 2, 108), (side * 12, 86)]
        canvas.fill(collar, NAVY)
        canvas.fill([(side * 55, 79), (side * 55, 79), (side * 46, 100), (side * 46, 100), (side * 22, 102),
                     (side * 22, 102), (side * 40, 92)], NAVY_SHADE)
        canvas.line([(side * 50, 80), (side * 50, 80), (side * 43, 95), (side * 43, 95), (side * 22, 97), (side * 7, 103)], 1.3,
                    CLOTH, (0.8, 0.8))
        canvas.outline(collar, 1.8)
    scarf(canvas)


def scarf(canvas):
    for side in (-1, 1):
        tail = [(side * 1, 106), (side * 1, 106), (side * 15, 114), (side * 22, 132), (side * 22, 132), (side * 2, 132),
                (side * 2, 132)]
        canvas.fill(tail, RED)
        canvas.fill([(side * 3, 110), (side * 3, 110), (side * 10, 118), (side * 12, 132), (side * 12, 132), (side * 3, 132),
                     (side * 3, 132)], RED_SHADE)
        canvas.outline(tail, 1.6)
    knot = [(-8, 102), (0, 100), (8, 102), (8, 112), (0, 115), (-8, 112)]
    canvas.fill(knot, RED)
    canvas.fill([(-7, 108), (0, 110), (7, 108), (7, 112), (0, 114), (-7, 112)], RED_SHADE)
    canvas.outline(knot, 1.8)
    canvas.line([(-3, 103), (-2, 107)], 0.9)


JAW_LEFT = [(-42, -16), (-41, 6), (-36, 24), (-22, 41), (-6, 51)]
FACE = [*JAW_LEFT, (0, 52), *mirror(JAW_LEFT), (30, -52), (-30, -52)]


def face(canvas):
    for side in (-1, 1):
        ear = [(side * 40, -4), (side * 47, -6), (side * 47, 8), (side * 40, 18)]
        canvas.fill(ear, SKIN)
        canvas.outline(ear, 1.6)
    canvas.fill(FACE, SKIN)
    canvas.clip(FACE)
    # The shadow that the hair throws on the forehead and the cheeks.
    canvas.fill([(-50, -60), (-50, 30), (-35, 16), (-36, -4), (-28, -14), (-20, -6), (-8, -17), (2, -8), (12, -17), (24, -7),
                 (31, -13), (35, 0), (34, 18), (50, 30), (50, -60)], SKIN_SHADE)
    for side in (-1, 1):
        canvas.ellipse(side * 27, 27, 8.5, 4.2, BLUSH, 0.55)
        for i in (-1, 0, 1):
            x = side * 27 + i * 3.6
            canvas.line([(x + 1.2, 25), (x - 1.2, 29)], 0.8, "#d96a70")
    canvas.restore()
    canvas.outline([*JAW_LEFT, (0, 52), *mirror(JAW_LEFT)], 2.0, closed=False)
    canvas.line([(0.5, 24), (2.2, 27.5), (-0.3, 28.6)], 1.1, "#8a4a4c")
    mouth(canvas)
    for side in (-1, 1):
        canvas.line([(side * 30, -15), (side * 21, -20), (side * 11, -18.5)], 2.2, HAIR_DEEP, (0.1, 0.6))


def mouth(canvas):
    shape = [(-9, 35), (-9, 35), (0, 37), (9, 35), (9, 35), (6, 42), (0, 44.5), (-6, 42)]
    canvas.fill(shape, "#8e2f3c")
    canvas.clip(shape)
    canvas.ellipse(0, 45, 6, 4.4, "#ef8583")
    canvas.fill([(-9, 34), (-9, 34), (9, 34), (9, 34), (6, 37.6), (-6, 37.6)], "#ffffff")
    canvas.restore()
    canvas.line([(-10.5, 34.2), (-5, 36.2), (0, 37), (5, 36.2), (10.5, 34.2)], 1.4)
    canvas.line([(-8.6, 36), (-6, 42), (0, 44.6), (6, 42), (8.6, 36)], 1.1)


def eye(canvas, side):
    def at(points):
        return [(side * (20 + x), 7 + y) for x, y in points]

    white = at([(-10, -3), (-7, -10), (1, -13), (9, -9), (11, -1), (9, 8), (3, 12.5), (-4, 12), (-9, 6)])
    canvas.fill(white, "#ffffff")
    canvas.clip(white)
    canvas.fill(at([(-12, -14), (-12, -14), (14, -14), (14, -14), (12, -4), (0, -8), (-12, -3)]), "#cfd3ea")
    iris = at(arc(0.4, 0.6, 7.9, 11.6, 0, 345, 16))
    canvas.fill_gradient(iris, [(0, "#1f4a43"), (0.42, "#2f8f72"), (0.8, "#7fdcae"), (1, "#c9f7d6")], (0, -5), (0, 20))
    canvas.clip(iris)
    canvas.fill(at([(-10, -13), (-10, -13), (10, -13), (10, -13), (9, -4), (0, -2), (-9, -4)]), "#173a38")
    canvas.restore()
    canvas.outline(iris, 1.2, "#14302f")
    canvas.ellipse(side * 20.4, 8, 3.6, 5.6, "#0e2526")
    canvas.restore()
    # The light comes from the left for both eyes.
    canvas.ellipse(side * 20 - 3.4, 1.2, 3.3, 4.0, "#ffffff", turn=20)
    canvas.ellipse(side * 20 + 3.6, 13.2, 1.7, 2.1, "#f2fff4")
    lid = at([(-12, -2), (-8, -10.5), (1, -14), (9.5, -10.5), (13.5, -3.5)])
    canvas.line(lid, 4.0, taper=(0.1, 0.5))
    canvas.line(at([(9, -10), (13, -7), (17, -6.5)]), 2.2, taper=(0.9, 0.05))
    canvas.line(at([(11, -6), (14, -2.5), (17.5, -1.5)]), 1.9, taper=(0.9, 0.05))
    canvas.line(at([(-6, -16.2), (1, -18.2), (9, -15.4)]), 1.0, "#8a5058")
    canvas.line(at([(-5, 13), (2, 13.6), (9, 9.5)]), 1.5, taper=(0.1, 0.4))


BANGS = [
    (-52, 2), (-54, -30), (-36, -58), (0, -69), (36, -58), (54, -30), (52, 2), (52, 2),  # over the crown
    (44, -10), (38, -24), (38, -24), (35, -12), (28, -3), (28, -3), (27, -16), (22, -27), (22, -27),
    (18, -14), (8, -5), (8, -5), (9, -18), (6, -29), (6, -29),
    (0, -16), (-10, -6), (-10, -6), (-9, -19), (-12, -29), (-12, -29),
    (-17, -15), (-27, -3), (-27, -3), (-28, -16), (-32, -26), (-32, -26), (-38, -12), (-52, 2), (-52, 2),
]


def side_lock(side):
    return [(side * 38, -28), (side * 38, -28), (side * 54, -24), (side * 56, 10), (side * 53, 44), (side * 46, 80), (side * 46, 80),
            (side * 45, 58), (side * 40, 70), (side * 40, 70), (side * 42, 40), (side * 40, 10)]


def front_hair(canvas):
    for side in (-1, 1):
        lock = side_lock(side)
        canvas.fill(lock, HAIR)
        canvas.clip(lock)
        canvas.fill([(side * 56, -20), (side * 50, 20), (side * 49, 50), (side * 44, 84), (side * 60, 60), (side * 62, 0)],
                    HAIR_SHADE)
        canvas.restore()
        canvas.outline(lock, 1.8)
        canvas.line([(side * 47, 4), (side * 48, 28), (side * 46, 52)], 1.0)
    canvas.fill(BANGS, HAIR)
    canvas.clip(BANGS)
    for x in (-46, -24, -8, 12, 30, 47):
        canvas.fill([(x - 4, 4), (x + 6, 4), (x + 5, -18), (x + 2, -30), (x + 2, -30), (x - 2, -16)], HAIR_SHADE)
    highlight(canvas)
    canvas.restore()
    canvas.outline(BANGS, 2.1)
    for points in (
        [(-4, -67), (-20, -52), (-30, -30)],
        [(-2, -66), (-9, -48), (-12, -32)],
        [(2, -66), (6, -50), (6, -32)],
        [(6, -67), (18, -52), (22, -32)],
        [(12, -66), (32, -50), (38, -28)],
    ):
        canvas.line(points, 1.2, HAIR_DEEP, (0.9, 0.05))
    stray = [(2, -66), (2, -66), (8, -82), (24, -86), (24, -86), (14, -78), (10, -65), (10, -65)]
    canvas.fill(stray, HAIR)
    canvas.outline(stray[1:-1], 1.5, closed=False)


def highlight(canvas):
    """The ring of light on anime hair: a band with ragged edges."""
    upper = [(-47 + i * 9.4, -41 - 8.5 * math.cos((i - 5) / 5 * 1.25) + (2.6 if i % 2 else -2.2)) for i in range(11)]
    lower = [(x, y + (4.4 if i % 2 else 9.5)) for i, (x, y) in enumerate(upper)]
    ragged = [p for point in [*upper, *reversed(lower)] for p in (point, point)]
    canvas.path(smooth(ragged, closed=True))
    canvas.ctx.set_source_rgb(0.725, 0.824, 0.949)
    canvas.ctx.fill()


def ribbon(canvas):
    canvas.ctx.save()
    canvas.ctx.translate(40, -50)
    canvas.ctx.rotate(math.radians(32))
    for side in (-1, 1):
        tail = [(side * 2, 3), (side * 2, 3), (side * 12, 14), (side * 14, 24), (side * 14, 24), (side * 8, 21), (side * 8, 21),
                (side * 4, 25), (side * 4, 25), (side * 4, 14)]
        canvas.fill(tail, RED_SHADE)
        canvas.outline(tail, 1.5)
        loop = [(side * 2, 0), (side * 2, 0), (side * 12, -11), (side * 22, -11), (side * 24, 2), (side * 20, 10), (side * 10, 6)]
        canvas.fill(loop, RED)
        canvas.fill([(side * 4, 1), (side * 14, 2), (side * 23, 4), (side * 20, 9), (side * 10, 5)], RED_SHADE)
        canvas.fill([(side * 12, -8), (side * 20, -8.5), (side * 19, -5), (side * 13, -4)], RED_LIGHT)
        canvas.outline(loop, 1.7)
        canvas.line([(side * 5, 0), (side * 10, -2), (side * 15, -2)], 0.9)
    knot = [(-4, -4), (4, -4), (5, 4), (0, 6), (-5, 4)]
    canvas.fill(knot, RED)
    canvas.outline(knot, 1.7)
    canvas.ctx.restore()
