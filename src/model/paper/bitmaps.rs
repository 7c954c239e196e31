//! The ten digits as the output units of the 1998 network know them.

/// Columns of a bitmap.
pub const WIDTH: usize = 7;

/// Rows of a bitmap.
pub const HEIGHT: usize = 12;

/// The digits 0 to 9 side by side, in the manner of the paper's figure 3; `#` is ink.
#[rustfmt::skip]
const DRAWING: [&str; HEIGHT] = [
    ".......  .......  .#####.  #######  .......  #######  ..####.  #######  .#####.  ..###..",
    "..###..  ...##..  ##...##  .....##  ....##.  ##.....  .##....  ##...##  ##...##  .##.##.",
    ".##.##.  ..###..  ##...##  ....##.  ...###.  ##.....  ##.....  .....##  ##...##  ##...##",
    "##...##  .####..  .....##  ...##..  ..####.  ##.....  ##.....  ....##.  ##...##  ##...##",
    "##...##  ...##..  ....##.  ..####.  .##.##.  ######.  ######.  ....##.  .#####.  ##...##",
    "##...##  ...##..  ...##..  .....##  ##..##.  .....##  ##...##  ...##..  ##...##  ##...##",
    "##...##  ...##..  ..##...  .....##  ##..##.  .....##  ##...##  ...##..  ##...##  .######",
    "##...##  ...##..  .##....  .....##  #######  .....##  ##...##  ..##...  ##...##  .....##",
    ".##.##.  ...##..  ##.....  .....##  ....##.  .....##  ##...##  ..##...  ##...##  .....##",
    "..###..  .######  ##.....  ##...##  ....##.  ##...##  .##.##.  ..##...  ##...##  ....##.",
    ".......  .......  #######  .#####.  ....##.  .#####.  ..###..  ..##...  .#####.  .####..",
    ".......  .......  .......  .......  .......  .......  .......  .......  .......  .......",
];

/// Columns from one digit of the drawing to the next.
const PITCH: usize = WIDTH + 2;

/// The bitmap of each digit, row by row: 1 where there is ink, else -1.
pub fn bitmaps() -> Vec<f32> {
    let digits = 0..DRAWING[0].len().div_ceil(PITCH);
    let pixels = digits.flat_map(|digit| {
        let rows = DRAWING
            .iter()
            .map(move |row| &row[digit * PITCH..][..WIDTH]);
        rows.flat_map(str::bytes)
    });
    pixels
        .map(|pixel| if pixel == b'#' { 1.0 } else { -1.0 })
        .collect()
}
