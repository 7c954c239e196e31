//! A report as text for the terminal.

use super::{Report, Side, differing_settings, table};
use crate::compare::Tolerance;
use crate::printable;

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextStyle {
    /// Whether each stage has a line; else equal stages are summed up.
    pub all: bool,
    /// The columns of the terminal; none for a file.
    pub width: Option<u16>,
    /// Whether the verdict is green or red.
    pub coloured: bool,
}

impl Report {
    /// The report as `torch-twin diff` prints it; the sides have these names.
    pub fn text(&self, sides: [(&str, &Side); 2], style: TextStyle) -> String {
        let mut lines = Vec::new();
        for (letter, (name, side)) in ["A", "B"].into_iter().zip(sides) {
            lines.push(format!("{letter}: {name}, {}", described(side)));
        }
        lines.push(table::stages(self, style.all, style.width));
        lines.extend(self.renamed());
        lines.extend(self.notes.iter().map(|note| printable(note)));
        let differing = differing_settings(sides[0].1, sides[1].1);
        if !differing.is_empty() {
            lines.push(format!(
                "Settings that differ, and may be the reason: {}",
                differing.join(", ")
            ));
        }
        let Tolerance { rtol, atol } = self.options.tolerance;
        if self.verdict.is_some() && !self.options.tolerance.is_none() {
            lines.push(format!("Compared within rtol {rtol:e} and atol {atol:e}"));
        }
        lines.push(match (style.coloured, &self.verdict) {
            (false, _) => self.line(),
            (true, None) => format!("\u{1b}[1;32m{}\u{1b}[0m", self.line()),
            (true, Some(_)) => format!("\u{1b}[1;31m{}\u{1b}[0m", self.line()),
        });
        if let Some(verdict) = &self.verdict {
            lines.push(format!("  {}", verdict.reason));
        }
        lines.join("\n")
    }

    /// A line about stages that were matched under other names.
    fn renamed(&self) -> Option<String> {
        let rows = self.rows.iter();
        let mut pairs = rows.filter_map(|row| Some((&row.stage.name, row.renamed.as_ref()?)));
        let first = pairs.next()?;
        let (ours, theirs) = (printable(first.0), printable(first.1));
        Some(match pairs.count() {
            0 => format!("One stage has another name in B: {ours} in A is {theirs}"),
            more => format!(
                "{} stages have other names in B: {ours} in A is {theirs}, and so on",
                more + 1
            ),
        })
    }
}

/// What a side is, and how it was recorded.
fn described(side: &Side) -> String {
    let Some(settings) = side.settings() else {
        return side.description().to_owned();
    };
    let values = settings.iter().filter(|(name, _)| *name != "recorder");
    let known = values.filter(|(_, value)| !value.is_empty());
    let values: Vec<_> = known
        .map(|(name, value)| format!("{name} {}", printable(value)))
        .collect();
    let recorder = printable(&settings.recorder);
    format!(
        "{} by {recorder}, {}",
        side.description(),
        values.join(", ")
    )
}
