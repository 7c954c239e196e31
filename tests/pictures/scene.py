"""Sheets with ink on them, as files hold them and as cameras see them.

A sheet is an array of height × width × 3 reflectances, from 0 for black to 1 for white.
"""

import io
from pathlib import Path

import numpy as np
from ink import Ink
from PIL import Image, ImageFilter

BLACK, WHITE = (0.08, 0.08, 0.09), (1.0, 1.0, 1.0)
BLUE, RED, PENCIL = (0.12, 0.18, 0.5), (0.75, 0.1, 0.12), (0.38, 0.38, 0.4)

Sheet = np.ndarray
Colour = tuple[float, float, float]


def paper(size: tuple[int, int], colour: Colour = WHITE) -> Sheet:
    return np.broadcast_to(np.array(colour), (size[1], size[0], 3)).copy()


def lay(
    sheet: Sheet, ink: Ink, centre: tuple[float, float], colour: Colour = BLACK, share: float = 1.0
) -> Sheet:
    """Lays ink on a sheet, its middle at a place in shares of the sheet; what juts out is cut off."""
    height, width = ink.shape
    left = round(centre[0] * sheet.shape[1] - width / 2)
    top = round(centre[1] * sheet.shape[0] - height / 2)
    room = max(height, width)
    covered = np.zeros((sheet.shape[0] + 2 * room, sheet.shape[1] + 2 * room))
    covered[top + room : top + room + height, left + room : left + room + width] = ink * share
    covered = covered[room:-room, room:-room, None]
    return sheet * (1 - covered) + np.array(colour) * covered


def ruled(sheet: Sheet, pitch: int, colour: Colour, both: bool, line: int = 1) -> Sheet:
    """Lines across the sheet, and down it too if `both`."""
    ruled = sheet.copy()
    for start in range(line):
        ruled[pitch // 2 + start :: pitch] = colour
        if both:
            ruled[:, pitch // 3 + start :: pitch] = colour
    return ruled


def framed(sheet: Sheet, margin: int, line: int, colour: Colour = BLACK) -> Sheet:
    framed = sheet.copy()
    framed[margin:-margin, margin:-margin] = colour
    inner = slice(margin + line, -margin - line)
    framed[inner, inner] = sheet[inner, inner]
    return framed


def tilted(sheet: Sheet, seed: int, depth: float = 0.05, around: Colour | None = None) -> Sheet:
    """Seen at an angle: each corner moves by up to `depth`; beyond the sheet it goes on, or a table
    of the colour `around` shows."""
    random = np.random.default_rng(seed)
    height, width = sheet.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=float)
    seen = corners + random.uniform(-depth, depth, (4, 2)) * (width, height)
    if around is not None:
        seen = corners + (np.array((width, height)) / 2 - corners) * random.uniform(
            depth, 3 * depth, (4, 2)
        )
    rows, targets = [], []
    for (x, y), (u, v) in zip(seen, corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        targets += [u, v]
    warp = np.linalg.solve(np.array(rows), np.array(targets))
    ys, xs = np.mgrid[0:height, 0:width] + 0.5
    depths = warp[6] * xs + warp[7] * ys + 1
    us = (warp[0] * xs + warp[1] * ys + warp[2]) / depths
    vs = (warp[3] * xs + warp[4] * ys + warp[5]) / depths
    picture = sampled(sheet, us - 0.5, vs - 0.5)
    if around is not None:
        picture[(us < 0) | (vs < 0) | (us >= width) | (vs >= height)] = around
    return picture


def sampled(sheet: Sheet, xs: np.ndarray, ys: np.ndarray) -> Sheet:
    """The sheet at places between pixels, in proportion."""
    height, width = sheet.shape[:2]
    xs, ys = np.clip(xs, 0, width - 1.001), np.clip(ys, 0, height - 1.001)
    left, top = xs.astype(int), ys.astype(int)
    along, down = (xs - left)[..., None], (ys - top)[..., None]
    upper = sheet[top, left] * (1 - along) + sheet[top, left + 1] * along
    lower = sheet[top + 1, left] * (1 - along) + sheet[top + 1, left + 1] * along
    return upper * (1 - down) + lower * down


def lit(sheet: Sheet, dimmest: float, angle: float, vignette: float = 0.0) -> Sheet:
    """Light that fades across the sheet to `dimmest`, in a direction, and towards the corners."""
    height, width = sheet.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width]
    xs, ys = 2 * xs / width - 1, 2 * ys / height - 1
    along = (xs * np.cos(angle) + ys * np.sin(angle)) / 2**0.5
    light = dimmest + (1 - dimmest) * (along + 1) / 2
    return sheet * (light * (1 - vignette * (xs**2 + ys**2) / 2))[..., None]


def shaded(sheet: Sheet, share: float, angle: float, place: float, blur: float = 1.0) -> Sheet:
    """A shadow with a hard edge, which lets a share of the light through."""
    height, width = sheet.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width]
    along = (xs / width - place) * np.cos(angle) + (ys / height - 0.5) * np.sin(angle)
    edge = np.clip(along * width / blur + 0.5, 0, 1)[..., None]
    return sheet * (share + (1 - share) * edge)


def seen(sheet: Sheet, seed: int, noise: float = 0.015, blur: float = 0.8) -> Image.Image:
    """What a camera makes of a sheet: a little blurred, with noise."""
    random = np.random.default_rng(seed)
    picture = as_picture(0.95 * sheet).filter(ImageFilter.GaussianBlur(blur))
    levels = np.asarray(picture, dtype=float) / 255
    grain = random.normal(0, noise, levels.shape[:2])[..., None]
    return as_picture(levels + grain + random.normal(0, noise / 3, levels.shape))


def as_picture(sheet: Sheet) -> Image.Image:
    return Image.fromarray((sheet.clip(0, 1) * 255).round().astype(np.uint8))


def save(picture: Image.Image, path: Path, quality: int = 75, **options: object) -> None:
    """Saves as the path's ending says; where colours are few, in as few bits as they need."""
    if path.suffix == ".png" and picture.mode == "RGB":
        few = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=32)
        exact, small = io.BytesIO(), io.BytesIO()
        picture.save(exact, "png", optimize=True)
        few.save(small, "png", optimize=True)
        picture = few if len(small.getvalue()) < len(exact.getvalue()) else picture
    quality_for = {"quality": quality} if path.suffix in (".jpg", ".webp") else {"optimize": True}
    picture.save(path, **quality_for, **options)
