"""Where the ink of a digit comes from: typefaces, a hand with a pen, and MNIST's test digits.

Each function returns how much of each pixel is ink, from 0 to 1, cropped to the digit.
"""

import gzip
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from strokes import STROKES, smooth

FONTS = Path("/usr/share/fonts")
SAMPLE = Path(__file__).resolve().parents[2] / "src" / "data" / "sample"
DETAIL = 4  # pixels drawn for each that is kept

Ink = np.ndarray


def printed(text: str, font: str, height: int) -> Ink:
    """Text in a typeface of Debian's, so many pixels high."""
    [path] = FONTS.rglob(font)
    scale = 200 * height / print_box(text, path, 200)[3]
    size = round(scale * DETAIL)
    left, top, width, length = print_box(text, path, size)
    picture = Image.new("L", (width, length))
    font_at_size = ImageFont.truetype(path, size)
    ImageDraw.Draw(picture).text((-left, -top), text, fill=255, font=font_at_size)
    small = (max(round(width / DETAIL), 1), max(round(length / DETAIL), 1))
    return as_ink(picture.resize(small, Image.Resampling.BOX))


def print_box(text: str, path: Path, size: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of printed text."""
    left, top, right, bottom = ImageFont.truetype(path, size).getbbox(text)
    return int(left), int(top), int(np.ceil(right - left)), int(np.ceil(bottom - top))


def by_hand(digit: int, height: int, pen: float, seed: int, wobble: float = 0.035) -> Ink:
    """A pen's line whose course and width waver; a digit of width 1 and height 1.5 is its model."""
    random = np.random.default_rng(seed)
    slant, stretch = random.uniform(-0.05, 0.25), random.uniform(0.8, 1.15)
    scale = height * DETAIL / 1.5
    margin = pen * DETAIL + 0.4 * scale
    picture = Image.new("L", (int(1.6 * scale + 2 * margin), int(1.6 * scale + 2 * margin)))
    canvas = ImageDraw.Draw(picture)
    moved = {}  # strokes that meet in a point still do
    for stroke in STROKES[digit]:
        points = []
        for point in stroke:
            if point not in moved:
                moved[point] = np.array(point) + random.normal(0, wobble, 2)
            points.append(moved[point])
        line = np.array(smooth([tuple(point) for point in points], steps=200))
        breadth = smooth([(0.0, random.uniform(0.75, 1.25)) for _ in points], steps=200)
        for (x, y), (_, width) in zip(line, breadth, strict=True):
            x = (x * stretch + slant * (0.75 - y)) * scale + margin + 0.2 * scale
            y, radius = y * scale + margin, pen * width * DETAIL / 2
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    picture = picture.crop(picture.getbbox())
    size = [max(round(side / DETAIL), 1) for side in picture.size]
    return as_ink(picture.resize(size, Image.Resampling.BOX))


def of_mnist(digit: int, number: int, height: int) -> Ink:
    """The test digit of this number among those of its kind, with edges as a pen leaves them."""
    labels = gzip.decompress((SAMPLE / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    images = gzip.decompress((SAMPLE / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    place = np.flatnonzero(np.frombuffer(labels, np.uint8) == digit)[number]
    pixels = np.frombuffer(images, np.uint8).reshape(-1, 28, 28)[place]
    picture = Image.fromarray(pixels)
    scale = height / 20
    side = round(28 * scale)
    picture = picture.resize((side, side), Image.Resampling.BICUBIC)
    picture = picture.filter(ImageFilter.GaussianBlur(0.35 * scale))
    ink = np.clip((as_ink(picture) - 0.4) * scale + 0.5, 0, 1)
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def hollow(ink: Ink, line: int) -> Ink:
    """The outline of what is there, a line so many pixels wide."""
    grown = np.pad(ink, line)
    picture = Image.fromarray((grown * 255).astype(np.uint8))
    outside = as_ink(picture.filter(ImageFilter.MaxFilter(2 * (line // 2) + 1)))
    inside = as_ink(picture.filter(ImageFilter.MinFilter(2 * ((line + 1) // 2) + 1)))
    return np.clip(outside - inside, 0, 1)


def stencilled(ink: Ink, gap: int) -> Ink:
    """With a bridge of paper from top to bottom, as a stencil needs it."""
    middle = ink.shape[1] // 2
    cut = ink.copy()
    cut[:, middle - gap // 2 : middle - gap // 2 + gap] = 0
    return cut


def side_by_side(inks: list[Ink], gap: int) -> Ink:
    """Several digits in a row, standing on one line."""
    height = max(ink.shape[0] for ink in inks)
    columns = []
    for ink in inks:
        columns += [np.pad(ink, ((height - ink.shape[0], 0), (0, 0))), np.zeros((height, gap))]
    return np.concatenate(columns[:-1], axis=1)


def as_ink(picture: Image.Image) -> Ink:
    return np.asarray(picture, dtype=float) / 255
