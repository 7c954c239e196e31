/// How values are laid along an axis. Whatever the values are, they have a place on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Logarithmic, for losses.
    Logarithmic,
    /// Accuracies in per cent, logarithmic in the errors: 99 is as far from 90 as 99.9 from 99.
    Accuracy,
}

/// A place along an axis that is marked with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub position: f64,
    pub label: String,
}

/// Half an error among 10,000 images, in per cent: where no error is left, the axis ends.
const LEAST_ERROR: f64 = 0.005;

/// Losses below it stand where it does.
const LEAST_LOSS: f64 = 1e-6;

/// The fewest ticks that an axis is to have.
const FEW: usize = 4;

impl Scale {
    /// Where a value stands; greater values stand higher.
    pub fn position(self, value: f64) -> f64 {
        match self {
            Self::Logarithmic => value.max(LEAST_LOSS).log10(),
            Self::Accuracy => -(100.0 - value).max(LEAST_ERROR).log10(),
        }
    }

    /// The ticks from one position to another: at least two, and each has its own label.
    pub fn ticks(self, low: f64, high: f64) -> Vec<Tick> {
        // What stands in tenths along the axis: the loss, or the errors in per cent.
        let (low, high) = match self {
            Self::Logarithmic => (low, high),
            Self::Accuracy => (-high, -low),
        };
        let (low, high) = (10_f64.powf(low), 10_f64.powf(high));
        let ticks = quantities(low, high).into_iter();
        let ticks = ticks.map(|(quantity, decimals)| {
            let value = match self {
                Self::Logarithmic => quantity,
                Self::Accuracy => 100.0 - quantity,
            };
            Tick {
                position: self.position(value),
                label: format!("{value:.decimals$}"),
            }
        });
        ticks.collect()
    }
}

/// Round quantities from `low` to `high`, each with the decimals that it has.
fn quantities(low: f64, high: f64) -> Vec<(f64, usize)> {
    const TENTHS: [&[u32]; 3] = [&[10], &[10, 20, 50], &[10, 15, 20, 30, 50, 70]];
    for tenths in TENTHS {
        let found = of_each_decade(low, high, tenths);
        if found.len() >= FEW {
            return found;
        }
    }
    evenly(low, high)
}

/// So many tenths of each power of ten.
fn of_each_decade(low: f64, high: f64, tenths: &[u32]) -> Vec<(f64, usize)> {
    let first = low.log10().floor() as i32;
    let last = high.log10().floor() as i32;
    let mut found = Vec::new();
    for decade in first..=last {
        for &tenth in tenths {
            let quantity = f64::from(tenth) * 10_f64.powi(decade - 1);
            let digits = if tenth % 10 == 0 { 0 } else { 1 };
            let decimals = (digits - decade).max(0) as usize;
            if (low..=high).contains(&quantity) {
                found.push((quantity, decimals));
            }
        }
    }
    found
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn evenly(low: f64, high: f64) -> Vec<(f64, usize)> {
    let rough = (high - low) / FEW as f64;
    let decade = rough.log10().floor();
    let power = 10_f64.powf(decade);
    let factor = [5.0, 2.0, 1.0];
    let factor = factor.into_iter().find(|factor| factor * power <= rough);
    let step = factor.unwrap_or(1.0) * power;
    let decimals = (-decade).max(0.0) as usize;
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    let multiples = (first..=last).map(|multiple| (multiple as f64 * step, decimals));
    multiples.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_enough_differ_and_stand_inside_the_axis() {
        for scale in [Scale::Logarithmic, Scale::Accuracy] {
            for (low, high) in [
                (1e-6, 90.0),
                (0.03, 0.5),
                (0.5, 99.9),
                (10.0, 100.0),
                (97.0, 97.1),
                (98.97, 99.54),
                (0.0301, 0.0309),
            ] {
                let (low, high) = (scale.position(low), scale.position(high));
                let ticks = scale.ticks(low, high);
                assert!((3..=12).contains(&ticks.len()), "{scale:?} {ticks:?}");
                let inside = low - 1e-9..=high + 1e-9;
                assert!(ticks.iter().all(|tick| inside.contains(&tick.position)));
                let mut labels: Vec<_> = ticks.iter().map(|tick| &tick.label).collect();
                labels.sort();
                labels.dedup();
                assert_eq!(labels.len(), ticks.len(), "{scale:?} {ticks:?}");
            }
        }
    }

    #[test]
    fn a_label_says_where_its_tick_stands() {
        for scale in [Scale::Logarithmic, Scale::Accuracy] {
            let (low, high) = (scale.position(91.3), scale.position(99.21));
            for Tick { position, label } in scale.ticks(low, high) {
                let labelled = scale.position(label.parse::<f64>().unwrap());
                assert!((labelled - position).abs() < 1e-9, "{label}");
            }
        }
    }
}
