use super::evidence::Letter;
use super::step::Step;
use crate::diff::row::difference;
use crate::diff::verdict::quoted;
use crate::diff::{Cause, Outcome, Row, Verdict};
use crate::trace::Kind;

/// As many names are listed.
const LISTED: usize = 3;

impl<'a> Step<'a> {
    /// The verdict on weights before the first step. They are drawn in an order that no trace tells, so that of
    /// several that differ the first in the list need not be the one at fault.
    pub(super) fn initial_values(&self) -> Option<Verdict> {
        let weights = self.comparable(Kind::Weight);
        if let Some(row) = first_of_structure(&weights) {
            let name = row.stage.name.clone();
            return Some(Verdict::new(Cause::InitialValue { name }, difference(row)));
        }
        let unequal: Vec<_> = weights
            .iter()
            .copied()
            .filter(|row| !row.is_equal)
            .collect();
        let first = *unequal.first()?;
        if let Some(verdict) = self
            .another_order(&weights, first)
            .or_else(|| self.swapped(&unequal))
        {
            return Some(verdict);
        }
        let constant_in = |row: &Row| {
            let evidence = &self.all.evidence;
            let [a, b] = Letter::BOTH.map(|side| evidence.is_constant(side, row));
            (a != b).then_some(if a { 'A' } else { 'B' })
        };
        let constant = unequal
            .iter()
            .find_map(|row| Some((*row, constant_in(row)?)));
        let (row, why) = match constant {
            Some((row, side)) => {
                let why =
                    format!("all its values are one in {side} alone, so a draw is missing there; ");
                (row, why)
            }
            None => (first, String::new()),
        };
        let reason = format!("{why}{}{}", difference(row), self.equal_ones(&weights));
        let name = row.stage.name.clone();
        Some(Verdict::new(Cause::InitialValue { name }, reason))
    }

    /// The sides list their weights in another order, and the first that differs is where the orders part.
    fn another_order(&self, weights: &[&'a Row], first: &Row) -> Option<Verdict> {
        let place = |row: &Row| self.all.evidence.place(Letter::B, row);
        let mut of_b: Vec<_> = weights
            .iter()
            .map(|row| Some((place(row)?, *row)))
            .collect::<Option<_>>()?;
        of_b.sort_by_key(|(place, _)| *place);
        let mut pairs = weights.iter().zip(&of_b);
        let (ours, (_, theirs)) =
            pairs.find(|(ours, (_, theirs))| !std::ptr::eq(**ours, *theirs))?;
        if !std::ptr::eq(*ours, first) && !std::ptr::eq(*theirs, first) {
            return None;
        }
        let (name, other) = (ours.stage.name.clone(), theirs.stage.name.clone());
        let reason = format!(
            "all weights listed before are equal; then A lists {} and B {}, so each draws in its own order: {}",
            quoted(&name),
            quoted(&theirs.stage_of_b().name),
            difference(first)
        );
        Some(Verdict::new(Cause::Order { name, other }, reason))
    }

    /// A weight of A is another one of B.
    fn swapped(&self, unequal: &[&'a Row]) -> Option<Verdict> {
        let evidence = &self.all.evidence;
        let first = unequal.first()?;
        if Letter::BOTH
            .iter()
            .any(|&side| evidence.is_constant(side, first))
        {
            return None;
        }
        let alike = unequal.iter().skip(1).filter(|row| row.b == first.a);
        let mut alike = alike.copied();
        let other = alike.find(|row| evidence.is_same((Letter::A, first), (Letter::B, row)))?;
        let (name, other) = (first.stage.name.clone(), other.stage_of_b().name);
        let reason = format!(
            "A's {} has the values of B's {}: they are drawn in another order",
            quoted(&name),
            quoted(&other)
        );
        Some(Verdict::new(Cause::Swapped { name, other }, reason))
    }

    /// Which weights are equal, of those that are drawn.
    fn equal_ones(&self, weights: &[&Row]) -> String {
        let is_drawn = |row: &&&Row| row.is_equal && !self.all.evidence.is_constant(Letter::A, row);
        let equal: Vec<_> = weights.iter().filter(is_drawn).collect();
        let names: Vec<_> = equal
            .iter()
            .take(LISTED)
            .map(|row| quoted(&row.stage.name))
            .collect();
        match equal.len() {
            0 => "; no weight that is drawn is equal".to_owned(),
            count if count <= LISTED => format!("; equal are {}", names.join(", ")),
            count => format!(
                "; equal are {} and {} more",
                names.join(", "),
                count - LISTED
            ),
        }
    }
}

/// The verdict on weights, those of a step if there are steps, and on the output of a network that has them, if it
/// was computed.
pub fn verdict_on_weights(rows: &[Row], has_steps: bool) -> Option<Verdict> {
    let weights: Vec<_> = rows
        .iter()
        .filter(|row| row.stage.kind == Kind::Weight)
        .collect();
    let first = || weights.iter().find(|row| !row.is_equal).copied();
    if let Some(row) = first_of_structure(&weights).or_else(first) {
        let name = row.stage.name.clone();
        let step = has_steps.then_some(row.stage.step);
        return Some(Verdict::new(Cause::Weights { name, step }, difference(row)));
    }
    let row = rows.iter().find(|row| !row.is_equal)?;
    let (name, step) = (row.stage.name.clone(), row.stage.step);
    let cause = Cause::Forward {
        name,
        before: None,
        step,
    };
    let what = match weights.is_empty() {
        true => "its input is equal, its weights were not compared",
        false => "its input is equal and so are its weights",
    };
    Some(Verdict::new(cause, format!("{what}; {}", difference(row))))
}

/// The first that one side lacks or that has another shape, since it may have shifted the draws of others.
pub(super) fn first_of_structure<'a>(rows: &[&'a Row]) -> Option<&'a Row> {
    let is_of_structure = |row: &&&Row| matches!(row.outcome, Outcome::Form | Outcome::Missing);
    rows.iter().find(is_of_structure).copied()
}
