use torch_twin::{TorchError, tensor_bytes};

use crate::data::Split;
use crate::figure::{Chart, Charts, Pixels, Scale, Series, Tile, Tiles};
use crate::train::{EpochMetrics, Evaluation, Mistake, RunRecord};

/// Loss and accuracy by epoch, on the images trained on, on those held out and on the test images,
/// which the network sees once, after the last epoch.
pub fn charts(record: &RunRecord, metrics: &[EpochMetrics]) -> Charts {
    let last = metrics.last().map_or(0, |epoch| epoch.epoch);
    let loss = Curves {
        training: |epoch| Some(epoch.mean_loss),
        held_out: |epoch| epoch.validation_loss,
        test: (last, record.test_loss),
    };
    let accuracy = Curves {
        training: |epoch| epoch.accuracy,
        held_out: |epoch| epoch.validation_accuracy,
        test: (last, record.test_accuracy),
    };
    let charts = vec![
        Chart {
            title: format!("Loss ({})", record.settings.variant.design.loss),
            scale: Scale::Logarithmic,
            series: loss.series(metrics),
        },
        Chart {
            title: "Accuracy (%)".to_owned(),
            scale: Scale::Accuracy,
            series: accuracy.series(metrics),
        },
    ];
    let note = "Training: mean over an epoch, each image as it was when its turn came; accuracy on \
                a logarithmic scale of the errors";
    Charts {
        charts,
        note: note.to_owned(),
    }
}

/// The lines of one chart.
struct Curves {
    training: fn(&EpochMetrics) -> Option<f64>,
    held_out: fn(&EpochMetrics) -> Option<f64>,
    test: (u32, f64),
}

impl Curves {
    fn series(&self, metrics: &[EpochMetrics]) -> Vec<Series> {
        let line = |name, colour, value: fn(&EpochMetrics) -> Option<f64>| {
            let values = metrics.iter();
            let values = values.filter_map(|epoch| Some((epoch.epoch, value(epoch)?)));
            Series::line(name, colour, values)
        };
        let all = [
            line("training", 0, self.training),
            line("held out", 1, self.held_out),
            Series::line("test", 2, [self.test]),
        ];
        let all = all.into_iter();
        all.filter(|series| !series.points.is_empty()).collect()
    }
}

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
