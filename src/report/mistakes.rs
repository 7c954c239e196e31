use torch_twin::{TorchError, tensor_bytes};

use crate::data::Split;
use crate::figure::{Pixels, Tile, Tiles};
use crate::train::{Evaluation, Mistake};

/// The most mistakes that are shown, and how many stand in a row.
const SHOWN: usize = 40;
const COLUMNS: usize = 8;

/// A pixel of an image is a square of so many.
const ZOOM: usize = 3;

/// The test images that were answered wrong with the most confidence, the worst first.
pub fn tiles(evaluation: &Evaluation, test: &Split) -> Result<Tiles, TorchError> {
    let mut worst: Vec<&Mistake> = evaluation.mistakes.iter().collect();
    worst.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    worst.truncate(SHOWN);
    let side = test.images.size()[2] as usize;
    let tiles = worst.iter().map(|mistake| tile(mistake, test, side));
    let (shown, all) = (worst.len(), evaluation.mistakes.len());
    let total = evaluation.total;
    Ok(Tiles {
        title: match all {
            0 => format!("No mistake among {total} test images"),
            _ => format!("The worst {shown} of {all} mistakes among {total} test images"),
        },
        tiles: tiles.collect::<Result<_, _>>()?,
        columns: COLUMNS,
        side: (ZOOM * side) as u32,
        gap: 10,
    })
}

fn tile(mistake: &Mistake, test: &Split, side: usize) -> Result<Tile, TorchError> {
    let image = test.images.f_select(0, mistake.image as i64)?;
    Ok(Tile {
        pixels: Pixels::grey(side, &tensor_bytes(&image)?),
        caption: vec![
            format!("{} read as {}", mistake.truth, mistake.answer),
            format!("{:.1} %", 100.0 * mistake.probability),
            format!("no. {}", mistake.image),
        ],
    })
}
