use std::fmt::Write;

use super::VariantResult;
use crate::data::RandomAffine;
use crate::variant::{OptimizerName, Recipe};

const COLUMNS: [&str; 9] = [
    "variant",
    "activation",
    "pooling",
    "normalisation",
    "augmentation",
    "parameters",
    "test accuracy (%)",
    "seconds an epoch",
    "reported",
];

/// The tutorial's table with what was measured, then each variant's recipe and seeds.
pub fn markdown(results: &[VariantResult]) -> String {
    let mut text = format!(
        "| {} |\n|{}\n",
        COLUMNS.join(" | "),
        " --- |".repeat(COLUMNS.len())
    );
    for result in results {
        let (mean, deviation) = result.accuracy();
        let cells = [
            result.variant.to_owned(),
            result.activation.to_owned(),
            result.pooling.to_owned(),
            result.normalisation.to_owned(),
            augmentation(&result.recipe.augmentation),
            result.parameters.to_string(),
            format!("{mean:.2} ± {deviation:.2}"),
            format!("{:.1}", result.seconds_per_epoch()),
            result.reported.to_owned(),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text.push_str("\nTest accuracy: mean over the seeds, ± standard deviation.\n\n");
    for result in results {
        let seeds = result.seeds.iter().filter_map(|seed| {
            let last = seed.epochs.last()?;
            Some(format!("{:.2} % (seed {})", last.test_accuracy, seed.seed))
        });
        let seeds = seeds.collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            text,
            "- {}: {}; {seeds}",
            result.variant,
            recipe(&result.recipe)
        );
    }
    text
}

/// The figures of each epoch, a line each.
pub fn csv(results: &[VariantResult]) -> String {
    let mut text = "variant,seed,epoch,train_loss,test_loss,test_accuracy,seconds\n".to_owned();
    for result in results {
        for seed in &result.seeds {
            for epoch in &seed.epochs {
                let _ = writeln!(
                    text,
                    "{},{},{},{},{},{},{:.3}",
                    result.variant,
                    seed.seed,
                    epoch.epoch,
                    epoch.train_loss,
                    epoch.test_loss,
                    epoch.test_accuracy,
                    epoch.seconds
                );
            }
        }
    }
    text
}

fn augmentation(augmentation: &RandomAffine) -> String {
    if augmentation.is_none() {
        return "none".to_owned();
    }
    let RandomAffine { rotation, shift } = augmentation;
    format!("±{rotation}°, ±{shift} pixels")
}

fn recipe(recipe: &Recipe) -> String {
    let optimizer = match recipe.optimizer {
        OptimizerName::Adam => "Adam".to_owned(),
        OptimizerName::AdamW => "AdamW".to_owned(),
        OptimizerName::Sgd => format!("SGD with momentum {}", recipe.momentum),
    };
    let schedule = recipe.schedule;
    format!(
        "{} epochs, batches of {}, {optimizer}, {schedule} learning rate from {}, weight decay {}",
        recipe.epochs, recipe.batch_size, recipe.lr, recipe.weight_decay
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Epoch, SeedResult};
    use crate::variant::VARIANTS;

    fn results() -> Vec<VariantResult> {
        let classic = VARIANTS[0];
        let mut result = VariantResult::new(classic, classic.tutorial.clone(), 10).unwrap();
        for (seed, test_accuracy) in [(1, 98.0), (2, 99.0)] {
            let epoch = Epoch {
                epoch: 1,
                train_loss: 0.5,
                test_loss: 0.25,
                test_accuracy,
                seconds: 2.0,
            };
            let epochs = vec![epoch];
            result.seeds.push(SeedResult { seed, epochs });
        }
        vec![result]
    }

    #[test]
    fn the_table_has_mean_and_spread_and_the_list_each_seed() {
        let text = markdown(&results());
        let row = "| classic | tanh | average | none | none | 61706 | 98.50 ± 0.71 | 2.0 | \
                   tutorial: about 99.0 % |";
        assert!(text.contains(row), "{text}");
        assert!(
            text.contains("98.00 % (seed 1), 99.00 % (seed 2)"),
            "{text}"
        );
    }

    #[test]
    fn the_csv_has_a_line_an_epoch() {
        let text = csv(&results());
        assert_eq!(text.lines().nth(1), Some("classic,1,1,0.5,0.25,98,2.000"));
        assert_eq!(text.lines().count(), 3);
    }
}
