"""A pen and a brush on cairo: smooth curves through points, lines that swell and taper, flat fills."""

import math

import cairo
import numpy as np

SUPERSAMPLING = 6  # drawn this much larger, then averaged down

INK = "#2b1f33"


def rgba(colour, alpha=1.0):
    """'#rrggbb' as cairo wants it."""
    return (*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)), alpha)


def smooth(points, closed=False, steps=14):
    """A curve through the points (Catmull-Rom). A point given twice in a row is a corner."""
    corners = [i for i in range(1, len(points)) if points[i] == points[i - 1]]
    if closed and not corners:
        return _spline([points[-1], *points, points[0], points[1]], steps)
    if closed:  # begin at a corner, so that what remains are open pieces
        points = [*points[corners[0] :], *points[: corners[0]]]
    pieces, piece = [], [points[0]]
    for before, point in zip(points, points[1:]):
        if point == before:
            pieces.append(piece)
            piece = [point]
        else:
            piece.append(point)
    pieces.append(piece)
    return [point for piece in pieces for point in _open_spline(piece, steps)]


def _open_spline(points, steps):
    if len(points) < 3:
        return points
    first = tuple(2 * a - b for a, b in zip(points[0], points[1]))
    last = tuple(2 * a - b for a, b in zip(points[-1], points[-2]))
    return _spline([first, *points, last], steps)


def _spline(points, steps):
    curve = []
    for p0, p1, p2, p3 in zip(points, points[1:], points[2:], points[3:]):
        for step in range(steps):
            t = step / steps
            curve.append(
                tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in zip(p0, p1, p2, p3)
                )
            )
    return [*curve, points[-2]]


class Canvas:
    """Coordinates are pixels of the finished picture, y downwards."""

    def __init__(self, width, height, background=None):
        self.width, self.height = width, height
        self.surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, width * SUPERSAMPLING, height * SUPERSAMPLING)
        self.ctx = cairo.Context(self.surface)
        self.ctx.scale(SUPERSAMPLING, SUPERSAMPLING)
        if background:
            self.ctx.set_source_rgba(*rgba(background))
            self.ctx.paint()

    def pixels(self):
        """Premultiplied RGBA floats (height, width, 4) in 0..1, averaged down to the finished size."""
        self.surface.flush()
        large = np.frombuffer(self.surface.get_data(), np.uint8).reshape(self.surface.get_height(), -1, 4)
        large = large[:, : self.width * SUPERSAMPLING, [2, 1, 0, 3]] / 255
        blocks = large.reshape(self.height, SUPERSAMPLING, self.width, SUPERSAMPLING, 4)
        return blocks.mean(axis=(1, 3))

    def path(self, curve, closed=True):
        self.ctx.new_path()
        for point in curve:
            self.ctx.line_to(*point)
        if closed:
            self.ctx.close_path()

    def fill(self, points, colour, alpha=1.0):
        """A smooth closed shape in one flat colour."""
        self.path(smooth(points, closed=True))
        self.ctx.set_source_rgba(*rgba(colour, alpha))
        self.ctx.fill()

    def fill_gradient(self, points, stops, start, end):
        self.path(smooth(points, closed=True))
        self.gradient_source(stops, start, end)
        self.ctx.fill()

    def gradient_source(self, stops, start, end):
        gradient = cairo.LinearGradient(*start, *end)
        for position, colour in stops:
            gradient.add_color_stop_rgba(position, *rgba(colour))
        self.ctx.set_source(gradient)

    def clip(self, points):
        """What is drawn until `restore` stays inside this shape."""
        self.ctx.save()
        self.path(smooth(points, closed=True))
        self.ctx.clip()

    def restore(self):
        self.ctx.restore()

    def ellipse(self, cx, cy, rx, ry, colour, alpha=1.0, turn=0.0):
        self.ctx.save()
        self.ctx.translate(cx, cy)
        self.ctx.rotate(math.radians(turn))
        self.ctx.scale(rx, ry)
        self.ctx.new_path()
        self.ctx.arc(0, 0, 1, 0, 2 * math.pi)
        self.ctx.restore()
        self.ctx.set_source_rgba(*rgba(colour, alpha))
        self.ctx.fill()

    def line(self, points, width, colour=INK, taper=(0.15, 0.15)):
        """A pen stroke: `width` in its middle, `taper` times that at its start and its end."""
        curve = smooth(points)
        self._stroke(curve, [width * _swell(t, taper) for t in _lengths(curve)], colour)

    def outline(self, points, width, colour=INK, closed=True):
        """The contour of a shape, heavier where it faces down, as if lit from above."""
        curve = smooth(points, closed)
        if closed:
            curve = [*curve, curve[0]]
        widths = []
        for i in range(len(curve)):
            (ax, ay), (bx, by) = curve[max(i - 2, 0)], curve[min(i + 2, len(curve) - 1)]
            length = math.hypot(bx - ax, by - ay) or 1
            widths.append(width * (0.72 + 0.4 * abs(bx - ax) / length))
        self._stroke(curve, widths, colour)

    def _stroke(self, curve, widths, colour):
        """Short pieces with round ends; each has its own width. Opaque, so that it may overlap itself."""
        self.ctx.set_source_rgba(*rgba(colour))
        self.ctx.set_line_cap(cairo.LINE_CAP_ROUND)
        for a, b, width in zip(curve, curve[1:], widths):
            self.ctx.set_line_width(width)
            self.ctx.move_to(*a)
            self.ctx.line_to(*b)
            self.ctx.stroke()


def _lengths(curve):
    """How far along the curve each of its points is, 0..1."""
    steps = [math.hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in zip(curve, curve[1:])]
    total = sum(steps) or 1
    return np.concatenate([[0], np.cumsum(steps)]) / total


def _swell(t, taper):
    end = taper[0] if t < 0.5 else taper[1]
    return end + (1 - end) * math.sin(math.pi * t) ** 0.7


def arc(cx, cy, rx, ry, start, end, count=9):
    """Points on an ellipse; degrees, clockwise on the screen, 0 = right."""
    angles = np.radians(np.linspace(start, end, count))
    return [(float(cx + rx * np.cos(a)), float(cy + ry * np.sin(a))) for a in angles]
