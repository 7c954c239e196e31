use std::collections::HashSet;

use super::call::owner;
use super::evidence::Letter;
use super::step::Step;
use crate::diff::row::difference;
use crate::diff::verdict::{module, quoted};
use crate::diff::{Cause, Row, Verdict};
use crate::trace::Kind;

/// Of so many parameters the state is looked for among that of others.
const TRIED: usize = 100;

impl Step<'_> {
    /// A tensor of the `state_dict` that no optimizer trains is changed by a forward.
    pub(super) fn buffers(&self) -> Option<Verdict> {
        let weights = self.comparable(Kind::Weight);
        let trained = &self.all.trained;
        let is_trained = |row: &&&Row| match trained.is_empty() {
            true => !is_running_statistic(&row.stage.name),
            false => trained.contains(row.stage.name.as_str()),
        };
        // A weight with two names has a gradient under one.
        let is_tied = |row: &Row| {
            weights
                .iter()
                .filter(is_trained)
                .any(|other| other.a == row.a && other.outcome == row.outcome)
        };
        let mut buffers = weights.iter().filter(|row| {
            !is_trained(row) && !row.is_equal && self.is_called(row) && !is_tied(row)
        });
        let row = buffers.next()?;
        let (name, step) = (row.stage.name.clone(), self.number);
        let reason = format!(
            "the outputs of all modules are equal, and what {} keeps is not: {}",
            module(owner(&name)),
            difference(row)
        );
        Some(Verdict::new(
            Cause::Buffer { name, step },
            self.with_gap(reason),
        ))
    }

    /// Whether a module that a tensor belongs to is called up to here, if any is.
    fn is_called(&self, row: &Row) -> bool {
        let before = self.before.iter().map(|row| row.stage.name.as_str());
        let called: HashSet<_> = before
            .chain(self.calls.iter().map(|call| call.name))
            .collect();
        let owners = std::iter::successors(Some(owner(&row.stage.name)), |name| {
            (!name.is_empty()).then(|| owner(name))
        });
        called.is_empty() || owners.into_iter().any(|owner| called.contains(owner))
    }

    pub(super) fn optimizer_state(&self) -> Option<Verdict> {
        self.state(&self.comparable(Kind::Optimizer))
    }

    /// The verdict on what optimizers keep.
    pub(super) fn state(&self, state: &[&Row]) -> Option<Verdict> {
        let mut unequal: Vec<_> = state.iter().copied().filter(|row| !row.is_equal).collect();
        unequal.sort_by_key(|row| place(&row.stage.name));
        let row = *unequal.first()?;
        let tried = unequal.iter().take(TRIED);
        if let Some(verdict) = tried.copied().find_map(|row| self.order_of(row, state)) {
            return Some(verdict);
        }
        let (name, step) = (row.stage.name.clone(), self.number);
        let known = match self.comparable(Kind::Gradient).is_empty() {
            true => "gradients are not recorded in both",
            false => "all gradients are equal",
        };
        let reason = format!(
            "{known}, what the optimizer keeps is not equal: {}",
            difference(row)
        );
        Some(Verdict::new(
            Cause::OptimizerState { name, step },
            self.with_gap(reason),
        ))
    }

    pub(super) fn optimizer_update(&self) -> Option<Verdict> {
        let weights = self.comparable(Kind::Weight);
        let trained = &self.all.trained;
        let mut unequal = weights.into_iter().filter(|row| !row.is_equal).peekable();
        let first = *unequal.peek()?;
        let is_trained = |row: &&Row| trained.contains(row.stage.name.as_str());
        match unequal.find(is_trained) {
            Some(row) => Some(self.update_of(row)),
            None if trained.is_empty() || self.gap().is_some() => Some(self.update_of(first)),
            None => {
                let (name, step) = (first.stage.name.clone(), Some(self.number));
                let reason = format!(
                    "all that is trained is equal, and these weights, such as an average, are not: {}",
                    difference(first)
                );
                Some(Verdict::new(Cause::Weights { name, step }, reason))
            }
        }
    }

    /// The verdict on a weight that is not equal after the step, though all before is.
    pub(super) fn update_of(&self, row: &Row) -> Verdict {
        let (name, step) = (row.stage.name.clone(), self.number);
        if let Some((first, last)) = self.gap() {
            let reason = format!(
                "{} was last equal at step {}; record what is between",
                quoted(&name),
                first - 1
            );
            return Verdict::new(Cause::Unrecorded { first, last }, reason);
        }
        if let Some(rate) = self.all.evidence.learning_rate(step) {
            let cause = Cause::LearningRate {
                optimizer: rate.optimizer,
                group: rate.group,
                step,
            };
            let (a, b) = (rate.a, rate.b);
            let reason = format!(
                "it is {a} in A and {b} in B, and {} after the step is not equal: {}",
                quoted(&name),
                difference(row)
            );
            return Verdict::new(cause, reason);
        }
        let has = |kind| !self.comparable(kind).is_empty();
        let known = match (has(Kind::Gradient), has(Kind::Optimizer)) {
            (true, true) => "all gradients and what the optimizer keeps are equal",
            (true, false) => "all gradients are equal",
            (false, true) => {
                "what the optimizer keeps is equal, gradients are not recorded in both"
            }
            (false, false) => "neither gradients nor the optimizer's state are recorded in both",
        };
        let state = match self.only_side_with(Kind::Optimizer) {
            Some(side) => format!("; only {side} keeps a state of the optimizer"),
            None => String::new(),
        };
        let reason = format!(
            "{known}, the parameter after its step is not equal: {}{state}",
            difference(row)
        );
        Verdict::new(Cause::OptimizerUpdate { name, step }, reason)
    }

    /// The verdict on a parameter's state that is another parameter's on the other side.
    fn order_of(&self, row: &Row, state: &[&Row]) -> Option<Verdict> {
        let evidence = &self.all.evidence;
        let (parameter, key) = row.stage.name.rsplit_once('.')?;
        if evidence.is_constant(Letter::A, row) {
            return None;
        }
        let is_candidate = |other: &&&Row| {
            let of_key = other.stage.name.rsplit_once('.');
            other.b == row.a && of_key.is_some_and(|(place, of)| of == key && place != parameter)
        };
        let mut others = state.iter().filter(is_candidate);
        let other = others.find(|other| evidence.is_same((Letter::A, row), (Letter::B, other)))?;
        let (theirs, _) = other.stage.name.rsplit_once('.')?;
        let reason = format!(
            "what A keeps of its parameter {parameter}, B keeps of its parameter {theirs}: the optimizers take them in another order"
        );
        let cause = Cause::OptimizerOrder {
            name: parameter.to_owned(),
            other: theirs.to_owned(),
            step: self.number,
        };
        Some(Verdict::new(cause, reason))
    }
}

/// The place of a parameter in its optimizer, by the name of what is kept of it: `0.exp_avg`, `D.0.exp_avg`.
fn place(name: &str) -> u64 {
    let mut parts = name.split('.').map(str::parse);
    parts.find_map(Result::ok).unwrap_or(u64::MAX)
}

/// Whether the optimizer that keeps it has no name.
pub(super) fn is_unnamed(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_digit())
}

/// Whether a tensor is what a `BatchNorm` keeps, by its name.
fn is_running_statistic(name: &str) -> bool {
    let (_, last) = name.rsplit_once('.').unwrap_or(("", name));
    ["running_mean", "running_var", "num_batches_tracked"].contains(&last)
}
