use super::evidence::Evidence;
use super::one_sided::verdict_on_one_sided;
use super::step::Step;
use crate::diff::row::difference;
use crate::diff::{Cause, Row, Verdict};
use crate::trace::{Kind, Trace};
use std::collections::{BTreeMap, BTreeSet, HashSet};

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

/// The rows of two traces, sorted once for all steps.
pub(super) struct TraceRows<'a> {
    pub by_step: BTreeMap<u64, Vec<&'a Row>>,
    /// Names of the tensors that have a gradient in any step.
    pub trained: HashSet<&'a str>,
    pub evidence: Evidence<'a>,
}

impl<'a> TraceRows<'a> {
    pub fn new(rows: &'a [Row], evidence: Evidence<'a>) -> Self {
        let mut by_step: BTreeMap<u64, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            by_step.entry(row.stage.step).or_default().push(row);
        }
        let gradients = rows.iter().filter(|row| row.stage.kind == Kind::Gradient);
        Self {
            by_step,
            trained: gradients.map(|row| row.stage.name.as_str()).collect(),
            evidence,
        }
    }

    /// The rows of a step, in order.
    pub fn of_step(&self, step: u64) -> &[&'a Row] {
        self.by_step.get(&step).map_or(&[], Vec::as_slice)
    }
}
