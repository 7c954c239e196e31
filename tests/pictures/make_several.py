"""Draws pictures of several digits into the folder `several`; their names begin with the digits.

    python tests/pictures/make_several.py

It takes the packages of Debian's that make_halves.py takes. The pictures are kept in the repository.
"""

from pathlib import Path

from ink import Ink, by_hand, hollow, printed, side_by_side
from scene import BLUE, PENCIL, as_picture, framed, lay, lit, paper, ruled, save, seen, tilted

FOLDER = Path(__file__).resolve().parent / "several"
MIDDLE = (0.5, 0.5)


def hand(text: str, height: int, pen: float, seed: int, gap: int) -> Ink:
    inks = [by_hand(int(digit), height, pen, seed + place) for place, digit in enumerate(text)]
    return side_by_side(inks, gap)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    save(
        as_picture(lay(paper((260, 180)), hand("42", 100, 8, 1, 22), MIDDLE)), FOLDER / "42-pen.png"
    )
    year = lay(paper((420, 160)), hand("1984", 90, 5, 10, 18), MIDDLE, BLUE)
    save(seen(lit(tilted(year, 3, 0.03), 0.6, 2), 3), FOLDER / "1984-photo.jpg")
    lined = ruled(paper((360, 220)), 36, (0.6, 0.68, 0.85), both=False)
    save(as_picture(lay(lined, hand("307", 100, 6, 20, 20), MIDDLE)), FOLDER / "307-lined.png")
    sheet = lay(paper((360, 260)), hand("25", 100, 6, 30, 24), MIDDLE)
    table = tilted(sheet, 5, 0.07, around=(0.2, 0.14, 0.1))
    save(seen(lit(table, 0.7, 4), 5), FOLDER / "25-table.jpg")
    save(
        as_picture(
            lay(framed(paper((300, 170)), 8, 3), printed("007", "DejaVuSans.ttf", 80), MIDDLE)
        ),
        FOLDER / "007-frame.png",
    )
    for text, font in [
        ("0123456789", "LiberationSans-Regular.ttf"),
        ("1177", "LiberationSerif-Regular.ttf"),
        ("936", "BebasNeue-Bold.otf"),
    ]:
        ink = printed(text, font, 60)
        size = (ink.shape[1] + 60, 120)
        save(as_picture(lay(paper(size), ink, MIDDLE)), FOLDER / f"{text}-typeface.png")
    clock = lay(
        paper((340, 150), (0.02, 0.05, 0.02)),
        printed("1205", "DSEG7Classic-Bold.ttf", 90),
        MIDDLE,
        (0.4, 1, 0.4),
    )
    save(as_picture(clock), FOLDER / "1205-display.png")
    outlines = side_by_side(
        [hollow(printed(digit, "LiberationSans-Bold.ttf", 130), 3) for digit in "58"], 16
    )
    save(as_picture(lay(paper((320, 200)), outlines, MIDDLE)), FOLDER / "58-outline.png")
    small = lay(paper((1000, 700)), hand("64", 50, 4, 40, 12), (0.3, 0.6), PENCIL)
    save(seen(lit(small, 0.75, 1), 6, noise=0.008), FOLDER / "64-small.jpg", quality=30)


if __name__ == "__main__":
    main()
