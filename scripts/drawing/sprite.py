"""A fox with a scarf, for games: cut out, with a half-transparent shadow; sides that nothing divides."""

from drawing.pen import Canvas, arc

WIDTH, HEIGHT = 157, 201

FUR, FUR_SHADE, FUR_LIGHT = "#f08a3c", "#c9622f", "#ffb568"
CREAM, CREAM_SHADE = "#fff4e2", "#e6c9b4"
SOCK, SCARF, SCARF_SHADE, SCARF_LIGHT = "#4a2c33", "#3a8fb7", "#27668f", "#7cc8e0"


def draw():
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.ellipse(76, 189, 62, 8.5, "#1c2140", 0.38)
    tail(canvas)
    torso(canvas)
    scarf_end(canvas)
    head(canvas)
    scarf(canvas)
    return canvas.pixels()


def tail(canvas):
    shape = [(92, 184), (92, 184), (120, 188), (145, 172), (151, 142), (143, 112), (128, 92), (128, 92), (129, 112), (120, 126),
             (105, 142), (96, 162)]
    canvas.fill(shape, FUR)
    canvas.clip(shape)
    canvas.fill([(90, 190), (118, 184), (138, 168), (144, 142), (136, 112), (160, 110), (160, 190), (110, 196)], FUR_SHADE)
    canvas.fill([(124, 88), (122, 118), (122, 118), (128, 113), (128, 113), (132, 122), (132, 122), (137, 114), (137, 114),
                 (143, 121), (143, 121), (148, 112), (148, 112), (140, 90)], CREAM)
    canvas.restore()
    canvas.outline(shape, 2.4)
    canvas.line([(104, 172), (118, 160), (127, 142)], 1.4)


def torso(canvas):
    shape = [(50, 98), (42, 126), (38, 160), (34, 184), (34, 184), (44, 190), (76, 190), (104, 189), (112, 176), (110, 152),
             (100, 124), (94, 98)]
    canvas.fill(shape, FUR)
    canvas.clip(shape)
    canvas.fill([(90, 96), (97, 130), (98, 160), (90, 192), (120, 192), (120, 96)], FUR_SHADE)
    canvas.fill([(52, 100), (56, 120), (56, 120), (59, 130), (59, 130), (65, 138), (65, 138), (71, 148), (71, 148), (77, 138),
                 (77, 138), (84, 130), (84, 130), (86, 120), (86, 120), (92, 100)], CREAM)
    canvas.fill([(54, 106), (62, 120), (72, 123), (84, 119), (92, 106), (92, 96), (54, 96)], CREAM_SHADE)
    canvas.restore()
    canvas.outline(shape, 2.4)
    haunch = [(112, 186), (112, 186), (118, 168), (112, 150), (100, 146), (90, 156), (87, 174), (90, 188), (90, 188)]
    canvas.fill(haunch, FUR)
    canvas.clip(haunch)
    canvas.fill([(106, 148), (110, 168), (102, 190), (124, 190), (124, 150)], FUR_SHADE)
    canvas.restore()
    canvas.outline(haunch[1:-1], 2.2, closed=False)
    for x, width in ((46, 9), (72, 9)):
        leg(canvas, x, width)
    paw(canvas, 99, 186, 12)


def leg(canvas, x, width):
    shape = [(x - width + 1, 134), (x - width, 160), (x - width, 180), (x + width, 180), (x + width - 1, 160), (x + width - 2, 134)]
    canvas.fill(shape, FUR)
    canvas.clip(shape)
    canvas.fill([(x + 3, 130), (x + 4, 160), (x + 4, 186), (x + 20, 186), (x + 20, 130)], FUR_SHADE)
    canvas.fill([(x - 14, 164), (x - 14, 164), (x - 4, 168), (x - 4, 168), (x, 162), (x, 162), (x + 5, 168), (x + 5, 168),
                 (x + 14, 163), (x + 14, 163), (x + 14, 190), (x - 14, 190)], SOCK)
    canvas.restore()
    canvas.line([(x - width + 1, 138), (x - width, 160), (x - width, 182)], 2.2, taper=(0.1, 1))
    canvas.line([(x + width - 2, 142), (x + width - 1, 160), (x + width, 182)], 2.0, taper=(0.1, 1))
    paw(canvas, x - 1, 185, 12.5)


def paw(canvas, x, y, size):
    shape = arc(x, y, size, 7, 0, 330, 12)
    canvas.fill(shape, SOCK)
    canvas.ellipse(x - 3, y - 3.4, size * 0.55, 1.7, "#6d4650")
    canvas.outline(shape, 2.0)
    for toe in (-4, 3):
        canvas.line([(x + toe, y + 1), (x + toe, y + 6)], 1.3)


def ear(canvas, side):
    def at(points):
        return [(72 + side * x, y) for x, y in points]

    shape = at([(14, 40), (14, 40), (20, 18), (37, 3), (37, 3), (47, 24), (47, 52), (47, 52)])
    canvas.fill(shape, FUR)
    canvas.fill(at([(23, 38), (23, 38), (27, 23), (36, 12), (36, 12), (41, 28), (42, 46), (42, 46)]), SOCK)
    canvas.fill(at([(27, 40), (27, 40), (30, 26), (30, 26), (33, 34), (33, 34), (37, 27), (37, 27), (40, 46), (40, 46)]), CREAM)
    canvas.fill(at([(30, 9), (30, 9), (37, 3), (37, 3), (41, 12), (41, 12), (36, 11)]), SOCK)
    canvas.outline(shape, 2.4)


def head(canvas):
    for side in (-1, 1):
        ear(canvas, side)
    half = [(0, 31), (24, 35), (43, 48), (49, 62), (49, 62), (60, 74), (60, 74), (52, 78), (52, 78), (55, 87), (55, 87), (40, 93),
            (22, 103), (0, 106)]
    shape = [(72 + x, y) for x, y in half] + [(72 - x, y) for x, y in reversed(half[1:-1])]
    canvas.fill(shape, FUR)
    canvas.clip(shape)
    canvas.fill([(98, 34), (110, 58), (104, 80), (92, 104), (140, 104), (140, 34)], FUR_SHADE)
    canvas.fill([(52, 40), (64, 35), (82, 36), (74, 42), (60, 44)], FUR_LIGHT)
    cheeks = [(72, 60), (78, 72), (92, 74), (106, 68), (132, 74), (132, 74), (120, 112), (72, 112), (24, 112), (12, 74), (12, 74),
              (38, 68), (52, 74), (66, 72)]
    canvas.fill(cheeks, CREAM)
    canvas.fill([(112, 72), (106, 84), (92, 94), (72, 99), (60, 98), (72, 112), (120, 112), (140, 70)], CREAM_SHADE)
    canvas.fill([(69, 34), (69, 34), (72, 52), (72, 52), (75, 34), (75, 34)], FUR_SHADE)
    canvas.restore()
    canvas.outline(shape, 2.4)
    for side in (-1, 1):
        eye(canvas, side)
        canvas.ellipse(72 + side * 35, 81, 7, 3.6, "#f2907c", 0.7)
        for y in (84, 89):
            canvas.line([(72 + side * 26, y - 1), (72 + side * 40, y), (72 + side * 51, y + 4)], 0.8, "#7a5348", (0.6, 0.05))
    nose = [(66, 79), (72, 77), (78, 79), (76, 83), (72, 85.5), (68, 83)]
    canvas.fill(nose, SOCK)
    canvas.ellipse(70, 79.6, 1.7, 1.0, "#b98a92")
    canvas.outline(nose, 1.4)
    mouth = [(64, 89.5), (64, 89.5), (68, 92), (72, 89), (76, 92), (80, 89.5), (80, 89.5), (77, 97), (72, 99), (67, 97)]
    canvas.fill(mouth, "#8e2f3c")
    canvas.clip(mouth)
    canvas.ellipse(72, 99, 4.6, 4, "#f08a88")
    canvas.restore()
    canvas.line([(72, 85), (72, 89.5)], 1.3, taper=(0.8, 0.8))
    canvas.outline(mouth, 1.3)
    canvas.line([(61, 88), (64.5, 91.4), (68.5, 92), (72, 89)], 1.5, taper=(0.1, 0.8))
    canvas.line([(83, 88), (79.5, 91.4), (75.5, 92), (72, 89)], 1.5, taper=(0.1, 0.8))


def eye(canvas, side):
    x = 72 + side * 22
    shape = arc(x, 67, 7.4, 10.6, 0, 340, 14)
    canvas.fill_gradient(shape, [(0, "#2b1628"), (0.5, "#7a3a1e"), (1, "#f0b24a")], (0, 57), (0, 78))
    canvas.ellipse(x, 67, 3.4, 6, "#1d0f1c")
    canvas.outline(shape, 1.6)
    canvas.line([(x - side * 8.5, 63), (x - side * 4, 57), (x + side * 3, 56), (x + side * 11, 60)], 3.0, taper=(0.1, 0.3))
    canvas.ellipse(x - 2.6, 62, 2.7, 3.3, "#ffffff")
    canvas.ellipse(x + 2.8, 72.4, 1.4, 1.8, "#fff3d6")
    canvas.line([(x - side * 6, 51), (x + side * 1, 48), (x + side * 7, 50)], 2.0, FUR_SHADE)


def scarf(canvas):
    wrap = [(42, 99), (50, 103), (72, 108), (94, 103), (101, 98), (106, 106), (102, 115), (86, 121), (72, 123), (56, 121),
            (41, 114), (38, 106)]
    canvas.fill(wrap, SCARF)
    canvas.clip(wrap)
    canvas.fill([(36, 112), (56, 116), (72, 118), (90, 114), (108, 106), (112, 126), (72, 130), (34, 122)], SCARF_SHADE)
    for x in (46, 60, 74, 88):
        canvas.line([(x, 98), (x + 3, 111), (x + 1, 126)], 3.0, SCARF_LIGHT, (1, 1))
    canvas.restore()
    canvas.outline(wrap, 2.2)


def scarf_end(canvas):
    end = [(44, 112), (44, 112), (30, 120), (14, 138), (14, 138), (18, 141), (18, 141), (16, 146), (16, 146), (22, 147), (22, 147),
           (23, 153), (23, 153), (40, 138), (54, 122), (54, 122)]
    canvas.fill(end, SCARF)
    canvas.clip(end)
    canvas.fill([(52, 120), (36, 136), (20, 152), (40, 150), (60, 124)], SCARF_SHADE)
    canvas.line([(20, 131), (26, 138), (32, 146)], 3.0, SCARF_LIGHT, (1, 1))
    canvas.line([(31, 121), (37, 128), (44, 136)], 3.0, SCARF_LIGHT, (1, 1))
    canvas.restore()
    canvas.outline(end, 2.0)
