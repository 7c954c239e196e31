use std::collections::BTreeSet;

use super::call::owner;
use super::step::Step;
use crate::diff::difference::difference;
use crate::diff::verdict::{module, quoted};
use crate::diff::{Guilty, Row, Verdict};
use crate::trace::Kind;

impl Step<'_> {
    /// A tensor of the `state_dict` that no optimiser trains is changed by a forward.
    pub(super) fn buffers(&self) -> Option<Verdict> {
        let mut gradients = self
            .all
            .iter()
            .filter(|row| row.stage.kind == Kind::Gradient)
            .peekable();
        gradients.peek()?;
        let trained: BTreeSet<&str> = gradients.map(|row| row.stage.name.as_str()).collect();
        let weights = self.comparable(Kind::Weight);
        let is_trained = |row: &&&Row| trained.contains(row.stage.name.as_str());
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
            Guilty::Buffer { name, step },
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
        let reason = format!(
            "all gradients are equal, what the optimiser keeps is not: {}",
            difference(row)
        );
        Some(Verdict::new(
            Guilty::OptimizerState { name, step },
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
            return Some(Verdict::new(Guilty::Unrecorded { first, last }, reason));
        }
        let known = match self.comparable(Kind::Optimizer).is_empty() {
            true => "all gradients are equal",
            false => "all gradients and what the optimiser keeps are equal",
        };
        let reason = format!(
            "{known}, the parameter after its step is not: {}",
            difference(row)
        );
        Some(Verdict::new(Guilty::OptimizerUpdate { name, step }, reason))
    }
}
