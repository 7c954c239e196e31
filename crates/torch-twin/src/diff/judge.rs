//! Finds the first guilty stage.
//!
//! Steps are judged in their order, and in a step what depends on nothing else of it comes first: the calls
//! of modules, the buffers that they change, the loss, gradients, the optimiser's state, the weights.

use std::collections::BTreeSet;

use super::call::{Call, is_inside, owner};
use super::verdict::{module, quoted};
use super::{Guilty, Outcome, Row, Verdict};
use crate::trace::Kind;

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
    let mut found = judged.map(|&step| {
        let last = steps.range(..step).next_back().copied();
        Step::new(rows, step, last).verdict()
    });
    found
        .find_map(|verdict| verdict)
        .or_else(|| one_sided(rows))
}

/// The verdict on weights, and on the output of a network that has them, if it was computed.
pub fn verdict_on_weights(rows: &[Row]) -> Option<Verdict> {
    let weights: Vec<_> = rows
        .iter()
        .filter(|row| row.stage.kind == Kind::Weight)
        .collect();
    if let Some(row) = first_of_weights(&weights) {
        let (name, step) = (row.stage.name.clone(), row.stage.step);
        return Some(Verdict::new(
            Guilty::Weights { name, step },
            difference(row),
        ));
    }
    let row = rows.iter().find(|row| !row.is_equal)?;
    let (name, step) = (row.stage.name.clone(), row.stage.step);
    let guilty = Guilty::Forward {
        name,
        before: None,
        step,
    };
    Some(Verdict::new(
        guilty,
        format!(
            "its input is equal and so are its weights; {}",
            difference(row)
        ),
    ))
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

/// A step that both sides have recorded.
struct Step<'a> {
    number: u64,
    all: &'a [Row],
    rows: Vec<&'a Row>,
    calls: Vec<Call<'a>>,
    /// The step before it of those that are recorded.
    last: Option<u64>,
}

impl<'a> Step<'a> {
    fn new(all: &'a [Row], number: u64, last: Option<u64>) -> Self {
        let rows: Vec<_> = all.iter().filter(|row| row.stage.step == number).collect();
        Self {
            number,
            all,
            calls: Call::all(&rows),
            rows,
            last,
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        let initial = || {
            if self.number == 0 {
                self.initial_values()
            } else {
                None
            }
        };
        initial()
            .or_else(|| self.forward())
            .or_else(|| self.buffers())
            .or_else(|| self.loss())
            .or_else(|| self.backward())
            .or_else(|| self.optimizer_state())
            .or_else(|| self.optimizer_update())
    }

    fn initial_values(&self) -> Option<Verdict> {
        let row = first_of_weights(&self.comparable(Kind::Weight))?;
        let name = row.stage.name.clone();
        Some(Verdict::new(Guilty::InitialValue { name }, difference(row)))
    }

    fn forward(&self) -> Option<Verdict> {
        let is_different = |call: &Call<'_>| call.is_paired() && !call.is_equal();
        let place = self.calls.iter().position(is_different)?;
        let first = &self.calls[place];
        let Some(input) = first.first_unequal(Kind::Input) else {
            return Some(self.forward_of(first, place));
        };
        // The input came from the code of a module around it, or into that from farther outside.
        let (mut inner, mut input, mut around) = (first.name, input, place);
        while let Some(outer) = self.calls[around + 1..]
            .iter()
            .position(|call| call.is_paired() && is_inside(inner, call.name))
        {
            around += 1 + outer;
            let outer = &self.calls[around];
            match outer.first_unequal(Kind::Input) {
                Some(outer_input) => (inner, input) = (outer.name, outer_input),
                None => return Some(self.code_before(outer.name, inner, input, place)),
            }
        }
        let reason = match inner {
            "" => difference(input),
            inner => format!(
                "the input of {}, around which no call is recorded, differs; {}",
                quoted(inner),
                difference(input)
            ),
        };
        let step = self.number;
        Some(Verdict::new(Guilty::Data { step }, self.with_gap(reason)))
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
        if let Some(verdict) = self.weights_of(call.name) {
            return verdict;
        }
        let has_inner = self.calls.iter().any(|inner| inner.is_inside(call.name));
        let what = match has_inner {
            true => "its inputs and all that it calls are equal, its output is not",
            false => "its inputs are equal, its output is not",
        };
        let guilty = self.forward_guilty(call.name, None);
        Verdict::new(guilty, self.with_gap(format!("{what}: {output}")))
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
            self.forward_guilty(outer, Some(inner)),
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
        Verdict::new(self.forward_guilty(call.name, None), reason)
    }

    fn forward_guilty(&self, name: &str, before: Option<&str>) -> Guilty {
        Guilty::Forward {
            name: name.to_owned(),
            before: before.map(str::to_owned),
            step: self.number,
        }
    }

    /// The verdict on the weights with which a module's forward began, if they differed or are not known.
    fn weights_of(&self, name: &str) -> Option<Verdict> {
        let is_called = |owner: &str| self.calls.iter().any(|call| call.name == owner);
        let is_own = |tensor: &str| {
            let owner = owner(tensor);
            owner == name || (is_inside(owner, name) && !is_called(owner))
        };
        let last = self.last?;
        let mut own = self
            .all
            .iter()
            .filter(|row| row.is(last, Kind::Weight) && is_own(&row.stage.name));
        if let Some(row) = own.clone().find(|row| !row.is_equal) {
            let tensor = row.stage.name.clone();
            let guilty = Guilty::Weights {
                name: tensor,
                step: last,
            };
            let reason = format!(
                "{} computes step {} with it: {}",
                module(name),
                self.number,
                difference(row)
            );
            return Some(Verdict::new(guilty, reason));
        }
        let (first, end) = self.gap()?;
        own.next()?;
        let guilty = Guilty::Unrecorded { first, last: end };
        let reason = format!(
            "at step {} the inputs of {} are equal and its output is not, with weights that were equal at step {last}; record what is between",
            self.number,
            module(name)
        );
        Some(Verdict::new(guilty, reason))
    }

    /// The steps before this one that are not recorded.
    fn gap(&self) -> Option<(u64, u64)> {
        let first = self.last? + 1;
        (first < self.number).then(|| (first, self.number - 1))
    }

    fn with_gap(&self, reason: String) -> String {
        match self.gap() {
            None => reason,
            Some((first, last)) => format!(
                "{reason}; the cause may be in steps {first} to {last}, which are not recorded"
            ),
        }
    }

    /// A tensor of the `state_dict` that no optimiser trains is changed by a forward.
    fn buffers(&self) -> Option<Verdict> {
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

    fn loss(&self) -> Option<Verdict> {
        let row = self
            .comparable(Kind::Loss)
            .into_iter()
            .find(|row| !row.is_equal)?;
        let reason = match self.calls.is_empty() {
            true => format!("no module's stages are recorded; {}", difference(row)),
            false => format!(
                "the network's output is equal, so it is the targets or the loss function: {}",
                difference(row)
            ),
        };
        Some(Verdict::new(
            Guilty::Loss { step: self.number },
            self.with_gap(reason),
        ))
    }

    fn backward(&self) -> Option<Verdict> {
        let gradients = self.comparable(Kind::Gradient);
        let unequal: Vec<_> = gradients
            .iter()
            .copied()
            .filter(|row| !row.is_equal)
            .collect();
        // The backward goes from the loss down, so the first wrong gradient is the latest of the forward.
        let called = |row: &Row| {
            self.calls
                .iter()
                .rposition(|call| call.name == owner(&row.stage.name))
        };
        let latest = || unequal.iter().copied().rev().max_by_key(|row| called(row));
        let row = unequal
            .iter()
            .copied()
            .find(|row| !row.is_paired())
            .or_else(latest)?;
        let what = match (row.is_paired(), unequal.len()) {
            (false, _) => "the gradient is on one side only",
            (true, 1) => {
                "all that was computed forward is equal, and so are the gradients of all other parameters"
            }
            (true, count) if count == gradients.len() => {
                "all that was computed forward is equal, and no gradient is: the loss's backward differs, or what is done to all gradients before the optimiser's step, such as clipping"
            }
            (true, _) => {
                "all that was computed forward is equal, and so are the gradients of what comes after it"
            }
        };
        let (name, step) = (row.stage.name.clone(), self.number);
        let reason = format!("{what}; {}", difference(row));
        Some(Verdict::new(
            Guilty::Backward { name, step },
            self.with_gap(reason),
        ))
    }

    fn optimizer_state(&self) -> Option<Verdict> {
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

    fn optimizer_update(&self) -> Option<Verdict> {
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

    /// The rows of a kind that both sides have recorded in this step.
    fn comparable(&self, kind: Kind) -> Vec<&'a Row> {
        let rows: Vec<_> = self
            .rows
            .iter()
            .copied()
            .filter(|row| row.stage.kind == kind)
            .collect();
        match rows.iter().any(|row| row.is_paired()) {
            true => rows,
            false => Vec::new(),
        }
    }
}

/// The first that one side lacks or that has another shape, since it may have shifted the draws of others; else
/// the first that is not equal.
fn first_of_weights<'a>(rows: &[&'a Row]) -> Option<&'a Row> {
    let is_of_structure = |row: &&&Row| matches!(row.outcome, Outcome::Form | Outcome::Missing);
    let structural = rows.iter().find(is_of_structure);
    structural
        .or_else(|| rows.iter().find(|row| !row.is_equal))
        .copied()
}

/// How a row's tensors differ, in words.
pub fn difference(row: &Row) -> String {
    match (&row.outcome, &row.a, &row.b) {
        (Outcome::Missing, Some(form), _) => format!("only A has it, {form}"),
        (Outcome::Missing, None, Some(form)) => format!("only B has it, {form}"),
        (Outcome::Form, Some(a), Some(b)) => format!("{a} in A and {b} in B"),
        (Outcome::Values(tally), Some(form), _) => super::row::words(tally, form),
        (Outcome::Digests(digests), ..) => {
            let [a, b] = &**digests;
            let number = |value: Option<f64>| {
                value.map_or("not finite".to_owned(), |value| format!("{value:e}"))
            };
            format!(
                "digests differ; means {} in A and {} in B",
                number(a.mean),
                number(b.mean)
            )
        }
        _ => String::new(),
    }
}

impl Verdict {
    fn new(guilty: Guilty, reason: String) -> Self {
        Self { guilty, reason }
    }
}
