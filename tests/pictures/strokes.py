"""Digits as a hand draws them."""

import math

import numpy as np
from PIL import Image, ImageDraw

Points = list[tuple[float, float]]

# What a hand draws: points of smooth strokes, in a box of width 1 and height 1.5.
STROKES: dict[int, list[Points]] = {
    0: [
        [
            (0.5, 0),
            (0.12, 0.3),
            (0.05, 0.8),
            (0.25, 1.4),
            (0.6, 1.48),
            (0.92, 1.1),
            (0.95, 0.55),
            (0.8, 0.1),
            (0.45, 0.02),
        ]
    ],
    1: [[(0.6, 0), (0.55, 0.5), (0.5, 1), (0.45, 1.5)]],
    2: [
        [
            (0.08, 0.35),
            (0.3, 0.05),
            (0.7, 0.05),
            (0.88, 0.4),
            (0.65, 0.85),
            (0.3, 1.2),
            (0.05, 1.45),
        ],
        [(0.05, 1.45), (0.35, 1.38), (0.65, 1.45), (0.98, 1.4)],
    ],
    3: [
        [(0.1, 0.15), (0.45, 0), (0.82, 0.2), (0.75, 0.55), (0.4, 0.7)],
        [(0.4, 0.7), (0.8, 0.82), (0.9, 1.15), (0.6, 1.45), (0.08, 1.35)],
    ],
    4: [
        [(0.3, 0.05), (0.2, 0.4), (0.08, 0.8)],
        [(0.08, 0.8), (0.5, 0.8), (0.98, 0.74)],
        [(0.78, 0.1), (0.74, 0.7), (0.68, 1.5)],
    ],
    5: [
        [(0.22, 0.05), (0.18, 0.35), (0.12, 0.65)],
        [(0.12, 0.65), (0.5, 0.52), (0.85, 0.8), (0.8, 1.2), (0.5, 1.45), (0.05, 1.35)],
        [(0.22, 0.05), (0.55, 0.07), (0.92, 0.02)],
    ],
    6: [
        [
            (0.7, 0),
            (0.35, 0.3),
            (0.12, 0.8),
            (0.15, 1.25),
            (0.45, 1.48),
            (0.8, 1.3),
            (0.82, 0.98),
            (0.5, 0.82),
            (0.18, 1.05),
        ]
    ],
    7: [
        [(0.05, 0.1), (0.5, 0.07), (0.92, 0.05)],
        [(0.92, 0.05), (0.7, 0.55), (0.5, 1), (0.4, 1.5)],
    ],
    8: [
        [
            (0.75, 0.2),
            (0.5, 0.02),
            (0.2, 0.2),
            (0.3, 0.52),
            (0.65, 0.8),
            (0.8, 1.15),
            (0.5, 1.47),
            (0.18, 1.2),
            (0.32, 0.82),
            (0.65, 0.52),
            (0.76, 0.2),
        ]
    ],
    9: [
        [(0.82, 0.3), (0.5, 0.03), (0.15, 0.25), (0.2, 0.6), (0.5, 0.7), (0.82, 0.35)],
        [(0.82, 0.3), (0.8, 0.8), (0.7, 1.5)],
    ],
}


def smooth(points: Points, steps: int = 24) -> Points:
    """A Catmull-Rom curve through the points."""
    padded = np.array([points[0], *points, points[-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2)
            + 0.5 * (3 * b - a - 3 * c + d) * t**3
        )
    return [tuple(point) for point in np.concatenate([*pieces, padded[-1:]])]


def draw(
    digit: int,
    size: tuple[int, int],
    height: float,
    pen: float,
    slant: float = 0.0,
    turn: float = 0.0,
    centre: tuple[float, float] = (0.5, 0.5),
) -> Image.Image:
    """Ink of 255 on 0: a digit of that height by a pen of that width, all in pixels."""
    detail = 4
    picture = Image.new("L", (size[0] * detail, size[1] * detail))
    canvas = ImageDraw.Draw(picture)
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    radius = pen * detail / 2
    for stroke in STROKES[digit]:
        for x, y in smooth(stroke, steps=200):
            x, y = (x - 0.5 + slant * (0.75 - y)) / 1.5 * height, (y / 1.5 - 0.5) * height
            x, y = x * cosine - y * sine, x * sine + y * cosine
            x, y = (x + centre[0] * size[0]) * detail, (y + centre[1] * size[1]) * detail
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return picture.resize(size, Image.Resampling.BOX)
