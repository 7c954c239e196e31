use std::fmt::Write;

use super::VariantResult;

/// The columns of the tutorial's table, with what was measured.
pub const COLUMNS: [&str; 9] = [
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

/// A variant's row of the table.
pub fn row(result: &VariantResult) -> [String; 9] {
    let accuracy = match result.accuracy() {
        (mean, None) => format!("{mean:.2}"),
        (mean, Some(deviation)) => format!("{mean:.2} ± {deviation:.2}"),
    };
    [
        result.variant.to_owned(),
        result.activation.to_owned(),
        result.pooling.to_owned(),
        result.normalisation.to_owned(),
        result.recipe.augmentation.in_words(),
        result.parameters.to_string(),
        accuracy,
        format!("{:.1}", result.seconds_per_epoch()),
        result.reported.to_owned(),
    ]
}

/// What the table's accuracies are.
pub fn note(results: &[VariantResult]) -> &'static str {
    match results.iter().all(|result| result.seeds.len() == 1) {
        true => "Test accuracy: of one seed.",
        false => "Test accuracy: mean over the seeds, ± standard deviation.",
    }
}

/// A variant's recipe, and the accuracy of each seed.
pub fn recipe(result: &VariantResult) -> String {
    let seeds = result.seeds.iter().map(|seed| {
        let record = &seed.run;
        format!(
            "{:.2} % (seed {})",
            record.test_accuracy, record.settings.seed
        )
    });
    format!(
        "- {}: {}; {}",
        result.variant,
        result.recipe.in_words(),
        seeds.collect::<Vec<_>>().join(", ")
    )
}

/// The table in Markdown, then each variant's recipe and seeds.
pub fn markdown(results: &[VariantResult]) -> String {
    let mut text = format!(
        "| {} |\n|{}\n",
        COLUMNS.join(" | "),
        " --- |".repeat(COLUMNS.len())
    );
    for result in results {
        let _ = writeln!(text, "| {} |", row(result).join(" | "));
    }
    let _ = writeln!(text, "\n{}\n", note(results));
    for result in results {
        let _ = writeln!(text, "{}", recipe(result));
    }
    text
}

/// The figures of each epoch, a line each.
pub fn csv(results: &[VariantResult]) -> String {
    let mut text =
        "variant,seed,epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds\n".to_owned();
    for result in results {
        for seed in &result.seeds {
            for epoch in &seed.metrics {
                let figure =
                    |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
                let _ = writeln!(
                    text,
                    "{},{},{},{},{},{},{},{:.3}",
                    result.variant,
                    seed.run.settings.seed,
                    epoch.epoch,
                    epoch.mean_loss,
                    figure(epoch.accuracy),
                    figure(epoch.test_loss),
                    figure(epoch.test_accuracy),
                    epoch.seconds
                );
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::result::tests::{epoch, made_up};
    use crate::variant::VARIANTS;

    fn results() -> Vec<VariantResult> {
        let classic = VARIANTS[0];
        let mut result = VariantResult::new(classic, classic.tutorial.clone(), 10).unwrap();
        for (seed, test_accuracy) in [(1, 98.0), (2, 99.0)] {
            let metrics = vec![epoch(1, 0.25, test_accuracy)];
            result.seeds.push(made_up(seed, metrics));
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
    fn one_seed_has_no_spread_and_one_epoch_is_one() {
        let mut results = results();
        results[0].seeds.pop();
        results[0].recipe.epochs = 1;
        let text = markdown(&results);
        assert!(!text.contains('±') && text.contains("| 98.00 |"), "{text}");
        assert!(text.contains("- classic: 1 epoch, batches"), "{text}");
    }

    #[test]
    fn the_csv_has_a_line_an_epoch() {
        let text = csv(&results());
        assert_eq!(
            text.lines().nth(1),
            Some("classic,1,1,0.5,97,0.25,98,2.000")
        );
        assert_eq!(text.lines().count(), 3);
    }
}
