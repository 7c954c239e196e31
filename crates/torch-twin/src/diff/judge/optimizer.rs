use super::call::owner;
use super::step::Step;
use crate::diff::difference::difference;
use crate::diff::verdict::{module, quoted};
use crate::diff::{Cause, Row, Verdict};
use crate::trace::Kind;

impl Step<'_> {
    /// A tensor of the `state_dict` that no optimiser trains is changed by a forward.
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
        let mut buffers = weights
            .iter()
            .filter(|row| !is_trained(row) && !row.is_equal && !is_tied(row));
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

    pub(super) fn optimizer_state(&self) -> Option<Verdict> {
        let state = self.comparable(Kind::Optimizer);
        let place = |row: &&Row| {
            let (place, _) = row.stage.name.split_once('.').unwrap_or_default();
            place.parse::<u64>().unwrap_or(u64::MAX)
        };
        let row = state
            .into_iter()
            .filter(|row| !row.is_equal)
            .min_by_key(place)?;
        let (name, step) = (row.stage.name.clone(), self.number);
        let known = match self.comparable(Kind::Gradient).is_empty() {
            true => "gradients are not recorded in both",
            false => "all gradients are equal",
        };
        let reason = format!(
            "{known}, what the optimiser keeps is not equal: {}",
            difference(row)
        );
        Some(Verdict::new(
            Cause::OptimizerState { name, step },
            self.with_gap(reason),
        ))
    }

    pub(super) fn optimizer_update(&self) -> Option<Verdict> {
        let row = self
            .comparable(Kind::Weight)
            .into_iter()
            .find(|row| !row.is_equal)?;
        let (name, step) = (row.stage.name.clone(), self.number);
        if let Some((first, last)) = self.gap() {
            let reason = format!(
                "{} was last equal at step {}; record what is between",
                quoted(&name),
                first - 1
            );
            return Some(Verdict::new(Cause::Unrecorded { first, last }, reason));
        }
        let has = |kind| !self.comparable(kind).is_empty();
        let known = match (has(Kind::Gradient), has(Kind::Optimizer)) {
            (true, true) => "all gradients and what the optimiser keeps are equal",
            (true, false) => "all gradients are equal",
            (false, true) => {
                "what the optimiser keeps is equal, gradients are not recorded in both"
            }
            (false, false) => "neither gradients nor the optimiser's state are recorded in both",
        };
        let state = match self.only_side_with(Kind::Optimizer) {
            Some(side) => format!("; only {side} keeps a state of the optimiser"),
            None => String::new(),
        };
        let reason = format!(
            "{known}, the parameter after its step is not equal: {}{state}",
            difference(row)
        );
        Some(Verdict::new(Cause::OptimizerUpdate { name, step }, reason))
    }
}

/// Whether a tensor is what a `BatchNorm` keeps, by its name.
fn is_running_statistic(name: &str) -> bool {
    let (_, last) = name.rsplit_once('.').unwrap_or(("", name));
    ["running_mean", "running_var", "num_batches_tracked"].contains(&last)
}
