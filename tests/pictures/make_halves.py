"""Draws pictures of digits as people have them: two halves, `seen` and `held_out`.

    python tests/pictures/make_halves.py

The preparation in `src/picture` was made with the half `seen` before the eyes; `held_out` was only
counted. Each category has as many pictures in the one as in the other, from other typefaces, other
hands and other seeds, and the digits are spread evenly over both. A file's name begins with its
digit. `several` holds pictures of several digits, which their names begin with.

It takes Debian's packages fonts-aenigma, -bebas-neue, -breip, -comic-neue, -courier-prime,
-crosextra-caladea, -dancingscript, -dkg-handwriting, -dosis, -dseg, -dustin, -ebgaramond,
-gfs-didot, -humor-sans, -jura, -kaushanscript, -klee, -kristi, -lato, -league-spartan,
-liberation, -ocr-b, -oldstandard, -quicksand, -rufscript, -seto, -sixtyfour, -staypuft and
-yanone-kaffeesatz. The pictures are kept in the repository.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from ink import by_hand, hollow, of_mnist, printed, stencilled
from PIL import Image, ImageDraw, ImageFilter
from scene import (
    BLACK,
    BLUE,
    PENCIL,
    RED,
    WHITE,
    as_picture,
    framed,
    lay,
    lit,
    paper,
    ruled,
    save,
    seen,
    shaded,
    tilted,
)

FOLDER = Path(__file__).resolve().parent
UPRIGHT_BY_180, UPRIGHT_BY_270 = 3, 8  # EXIF's orientations

Draw = Callable[[int, int, str], None]

# For each category what draws a digit with a seed into the file of a name without its ending.
CATEGORIES: dict[str, Draw] = {}


def category(draw: Draw) -> Draw:
    CATEGORIES[draw.__name__.replace("_", "-")] = draw
    return draw


def of_half(seed: int, seen_half: list, held_out: list) -> object:
    """Odd seeds are those of the half held out."""
    return (held_out if seed % 2 else seen_half)[seed // 2 % len(seen_half)]


@category
def serif(digit: int, seed: int, name: str) -> None:
    fonts = ["OldStandard-Regular.ttf", "EBGaramond12-Bold.otf"]
    font = of_half(seed, fonts, ["Dustismo_Roman.ttf", "GFSDidot.otf"])
    sheet = lay(paper((180, 200)), printed(str(digit), font, 90 + seed % 40), (0.45, 0.55))
    save(as_picture(sheet), FOLDER / f"{name}.png")


@category
def sans(digit: int, seed: int, name: str) -> None:
    fonts = ["Dosis-Bold.otf", "BebasNeue-Bold.otf"]
    font = of_half(seed, fonts, ["LeagueSpartan-Bold.otf", "YanoneKaffeesatz-Bold.otf"])
    sheet = lay(paper((150, 150)), printed(str(digit), font, 110), (0.5, 0.5))
    save(as_picture(sheet), FOLDER / f"{name}.png")


@category
def handwriting_font(digit: int, seed: int, name: str) -> None:
    fonts = ["dkg.ttf", "Humor-Sans.ttf"]
    font = of_half(seed, fonts, ["Breip.ttf", "Kristi.ttf"])
    sheet = lay(paper((260, 240)), printed(str(digit), font, 130), (0.5, 0.45), BLUE)
    save(as_picture(sheet), FOLDER / f"{name}.webp", quality=85)


@category
def hollow_font(digit: int, seed: int, name: str) -> None:
    font = of_half(seed, ["OCRBF.otf", "outersid.ttf"], ["underwho.ttf", "techniqo.ttf"])
    sheet = lay(paper((200, 200)), printed(str(digit), font, 140), (0.5, 0.5))
    save(as_picture(sheet), FOLDER / f"{name}.png")


@category
def outline(digit: int, seed: int, name: str) -> None:
    font = of_half(
        seed,
        ["LiberationSans-Bold.ttf", "Caladea-Bold.ttf"],
        ["ComicNeue-Bold.otf", "Courier Prime Bold.otf"],
    )
    ink = hollow(printed(str(digit), font, 150), 2 + seed % 3)
    save(as_picture(lay(paper((220, 240)), ink, (0.5, 0.5))), FOLDER / f"{name}.png")


@category
def hairline(digit: int, seed: int, name: str) -> None:
    font = of_half(seed, ["Lato-Hairline.ttf", None], ["YanoneKaffeesatz-ExtraLight.otf", None])
    height = 420 + 10 * (seed % 5)
    ink = printed(str(digit), font, height) if font else by_hand(digit, height, 1.3, seed)
    save(as_picture(lay(paper((480, 560)), ink, (0.5, 0.5), PENCIL)), FOLDER / f"{name}.png")


@category
def display(digit: int, seed: int, name: str) -> None:
    """Seven segments, and pixels."""
    font = of_half(
        seed,
        ["DSEG7Classic-Bold.ttf", "C-64-Regular.ttf"],
        ["DSEG7Modern-Light.ttf", "visitor1.ttf"],
    )
    colours = [((0.3, 1, 0.3), (0.02, 0.08, 0.02)), (BLACK, (0.62, 0.68, 0.58))]
    light, dark = colours[seed // 2 % 2]
    sheet = lay(paper((140, 160), dark), printed(str(digit), font, 96), (0.5, 0.5), light)
    save(as_picture(sheet), FOLDER / f"{name}.png")


@category
def stencil(digit: int, seed: int, name: str) -> None:
    font = of_half(
        seed,
        ["Caladea-Bold.ttf", "SolideMirageEtroit.otf"],
        ["LiberationSans-Bold.ttf", "LeagueSpartan-Bold.otf"],
    )
    ink = printed(str(digit), font, 120)
    ink = ink if font.startswith("Solide") else stencilled(ink, 6)
    save(as_picture(lay(paper((160, 180)), ink, (0.5, 0.5))), FOLDER / f"{name}.png")


@category
def felt_pen(digit: int, seed: int, name: str) -> None:
    ink = by_hand(digit, 120, 9 + seed % 5, seed, wobble=0.045)
    save(as_picture(lay(paper((230, 200)), ink, (0.55, 0.5))), FOLDER / f"{name}.png")


@category
def ballpoint(digit: int, seed: int, name: str) -> None:
    ink = by_hand(digit, 110, 3.0, seed, wobble=0.045)
    sheet = lit(lay(paper((240, 220)), ink, (0.45, 0.5), BLUE), 0.7, seed)
    save(seen(sheet, seed), FOLDER / f"{name}.jpg")


@category
def redrawn(digit: int, seed: int, name: str) -> None:
    """A test digit of MNIST, as ink on paper before a camera."""
    sheet = lay(paper((260, 220)), of_mnist(digit, 3 + seed, 110), (0.5, 0.5), BLACK)
    save(seen(lit(tilted(sheet, seed), 0.6, seed), seed), FOLDER / f"{name}.jpg")


@category
def photograph(digit: int, seed: int, name: str) -> None:
    sheet = lay(paper((320, 240), (0.95, 0.94, 0.9)), by_hand(digit, 120, 7, seed), (0.5, 0.5))
    sheet = lit(tilted(sheet, seed, 0.1), 0.35, 2 * seed, vignette=0.35)
    save(seen(sheet, seed, noise=0.03, blur=1.2), FOLDER / f"{name}.jpg", quality=55)


@category
def shadow(digit: int, seed: int, name: str) -> None:
    ink = by_hand(digit, 110, 6, seed)
    sheet = shaded(lay(paper((300, 240)), ink, (0.5, 0.5), BLUE), 0.55, seed, 0.35 + seed % 4 / 10)
    save(seen(lit(sheet, 0.8, seed), seed), FOLDER / f"{name}.jpg")


@category
def sheet_on_table(digit: int, seed: int, name: str) -> None:
    sheet = lay(paper((320, 260)), by_hand(digit, 110, 6, seed), (0.5, 0.5))
    table = of_half(
        seed, [(0.25, 0.16, 0.1), (0.1, 0.1, 0.1)], [(0.3, 0.24, 0.18), (0.12, 0.14, 0.2)]
    )
    sheet = tilted(sheet, seed, 0.08, around=table)
    save(seen(lit(sheet, 0.7, seed), seed), FOLDER / f"{name}.jpg")


@category
def small_on_large(digit: int, seed: int, name: str) -> None:
    ink = by_hand(digit, 46, 4, seed)
    place = (0.2 + seed % 7 / 10, 0.25 + seed % 5 / 10)
    sheet = lit(lay(paper((1200, 900)), ink, place, BLACK), 0.75, seed)
    save(seen(sheet, seed, noise=0.008), FOLDER / f"{name}.jpg", quality=30)


@category
def frame(digit: int, seed: int, name: str) -> None:
    sheet = framed(paper((180, 200)), 8 + seed % 6, 2 + seed % 3)
    font = of_half(seed, ["LiberationSerif-Bold.ttf", None], ["Quicksand-Bold.ttf", None])
    ink = printed(str(digit), font, 100) if font else by_hand(digit, 100, 8, seed)
    save(as_picture(lay(sheet, ink, (0.5, 0.5))), FOLDER / f"{name}.png")


@category
def squared_paper(digit: int, seed: int, name: str) -> None:
    sheet = ruled(paper((280, 240)), 20 + seed % 5, (0.6, 0.72, 0.85), both=True)
    sheet = lay(sheet, by_hand(digit, 100, 5, seed), (0.5, 0.5), BLUE)
    if seed // 2 % 2:
        sheet = tilted(lit(sheet, 0.75, seed), seed, 0.03)
        save(seen(sheet, seed), FOLDER / f"{name}.jpg")
    else:
        save(as_picture(sheet), FOLDER / f"{name}.png")


@category
def lined_paper(digit: int, seed: int, name: str) -> None:
    colour = (0.35, 0.4, 0.5) if seed // 2 % 2 else (0.6, 0.68, 0.85)
    sheet = ruled(paper((300, 260)), 34 + seed % 9, colour, both=False, line=1 + seed // 2 % 2)
    sheet = lay(sheet, by_hand(digit, 110, 6, seed), (0.5, 0.48), BLACK)
    if seed // 2 % 2:
        save(as_picture(sheet), FOLDER / f"{name}.png")
    else:
        save(seen(lit(tilted(sheet, seed, 0.02), 0.7, seed), seed), FOLDER / f"{name}.jpg")


@category
def coloured(digit: int, seed: int, name: str) -> None:
    ink, ground = of_half(
        seed,
        [(RED, (1, 0.95, 0.6)), ((0.1, 0.35, 0.15), (0.95, 0.75, 0.8))],
        [((0.45, 0.1, 0.5), (0.7, 0.9, 0.75)), ((1, 0.85, 0.2), (0.5, 0.1, 0.15))],
    )
    sheet = lay(paper((200, 190), ground), by_hand(digit, 120, 9, seed), (0.5, 0.5), ink)
    save(as_picture(sheet), FOLDER / f"{name}.webp", quality=80)


@category
def chalk(digit: int, seed: int, name: str) -> None:
    random = np.random.default_rng(seed)
    ink = by_hand(digit, 140, 9, seed)
    grain = Image.fromarray(random.integers(0, 256, ink.shape, dtype=np.uint8))
    grain = np.asarray(grain.filter(ImageFilter.GaussianBlur(0.8)), dtype=float) / 255
    ink = ink * np.clip(0.35 + 2.5 * (grain - 0.35), 0, 1)
    board = paper((260, 240), of_half(seed, [(0.1, 0.25, 0.18)], [(0.16, 0.17, 0.18)]))
    sheet = lay(board, ink, (0.5, 0.5), (0.95, 0.95, 0.9))
    save(seen(lit(sheet, 0.6, seed), seed), FOLDER / f"{name}.jpg")


@category
def cut_off(digit: int, seed: int, name: str) -> None:
    """A tenth of the digit lies beyond an edge of the picture."""
    ink = by_hand(digit, 150, 10, seed)
    beyond = 0.4 * ink.shape[0] / 200
    place = [(0.5, 1 - beyond), (0.5, beyond)][seed // 2 % 2]
    save(as_picture(lay(paper((200, 200)), ink, place, BLUE)), FOLDER / f"{name}.png")


@category
def drawing_program(digit: int, seed: int, name: str) -> None:
    """28×28, dark on light: a line of one or two pixels, somewhere."""
    ink = by_hand(digit, 16 + seed % 8, 1.0 + seed // 2 % 2, seed, wobble=0.03)
    sheet = lay(paper((28, 28)), (ink > 0.4).astype(float), (0.4 + seed % 3 / 10, 0.5), (0, 0, 0))
    save(as_picture(sheet).convert("1"), FOLDER / f"{name}.png")


@category
def like_mnist(digit: int, seed: int, name: str) -> None:
    """28×28, light on dark, with smooth edges."""
    sheet = lay(paper((28, 28), (0, 0, 0)), by_hand(digit, 20, 2.6, seed), (0.5, 0.5), WHITE)
    save(as_picture(sheet).convert("L"), FOLDER / f"{name}.png")


@category
def other_forms(digit: int, seed: int, name: str) -> None:
    """16 bits a pixel, and transparent."""
    font = of_half(seed, ["Jura-Bold.otf", "KleeOne-SemiBold.ttf"], ["OCRB.otf", "setofont.ttf"])
    sheet = lay(paper((120, 150)), printed(str(digit), font, 90), (0.5, 0.5))
    levels = sheet[..., 0]
    if seed // 2 % 2:
        deep = (levels * 30000 + 20000).astype(np.uint16)
        Image.fromarray(deep).save(FOLDER / f"{name}.png", optimize=True)
    else:
        picture = Image.new("RGBA", (120, 150), (120, 30, 30, 0))
        picture.putalpha(Image.fromarray(((1 - levels) * 255).astype(np.uint8)))
        picture.save(FOLDER / f"{name}.png", optimize=True)


@category
def turned(digit: int, seed: int, name: str) -> None:
    """Lying in the file, upright by its EXIF."""
    sheet = lay(paper((200, 260)), by_hand(digit, 130, 8, seed), (0.5, 0.45))
    picture, exif = seen(lit(sheet, 0.6, seed), seed), Image.Exif()
    exif[0x0112] = [UPRIGHT_BY_180, UPRIGHT_BY_270][seed // 2 % 2]
    picture = picture.rotate([180, 270][seed // 2 % 2], expand=True)
    save(picture, FOLDER / f"{name}.jpg", exif=exif)


@category
def watermark(digit: int, seed: int, name: str) -> None:
    font = of_half(seed, ["Rufscript010.ttf"], ["KaushanScript-Regular.otf"])
    words = printed(of_half(seed, ["Sample", "DRAFT"], ["Copy", "PROOF"]), font, 60)
    sheet = lay(paper((300, 220)), words, (0.5, 0.5), (0.5, 0.5, 0.5), share=0.35)
    ink = printed(str(digit), of_half(seed, ["StayPuft.ttf"], ["DancingScript-Bold.otf"]), 110)
    save(as_picture(lay(sheet, ink, (0.5, 0.5))), FOLDER / f"{name}.png")


@category
def stains(digit: int, seed: int, name: str) -> None:
    """Dots and blots beside the digit."""
    random = np.random.default_rng(seed)
    blots = Image.new("L", (260, 220))
    canvas = ImageDraw.Draw(blots)
    for _ in range(5):
        x, y = (
            random.choice([random.uniform(10, 60), random.uniform(200, 250)]),
            random.uniform(10, 210),
        )
        radius = random.uniform(2, 9)
        canvas.ellipse((x - radius, y - radius, x + 1.3 * radius, y + radius), fill=255)
    sheet = lay(paper((260, 220)), np.asarray(blots) / 255, (0.5, 0.5), (0.3, 0.2, 0.12))
    sheet = lay(sheet, by_hand(digit, 120, 7, seed), (0.5, 0.5), BLACK)
    save(seen(lit(sheet, 0.8, seed), seed), FOLDER / f"{name}.jpg")


def main() -> None:
    for half in ("seen", "held_out"):
        (FOLDER / half).mkdir(exist_ok=True)
    for place, (name, draw) in enumerate(CATEGORIES.items()):
        for number in range(4):
            half, others = ("held_out", 5) if number % 2 else ("seen", 0)
            digit = (2 * place + number // 2 + others) % 10
            draw(digit, 4 * place + number, f"{half}/{digit}-{name}-{number // 2 + 1}")


if __name__ == "__main__":
    main()
