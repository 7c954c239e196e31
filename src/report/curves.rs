use crate::figure::{Chart, Charts, Scale, Series};
use crate::train::{EpochMetrics, RunRecord};

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
