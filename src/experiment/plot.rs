use super::VariantResult;
use super::result::mean_and_deviation;
use crate::figure::{Chart, Charts, Point, Scale, Series};
use crate::train::EpochMetrics;

/// Test accuracy and test loss by epoch: a line for each variant, through the means of its seeds, in
/// a band from the lowest to the highest. Losses that cannot be compared have charts of their own.
pub fn charts(results: &[VariantResult]) -> Charts {
    let mut charts = vec![Chart {
        title: "Test accuracy (%)".to_owned(),
        scale: Scale::Accuracy,
        series: series(results, |_| true, |epoch| epoch.test_accuracy),
    }];
    let mut losses: Vec<_> = results.iter().map(|result| result.loss).collect();
    losses.sort_unstable();
    losses.dedup();
    for loss in losses {
        charts.push(Chart {
            title: format!("Test loss ({loss})"),
            scale: Scale::Logarithmic,
            series: series(
                results,
                |result| result.loss == loss,
                |epoch| epoch.test_loss,
            ),
        });
    }
    Charts {
        charts,
        note: note(results),
    }
}

fn note(results: &[VariantResult]) -> String {
    let seeds = results.iter().map(|result| result.seeds.len()).max();
    let scales = "accuracy on a logarithmic scale of the errors";
    match seeds {
        Some(seeds @ 2..) => {
            format!("Lines: means of {seeds} seeds; bands: lowest to highest seed; {scales}")
        }
        _ => format!("One seed; {scales}"),
    }
}

/// A line for each variant that is `chosen`; a variant has the same colour in every chart.
fn series(
    results: &[VariantResult],
    chosen: impl Fn(&VariantResult) -> bool,
    value: fn(&EpochMetrics) -> Option<f64>,
) -> Vec<Series> {
    let variants = results.iter().enumerate();
    let variants = variants.filter(|(_, result)| chosen(result));
    let line = |(colour, result): (usize, &VariantResult)| {
        let last = result.seeds.iter().map(|seed| seed.metrics.len()).max();
        let points = (0..last.unwrap_or(0)).map(|index| point(result, index, value));
        Series::band(result.variant, colour, points)
    };
    variants.map(line).collect()
}

/// What the seeds of a variant gave in the epoch at `index`.
fn point(result: &VariantResult, index: usize, value: fn(&EpochMetrics) -> Option<f64>) -> Point {
    let epochs = result
        .seeds
        .iter()
        .filter_map(|seed| seed.metrics.get(index));
    let values: Vec<f64> = epochs.filter_map(value).collect();
    Point {
        epoch: index as u32 + 1,
        value: mean_and_deviation(&values).0,
        low: values.iter().copied().fold(f64::INFINITY, f64::min),
        high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::result::tests::{epoch, made_up};
    use crate::variant::find;

    fn result(variant: &str, losses_of_seeds: &[&[f64]]) -> VariantResult {
        let variant = find(variant).unwrap();
        let mut result = VariantResult::new(variant, variant.tutorial.clone(), 10).unwrap();
        for (seed, losses) in (1..).zip(losses_of_seeds) {
            let epochs = (1..).zip(*losses);
            let metrics = epochs.map(|(number, &loss)| epoch(number, loss, 90.0));
            result.seeds.push(made_up(seed, metrics.collect()));
        }
        result
    }

    #[test]
    fn a_line_goes_through_the_means_and_its_band_holds_every_seed_from_the_first_epoch_on() {
        let charts = charts(&[result("classic", &[&[9.0, 0.2], &[1.0, 0.4]])]);
        let points = &charts.charts[1].series[0].points;
        let found: Vec<_> = points
            .iter()
            .map(|point| (point.epoch, point.value))
            .collect();
        assert_eq!(found, [(1, 5.0), (2, 0.2 + (0.4 - 0.2) / 2.0)]);
        assert_eq!((points[0].low, points[0].high), (1.0, 9.0));
    }

    #[test]
    fn distances_are_not_on_the_axis_of_cross_entropies() {
        let results = ["classic", "paper-rbf", "modern"];
        let charts = charts(&results.map(|variant| result(variant, &[&[0.5]])));
        let names = |index: usize| -> Vec<_> {
            let series = charts.charts[index].series.iter();
            series
                .map(|series| (series.name.as_str(), series.colour))
                .collect()
        };
        assert_eq!(charts.charts.len(), 3);
        assert_eq!(names(0), [("classic", 0), ("paper-rbf", 1), ("modern", 2)]);
        assert_eq!(names(1), [("classic", 0), ("modern", 2)]);
        assert_eq!(names(2), [("paper-rbf", 1)]);
    }
}
