use super::plate::VALUES;
use super::{Image, Plate};
use crate::figure::{Pixels, Sheet, Tile, Tiles};

/// The width that a row of images fills.
const WIDTH: usize = 880;

/// Plates below each other, to be drawn.
pub fn sheet<'a>(plates: impl IntoIterator<Item = &'a Plate>) -> Sheet {
    Sheet {
        sections: plates.into_iter().map(tiles).collect(),
    }
}

fn tiles(plate: &Plate) -> Tiles {
    // What there is much of is drawn small.
    let (side, gap) = match (plate.kind, plate.count) {
        (VALUES, _) => (20 * plate.width, 10),
        ("kernels", 0..=16) => (60, 10),
        (_, 0..=16) => (98, 10),
        (_, 17..=200) => (30, 5),
        _ => (10, 2),
    };
    let tile = |image: &Image| Tile {
        pixels: Pixels {
            width: image.width,
            colours: image
                .values
                .iter()
                .map(|&value| plate.colour(value))
                .collect(),
        },
        caption: Vec::new(),
    };
    Tiles {
        title: plate.title(),
        tiles: plate.images.iter().map(tile).collect(),
        columns: (WIDTH / (side + gap)).min(plate.count.max(1)),
        side: side as u32,
        gap: gap as u32,
    }
}
