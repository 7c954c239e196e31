use std::collections::BTreeSet;

use super::one_sided::verdict_on_one_sided;
use super::step::Step;
use super::trace_rows::TraceRows;
use crate::diff::difference::difference;
use crate::diff::{Cause, Row, Verdict};

/// The verdict on two traces, of which only step `only` is judged, if there is one.
pub fn verdict(rows: &[Row], only: Option<u64>) -> Option<Verdict> {
    if rows.iter().all(|row| row.is_equal) {
        return None;
    }
    let steps: BTreeSet<u64> = rows
        .iter()
        .filter(|row| row.is_paired())
        .map(|row| row.stage.step)
        .collect();
    let judged = steps
        .iter()
        .filter(|&&step| only.is_none_or(|only| only == step));
    let all = TraceRows::new(rows);
    let mut found = judged.map(|&step| {
        let last = steps.range(..step).next_back().copied();
        Step::new(&all, step, last).verdict()
    });
    found
        .find_map(|verdict| verdict)
        .or_else(|| verdict_on_one_sided(rows))
        .or_else(|| weights_before(rows))
}

/// Weights before the one step that is judged, where all that it computes is equal.
fn weights_before(rows: &[Row]) -> Option<Verdict> {
    let row = rows.iter().find(|row| !row.is_equal)?;
    let (name, step) = (row.stage.name.clone(), row.stage.step);
    Some(Verdict::new(Cause::Weights { name, step }, difference(row)))
}
