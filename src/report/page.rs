use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::train::{EpochMetrics, RunRecord};

const TEMPLATE: &str = include_str!("page.html");

/// What stands on the page of a run.
pub struct Page<'a> {
    pub record: &'a RunRecord,
    pub metrics: &'a [EpochMetrics],
    pub curves_svg: String,
    pub confusion_png: Vec<u8>,
    pub mistakes_png: Vec<u8>,
}

impl Page<'_> {
    /// The page, which asks for no other file.
    pub fn html(&self) -> String {
        let record = self.record;
        let recipe = &record.settings.recipe;
        let name = record.settings.variant.name;
        let parts = [
            ("NAME", escaped(name)),
            ("ACCURACY", format!("{:.2}", record.test_accuracy)),
            ("CORRECT", record.correct.to_string()),
            ("TOTAL", record.total.to_string()),
            ("LOSS", format!("{:.4}", record.test_loss)),
            ("RECIPE", escaped(&recipe.in_words())),
            ("AUGMENTATION", escaped(&recipe.augmentation.in_words())),
            ("CURVES", self.curves_svg.clone()),
            ("CONFUSION", data_url(&self.confusion_png)),
            ("MISTAKES", data_url(&self.mistakes_png)),
            ("EPOCHS", self.epochs()),
            ("SETTINGS", self.settings()),
        ];
        // What is put in is not looked at again, whatever stands in it.
        let mut page = String::new();
        let mut rest = TEMPLATE;
        while let Some((before, after)) = rest.split_once("{{") {
            let (place, after) = after.split_once("}}").unwrap_or((after, ""));
            page += before;
            let part = parts.iter().find(|(name, _)| *name == place);
            page += part.map_or("", |(_, text)| text);
            rest = after;
        }
        page + rest
    }

    /// The rows of the table of epochs.
    fn epochs(&self) -> String {
        let mut rows = String::new();
        let optional = |value: Option<f64>, decimals| {
            value.map_or("–".to_owned(), |value| format!("{value:.decimals$}"))
        };
        for epoch in self.metrics {
            let cells = [
                epoch.epoch.to_string(),
                format!("{:.6}", epoch.lr),
                format!("{:.4}", epoch.mean_loss),
                optional(epoch.accuracy, 2),
                optional(epoch.validation_loss, 4),
                optional(epoch.validation_accuracy, 2),
                format!("{:.1}", epoch.seconds),
                format!("{:.0}", epoch.images_per_second),
            ];
            let _ = writeln!(rows, "<tr><td>{}</td></tr>", cells.join("</td><td>"));
        }
        rows
    }

    /// The rows of the table of settings: all that `run.json` holds.
    fn settings(&self) -> String {
        let mut rows = String::new();
        if let Ok(Value::Object(values)) = serde_json::to_value(self.record) {
            for (name, value) in &values {
                add_rows(&mut rows, name, value);
            }
        }
        rows
    }
}

/// A row for each value; one within another is named after both.
fn add_rows(rows: &mut String, name: &str, value: &Value) {
    let text = match value {
        Value::Object(values) => {
            for (key, value) in values {
                add_rows(rows, &format!("{name}.{key}"), value);
            }
            return;
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (name, text) = (escaped(name), escaped(&text));
    let _ = writeln!(rows, "<tr><th>{name}</th><td>{text}</td></tr>");
}

fn data_url(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png))
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_an_element() {
        assert_eq!(
            escaped("<a href=\"&\">"),
            "&lt;a href=&quot;&amp;&quot;&gt;"
        );
        let mut rows = String::new();
        add_rows(
            &mut rows,
            "data",
            &Value::String("</table><script>".to_owned()),
        );
        assert!(!rows.contains("<script>"), "{rows}");
    }
}
