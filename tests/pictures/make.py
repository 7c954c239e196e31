"""Draws the digits of this folder: by pen strokes and from a typeface, in many sizes and formats.

    python tests/pictures/make.py

A file's name begins with its digit. The pictures are kept in the repository, since formats with
loss come out differently from one version of Pillow to the next.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from strokes import draw

FOLDER = Path(__file__).resolve().parent
ROTATED_BY_90 = 6  # EXIF's orientation: turn by 90° clockwise to see the picture upright


def print_digit(digit: int, size: tuple[int, int], height: int) -> Image.Image:
    """Ink of 255 on 0: a digit of the typeface that comes with Pillow."""
    picture = Image.new("L", size)
    middle = (size[0] / 2, size[1] / 2)
    font = ImageFont.load_default(height)
    ImageDraw.Draw(picture).text(middle, str(digit), fill=255, font=font, anchor="mm")
    return picture


def colour(ink: Image.Image, pen: tuple[int, ...], paper: tuple[int, ...]) -> Image.Image:
    return Image.composite(Image.new("RGB", ink.size, pen), Image.new("RGB", ink.size, paper), ink)


def photograph(ink: Image.Image, seed: int, light: float = 0.55) -> Image.Image:
    """Blue ink on paper that lies half in the shade, seen by a poor camera."""
    random = np.random.default_rng(seed)
    paper = np.linspace(light, 0.95, ink.width)[None, :] * np.linspace(1, 0.85, ink.height)[:, None]
    covered = np.asarray(ink.filter(ImageFilter.GaussianBlur(1)), dtype=float)[..., None] / 255
    seen = paper[..., None] * (1 - covered * (1 - np.array([0.15, 0.2, 0.5])))
    seen += random.normal(0, 0.02, seen.shape)
    return Image.fromarray((seen.clip(0, 1) * 255).astype(np.uint8))


def main() -> None:
    for digit in range(10):
        draw_pen(digit)
        draw_by_other_means(digit)
        typeface = print_digit(digit, (48 + 8 * digit, 64), 40)
        if digit % 2:
            typeface = colour(typeface, (0, 0, 0), (255, 255, 255)).convert("1")
        typeface.save(FOLDER / f"{digit}-typeface.png")


def draw_pen(digit: int) -> None:
    """Felt pen, black on white, somewhere on a sheet of some size."""
    size = (120 + 25 * digit, 160 + 10 * digit)
    ink = draw(digit, size, 90, 11, slant=0.12, centre=(0.4, 0.45))
    colour(ink, (20, 20, 20), (255, 255, 255)).convert("P").save(
        FOLDER / f"{digit}-pen.png", optimize=True
    )


def draw_by_other_means(digit: int) -> None:
    """Each digit in another format, colour and size."""
    path = FOLDER / f"{digit}-"
    match digit:
        case 0:
            photograph(draw(0, (240, 180), 110, 9, turn=8), seed=0).save(f"{path}photo.jpg")
        case 1:
            ink = photograph(draw(1, (180, 240), 120, 10, slant=0.2), seed=1)
            exif = Image.Exif()
            exif[0x0112] = ROTATED_BY_90
            ink.rotate(90, expand=True).save(f"{path}turned.jpg", exif=exif)
        case 2:
            draw(2, (60, 60), 45, 5).save(f"{path}chalk.gif")
        case 3:
            colour(draw(3, (20, 24), 19, 2.5), (0, 0, 0), (255, 255, 255)).save(f"{path}tiny.bmp")
        case 4:
            ink = draw(4, (128, 128), 90, 9, turn=-6)
            picture = Image.new("RGBA", ink.size, (10, 60, 20, 0))
            picture.putalpha(ink)
            picture.save(f"{path}transparent.webp", lossless=True)
        case 5:
            ink = draw(5, (128, 128), 90, 9, slant=0.15)
            picture = Image.new("LA", ink.size, (255, 0))
            picture.putalpha(ink)
            picture.save(f"{path}white-on-nothing.png")
        case 6:
            ink = np.asarray(draw(6, (100, 140), 100, 10), dtype=np.uint16)
            Image.fromarray(65535 - ink * 200).save(f"{path}16-bit.png")
        case 7:
            photograph(draw(7, (300, 220), 100, 8, turn=5), seed=7, light=0.35).save(
                f"{path}shade.jpg"
            )
        case 8:
            colour(draw(8, (90, 300), 70, 7), (255, 240, 0), (0, 0, 120)).save(
                f"{path}yellow-on-blue.webp"
            )
        case 9:
            colour(draw(9, (256, 256), 200, 5), (70, 70, 70), (240, 235, 220)).save(
                f"{path}thin.png", optimize=True
            )


if __name__ == "__main__":
    main()
