use std::collections::BTreeSet;

use super::step::Step;
use super::trace_rows::TraceRows;
use crate::diff::difference::difference;
use crate::diff::{Guilty, Row, Verdict};

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
        .or_else(|| one_sided(rows))
}

/// What only one side has, where all that both have is equal.
fn one_sided(rows: &[Row]) -> Option<Verdict> {
    let row = rows.iter().find(|row| !row.is_equal)?;
    let (kind, name, step) = (row.stage.kind, row.stage.name.clone(), row.stage.step);
    let guilty = match row.is_paired() {
        true => Guilty::Weights { name, step },
        false => Guilty::OneSided { kind, name, step },
    };
    let count = rows.iter().filter(|row| row.only_in().is_some()).count();
    let reason = match row.only_in() {
        Some(_) => format!(
            "{}, as {count} of all stages are on one side only; what both have is equal",
            difference(row)
        ),
        None => difference(row),
    };
    Some(Verdict::new(guilty, reason))
}
