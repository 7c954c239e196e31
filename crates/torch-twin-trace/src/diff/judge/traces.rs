use std::collections::BTreeSet;

use super::evidence::{Evidence, TraceRows};
use super::one_sided::verdict_on_one_sided;
use super::step::Step;
use crate::diff::row::difference;
use crate::diff::{Cause, Row, Verdict};
use crate::trace::Trace;

/// The verdict on two traces, of which only step `only` is judged, if there is one. Without the traces the rows
/// alone are known.
pub fn verdict(rows: &[Row], traces: Option<[&Trace; 2]>, only: Option<u64>) -> Option<Verdict> {
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
    let all = TraceRows::new(rows, Evidence::new(traces, rows));
    let mut found = judged.map(|&step| {
        let last = steps.range(..step).next_back().copied();
        let parts = Step::parts(&all, step, last);
        parts.iter().find_map(Step::verdict)
    });
    found
        .find_map(|verdict| verdict)
        .or_else(|| verdict_on_one_sided(rows))
        .or_else(|| weights_before(rows))
}

/// Weights before the one step that is judged, where all that it computes is equal.
fn weights_before(rows: &[Row]) -> Option<Verdict> {
    let row = rows.iter().find(|row| !row.is_equal)?;
    let (name, step) = (row.stage.name.clone(), Some(row.stage.step));
    Some(Verdict::new(Cause::Weights { name, step }, difference(row)))
}
