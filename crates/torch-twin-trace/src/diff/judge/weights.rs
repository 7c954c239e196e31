use crate::diff::difference::difference;
use crate::diff::{Cause, Outcome, Row, Verdict};
use crate::trace::Kind;

/// The verdict on weights, those of a step if there are steps, and on the output of a network that has them, if it
/// was computed.
pub fn verdict_on_weights(rows: &[Row], has_steps: bool) -> Option<Verdict> {
    let weights: Vec<_> = rows
        .iter()
        .filter(|row| row.stage.kind == Kind::Weight)
        .collect();
    let first = || weights.iter().find(|row| !row.is_equal).copied();
    if let Some(row) = first_of_structure(&weights).or_else(first) {
        let name = row.stage.name.clone();
        let step = has_steps.then_some(row.stage.step);
        return Some(Verdict::new(Cause::Weights { name, step }, difference(row)));
    }
    let row = rows.iter().find(|row| !row.is_equal)?;
    let (name, step) = (row.stage.name.clone(), row.stage.step);
    let cause = Cause::Forward {
        name,
        before: None,
        step,
    };
    let what = match weights.is_empty() {
        true => "its input is equal, its weights were not compared",
        false => "its input is equal and so are its weights",
    };
    Some(Verdict::new(cause, format!("{what}; {}", difference(row))))
}

/// The first that one side lacks or that has another shape, since it may have shifted the draws of others.
pub(super) fn first_of_structure<'a>(rows: &[&'a Row]) -> Option<&'a Row> {
    let is_of_structure = |row: &&&Row| matches!(row.outcome, Outcome::Form | Outcome::Missing);
    rows.iter().find(is_of_structure).copied()
}
