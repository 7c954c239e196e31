use std::collections::{BTreeMap, HashSet};

use super::evidence::Evidence;
use crate::diff::Row;
use crate::trace::Kind;

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
