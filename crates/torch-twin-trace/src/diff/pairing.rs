//! Which stage of A is which of B.

use std::collections::{HashMap, HashSet, VecDeque};

use super::entry::Entry;
use super::names::{Prefixes, unwrapped, without_prefix};
use super::values::outcome;
use super::wrapper::wrappers;
use super::{DiffError, Outcome, Row};
use crate::compare::Tolerance;
use crate::trace::{Form, Kind, Stage};

/// The stages of both sides, compared.
pub struct Paired {
    /// In A's order, with what only B has where it is in B.
    pub rows: Vec<Row>,
    /// The modules of A and of B that wrap others and change nothing, whose calls have no rows.
    pub wrappers: [Vec<String>; 2],
}

/// Compares the stages of both sides: those of one name; of what is left, those of one name without wrappers and
/// prefixes; and then those of the same step, kind, type and shape, in their order.
pub fn paired(a: &[Entry<'_>], b: &[Entry<'_>], tolerance: Tolerance) -> Result<Paired, DiffError> {
    let partners = partners(a, b);
    let mut of_b = vec![None; b.len()];
    for (place, partner) in partners.iter().enumerate() {
        if let Some(partner) = *partner {
            of_b[partner] = Some(place);
        }
    }
    let wrappers_a = wrappers(a, &partners)?;
    let wrappers_b = wrappers(b, &of_b)?;
    let (mut rows, mut shown) = (Vec::with_capacity(a.len()), 0);
    let mut show_b = |rows: &mut Vec<Row>, until: usize| {
        for place in shown..until {
            if of_b[place].is_none() && !wrappers_b.places.contains(&place) {
                let form = Some(b[place].form.clone());
                rows.push(Row::new(&b[place].stage, None, form, Outcome::Missing));
            }
        }
        shown = shown.max(until);
    };
    for (place, (our, partner)) in a.iter().zip(&partners).enumerate() {
        match *partner {
            Some(partner) => {
                show_b(&mut rows, partner);
                rows.push(row(our, &b[partner], tolerance)?);
            }
            None if wrappers_a.places.contains(&place) => (),
            None => {
                let form = Some(our.form.clone());
                rows.push(Row::new(&our.stage, form, None, Outcome::Missing));
            }
        }
    }
    show_b(&mut rows, b.len());
    let wrappers = [wrappers_a.names, wrappers_b.names];
    Ok(Paired { rows, wrappers })
}

/// Compares a stage of A with its partner.
pub fn row(our: &Entry<'_>, their: &Entry<'_>, tolerance: Tolerance) -> Result<Row, DiffError> {
    let outcome = outcome(our, their, tolerance)?;
    let name = &their.stage.name;
    Ok(Row {
        renamed: (our.stage.name != *name).then(|| name.clone()),
        is_equal: outcome.is_equal(tolerance),
        ..Row::new(
            &our.stage,
            Some(our.form.clone()),
            Some(their.form.clone()),
            outcome,
        )
    })
}

/// Of each of our stages, the place of its partner among theirs.
fn partners(ours: &[Entry<'_>], theirs: &[Entry<'_>]) -> Vec<Option<usize>> {
    let mut found = Found {
        partners: vec![None; ours.len()],
        is_taken: vec![false; theirs.len()],
    };
    found.by_key(
        ours,
        theirs,
        |stage| stage.identity(),
        |stage| stage.identity(),
    );
    if found.is_complete() {
        return found.partners;
    }
    let names = |entries: &[Entry<'_>], is_left: &dyn Fn(usize) -> bool| -> HashSet<String> {
        let left = entries.iter().enumerate();
        let left =
            left.filter(|(place, entry)| entry.stage.kind != Kind::Optimizer && is_left(*place));
        left.map(|(_, entry)| unwrapped(&entry.stage.name))
            .collect()
    };
    let our_names = names(ours, &|place| found.partners[place].is_none());
    let their_names = names(theirs, &|place| !found.is_taken[place]);
    let prefixes = Prefixes::new(&our_names, &their_names);
    let key = |stage: &Stage, prefix: &str| {
        let name = without_prefix(&unwrapped(&stage.name), prefix).to_owned();
        (stage.step, stage.kind, name, stage.call, stage.index)
    };
    found.by_key(
        ours,
        theirs,
        |stage| key(stage, &prefixes.a),
        |stage| key(stage, &prefixes.b),
    );
    found.by_form(ours, theirs);
    found.partners
}

struct Found {
    partners: Vec<Option<usize>>,
    is_taken: Vec<bool>,
}

impl Found {
    fn is_complete(&self) -> bool {
        self.partners.iter().all(Option::is_some) || self.is_taken.iter().all(|&taken| taken)
    }

    fn pair(&mut self, our: usize, their: usize) {
        self.partners[our] = Some(their);
        self.is_taken[their] = true;
    }

    /// Pairs what is left and has the same key.
    fn by_key<'e, K: std::hash::Hash + Eq>(
        &mut self,
        ours: &'e [Entry<'_>],
        theirs: &'e [Entry<'_>],
        our_key: impl Fn(&'e Stage) -> K,
        their_key: impl Fn(&'e Stage) -> K,
    ) {
        let mut places = HashMap::new();
        for (place, their) in theirs.iter().enumerate() {
            if !self.is_taken[place] {
                places.entry(their_key(&their.stage)).or_insert(place);
            }
        }
        for (place, our) in ours.iter().enumerate() {
            if self.partners[place].is_none()
                && let Some(their) = places.remove(&our_key(&our.stage))
            {
                self.pair(place, their);
            }
        }
    }

    /// Pairs what is left by its form, and keeps the order: what was passed over is no candidate any more.
    fn by_form(&mut self, ours: &[Entry<'_>], theirs: &[Entry<'_>]) {
        let mut left: HashMap<(u64, Kind, &Form), VecDeque<usize>> = HashMap::new();
        for (place, their) in theirs.iter().enumerate() {
            if !self.is_taken[place] {
                let alike = (their.stage.step, their.stage.kind, &*their.form);
                left.entry(alike).or_default().push_back(place);
            }
        }
        let mut next: HashMap<(u64, Kind), usize> = HashMap::new();
        for (our_place, our) in ours.iter().enumerate() {
            let of_kind = (our.stage.step, our.stage.kind);
            let alike = (our.stage.step, our.stage.kind, &*our.form);
            let is_left = self.partners[our_place].is_none();
            let Some(candidates) = left.get_mut(&alike).filter(|_| is_left) else {
                continue;
            };
            let from = next.entry(of_kind).or_default();
            while let Some(place) = candidates.pop_front() {
                if place >= *from {
                    *from = place + 1;
                    self.pair(our_place, place);
                    break;
                }
            }
        }
    }
}
