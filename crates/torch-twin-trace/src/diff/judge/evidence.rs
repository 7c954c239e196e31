use std::collections::{BTreeMap, HashMap, HashSet};

use crate::diff::Row;
use crate::diff::entry::Entry;
use crate::diff::values::{is_constant, is_identical};
use crate::trace::{Kind, Trace};

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    A,
    B,
}

impl Letter {
    pub const BOTH: [Self; 2] = [Self::A, Self::B];
}

/// What is known beside the rows: the values of two traces, and the remarks of their recorders. A file that
/// cannot be read any more makes a verdict vaguer, and no other.
#[derive(Default)]
pub(super) struct Evidence<'a> {
    traces: Option<[&'a Trace; 2]>,
    /// Step, module as A names it, and number of calls that began with weights changed within the step.
    changed: HashSet<(u64, String, u64)>,
}

/// A learning rate that differs.
pub(super) struct LearningRate {
    pub optimizer: String,
    pub group: usize,
    pub a: f64,
    pub b: f64,
}

impl<'a> Evidence<'a> {
    pub fn new(traces: Option<[&'a Trace; 2]>, rows: &[Row]) -> Self {
        let mut changed = HashSet::new();
        if let Some([a, b]) = traces {
            let calls = |trace: &Trace| trace.remarks().changed_weights.clone();
            changed.extend(calls(a).into_iter().map(|c| (c.step, c.name, c.call)));
            let of_b = calls(b);
            let renamed = rows.iter().filter(|_| !of_b.is_empty());
            let names: HashMap<_, _> = renamed
                .filter_map(|row| Some((row.renamed.as_deref()?, row.stage.name.as_str())))
                .collect();
            changed.extend(of_b.into_iter().map(|c| {
                let name = names.get(c.name.as_str());
                let name = name.map_or(c.name.clone(), |&name| name.to_owned());
                (c.step, name, c.call)
            }));
        }
        Self { traces, changed }
    }

    /// Whether a call began with weights that were changed within its step.
    pub fn has_changed_weights(&self, step: u64, module: &str, call: u64) -> bool {
        !self.changed.is_empty() && self.changed.contains(&(step, module.to_owned(), call))
    }

    /// The stage of a row on a side that has it.
    fn entry(&self, side: Letter, row: &Row) -> Option<Entry<'a>> {
        let [a, b] = self.traces?;
        let (trace, stage) = match side {
            Letter::A => (a, row.stage.clone()),
            Letter::B => (b, row.stage_of_b()),
        };
        Some(Entry::recorded(trace, trace.find(&stage)?))
    }

    /// The place of a row among the stages of a side.
    pub fn place(&self, side: Letter, row: &Row) -> Option<usize> {
        let [a, b] = self.traces?;
        match side {
            Letter::A => a.find(&row.stage),
            Letter::B => b.find(&row.stage_of_b()),
        }
    }

    /// Whether two tensors have the same bits.
    pub fn is_same(&self, one: (Letter, &Row), other: (Letter, &Row)) -> bool {
        let entries = self.entry(one.0, one.1).zip(self.entry(other.0, other.1));
        entries.is_some_and(|(one, other)| is_identical(&one, &other).unwrap_or(false))
    }

    /// Whether a tensor has two values or more, which are all the same.
    pub fn is_constant(&self, side: Letter, row: &Row) -> bool {
        let entry = self.entry(side, row);
        entry.is_some_and(|entry| is_constant(&entry).unwrap_or(false))
    }

    /// The first learning rate that differs in a step.
    pub fn learning_rate(&self, step: u64) -> Option<LearningRate> {
        let of_step = |trace: &'a Trace| {
            let rates = trace.remarks().learning_rates.iter();
            rates.filter(move |rates| rates.step == step)
        };
        let [a, b] = self.traces?;
        for (a, b) in of_step(a).zip(of_step(b)) {
            let mut pairs = a.lrs.iter().zip(&b.lrs);
            if let Some(group) = pairs.position(|(a, b)| a != b) {
                return Some(LearningRate {
                    optimizer: a.optimizer.clone(),
                    group,
                    a: a.lrs[group],
                    b: b.lrs[group],
                });
            }
        }
        None
    }
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
