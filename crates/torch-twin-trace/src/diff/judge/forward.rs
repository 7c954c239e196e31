use std::collections::HashSet;

use super::call::{Call, is_inside, owner};
use super::optimizer::is_unnamed;
use super::step::Step;
use crate::diff::row::difference;
use crate::diff::verdict::{module, quoted};
use crate::diff::{Cause, Row, Verdict};
use crate::trace::Kind;

impl<'a> Step<'a> {
    pub(super) fn forward(&self) -> Option<Verdict> {
        let is_different = |call: &Call<'_>| call.is_paired() && !call.is_equal();
        let place = self.calls.iter().position(is_different)?;
        let first = &self.calls[place];
        let Some(input) = first.first_unequal(Kind::Input) else {
            return Some(self.forward_of(first, place));
        };
        // The input came from the code of a module around it, or into that from farther outside.
        let (mut inner, mut input, mut around) = (first, input, place);
        while let Some(outer) = self.calls[around + 1..]
            .iter()
            .position(|call| call.is_paired() && is_inside(inner.name, call.name))
        {
            around += 1 + outer;
            let outer = &self.calls[around];
            match outer.first_unequal(Kind::Input) {
                Some(outer_input) => (inner, input) = (outer, outer_input),
                None => return Some(self.code_before(outer.name, inner.name, input, place)),
            }
        }
        Some(self.input(inner, input))
    }

    /// The verdict on a call whose inputs are equal and whose outputs are not.
    fn forward_of(&self, call: &Call<'_>, place: usize) -> Verdict {
        let output = call
            .first_unequal(Kind::Output)
            .map(difference)
            .unwrap_or_default();
        if let Some(inner) = self.one_sided_before(place, call.name) {
            let what = format!(
                "after it the output of {} differs: {output}",
                module(call.name)
            );
            return self.one_sided(inner, &what);
        }
        if let Some(verdict) = self
            .changed_weights_of(call)
            .or_else(|| self.weights_of(call.name))
        {
            return verdict;
        }
        let has_inner = self.calls.iter().any(|inner| inner.is_inside(call.name));
        let what = match has_inner {
            true => "its inputs and all that it calls are equal, its output is not",
            false => "its inputs are equal, its output is not",
        };
        let cause = self.forward_cause(call.name, None);
        Verdict::new(cause, self.with_gap(format!("{what}: {output}")))
    }

    /// The verdict on the code of `outer`, whose inputs are equal, before it calls `inner`, whose inputs are not;
    /// all calls before `place` are equal.
    fn code_before(&self, outer: &str, inner: &str, input: &Row, place: usize) -> Verdict {
        if let Some(call) = self.one_sided_before(place, outer) {
            let what = format!(
                "after it the input of {} differs: {}",
                quoted(inner),
                difference(input)
            );
            return self.one_sided(call, &what);
        }
        if let Some(verdict) = self.weights_of(outer) {
            return verdict;
        }
        let reason = format!(
            "its inputs and all that it calls before are equal, the input of {} is not: {}",
            quoted(inner),
            difference(input)
        );
        Verdict::new(
            self.forward_cause(outer, Some(inner)),
            self.with_gap(reason),
        )
    }

    /// A call inside of `outer` that one side lacks, since the last before `place` that both have.
    fn one_sided_before(&self, place: usize, outer: &str) -> Option<&Call<'a>> {
        let since = self.calls[..place].iter().rposition(Call::is_paired);
        let mut between = self.calls[since.map_or(0, |last| last + 1)..place].iter();
        between.find(|call| call.is_inside(outer))
    }

    fn one_sided(&self, call: &Call<'_>, what: &str) -> Verdict {
        let side = call.only_in().unwrap_or('A');
        let which = match call.number {
            1 => "it is called".to_owned(),
            number => format!("call {number} of it is"),
        };
        let reason = self.with_gap(format!("{which} only in {side}; {what}"));
        Verdict::new(self.forward_cause(call.name, None), reason)
    }

    fn forward_cause(&self, name: &str, before: Option<&str>) -> Cause {
        Cause::Forward {
            name: name.to_owned(),
            before: before.map(str::to_owned),
            step: self.number,
        }
    }

    /// The verdict on what changed the weights of a call within the step, if that differed.
    fn changed_weights_of(&self, call: &Call<'_>) -> Option<Verdict> {
        let evidence = &self.all.evidence;
        if !evidence.has_changed_weights(self.number, call.name, call.number) {
            return None;
        }
        let whole = self.whole();
        // A state that was recorded before this call is equal.
        let network = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        let is_own_state = |row: &&Row| {
            is_unnamed(&row.stage.name) || network(&row.stage.name) == network(call.name)
        };
        let state = || match self
            .before
            .iter()
            .any(|row| row.stage.kind == Kind::Optimizer)
        {
            true => None,
            false => {
                let state = whole.comparable(Kind::Optimizer).into_iter();
                whole.state(&state.filter(is_own_state).collect::<Vec<_>>())
            }
        };
        let own = || {
            let mut weights = whole.comparable(Kind::Weight).into_iter();
            weights
                .find(|row| owner(&row.stage.name) == call.name && !row.is_equal)
                .map(|row| whole.update_of(row))
        };
        let verdict = state().or_else(own)?;
        let reason = format!(
            "the weights of {} were changed within the step, before its call {}; {}",
            module(call.name),
            call.number,
            verdict.reason
        );
        Some(Verdict { reason, ..verdict })
    }

    /// The verdict on the weights with which a module's forward began, if they differed or are not known.
    fn weights_of(&self, name: &str) -> Option<Verdict> {
        let called: HashSet<_> = self.calls.iter().map(|call| call.name).collect();
        let is_own = |tensor: &str| {
            let owner = owner(tensor);
            owner == name || (is_inside(owner, name) && !called.contains(owner))
        };
        let last = self.last?;
        let of_last = self.all.of_step(last).iter();
        let mut own = of_last
            .filter(|row| row.stage.kind == Kind::Weight && is_own(&row.stage.name))
            .copied();
        if let Some(row) = own.clone().find(|row| !row.is_equal) {
            let tensor = row.stage.name.clone();
            let cause = Cause::Weights {
                name: tensor,
                step: Some(last),
            };
            let reason = format!(
                "{} computes step {} with it: {}",
                module(name),
                self.number,
                difference(row)
            );
            return Some(Verdict::new(cause, reason));
        }
        let (first, end) = self.gap()?;
        own.next()?;
        let cause = Cause::Unrecorded { first, last: end };
        let reason = format!(
            "at step {} the inputs of {} are equal and its output is not, with weights that were equal at step {last}; record what is between",
            self.number,
            module(name)
        );
        Some(Verdict::new(cause, reason))
    }
}
