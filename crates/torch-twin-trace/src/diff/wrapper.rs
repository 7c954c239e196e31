//! Modules on one side only that hand on what they are given: a wrapper is no difference.

use super::DiffError;
use super::entry::Entry;
use super::names::unwrapped;
use super::values::is_identical;
use crate::trace::Kind;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The wrappers of one side.
#[derive(Default)]
pub struct Wrappers {
    /// The places of the stages of their calls.
    pub places: HashSet<usize>,
    /// Their names.
    pub names: Vec<String>,
}

/// A call by its step, module and number.
type Id<'e> = (u64, &'e str, u64);

/// The calls without a partner whose inputs and outputs are, bit by bit, those of the same call of a module
/// that wraps them or that they wrap.
pub fn wrappers(entries: &[Entry<'_>], partners: &[Option<usize>]) -> Result<Wrappers, DiffError> {
    let mut wrappers = Wrappers::default();
    if !partners.contains(&None) {
        return Ok(wrappers);
    }
    let mut calls: HashMap<Id<'_>, Vec<usize>> = HashMap::new();
    let mut one_sided: Vec<Id<'_>> = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let stage = &entry.stage;
        if !matches!(stage.kind, Kind::Input | Kind::Output) {
            continue;
        }
        let id = (stage.step, stage.name.as_str(), stage.call);
        let places = calls.entry(id).or_default();
        if places.is_empty() && partners[place].is_none() {
            one_sided.push(id);
        }
        places.push(place);
    }
    let is_paired = |places: &[usize]| places.iter().any(|&place| partners[place].is_some());
    let mut known: HashMap<String, Vec<&str>> = HashMap::new();
    let modules: HashSet<&str> = calls.keys().map(|(_, name, _)| *name).collect();
    for name in modules {
        known.entry(unwrapped(name)).or_default().push(name);
    }
    let mut names = BTreeSet::new();
    for id in one_sided {
        let own = &calls[&id];
        if is_paired(own) {
            continue;
        }
        let other = neighbour(id, &calls, &known, is_paired);
        let Some(other) = other.filter(|other| other.len() == own.len()) else {
            continue;
        };
        let mut pairs = own.iter().zip(other);
        let is_same = pairs.try_fold(true, |same, (&own, &other)| {
            let (own, other) = (&entries[own], &entries[other]);
            let is_same_kind = own.stage.kind == other.stage.kind;
            Ok::<_, DiffError>(same && is_same_kind && is_identical(own, other)?)
        })?;
        if is_same {
            wrappers.places.extend(own);
            names.insert(id.1.to_owned());
        }
    }
    wrappers.names = names.into_iter().collect();
    Ok(wrappers)
}

/// The stages of the same call of a module that has partners: the one that it wraps or that wraps it in a known
/// way, or else the next around it.
fn neighbour<'c>(
    (step, name, call): Id<'c>,
    calls: &'c HashMap<Id<'c>, Vec<usize>>,
    known: &HashMap<String, Vec<&'c str>>,
    is_paired: impl Fn(&[usize]) -> bool,
) -> Option<&'c Vec<usize>> {
    let paired = |name: &'c str| {
        let places = calls.get(&(step, name, call));
        places.filter(|places| is_paired(places))
    };
    let same = known.get(&unwrapped(name)).into_iter().flatten();
    if let Some(places) = same.copied().find_map(paired) {
        return Some(places);
    }
    let mut name = name;
    while !name.is_empty() {
        name = name.rsplit_once('.').map_or("", |(outer, _)| outer);
        if let Some(places) = paired(name) {
            return Some(places);
        }
    }
    None
}

/// What FSDP calls the parameter into which it puts those of a module, unless it has `use_orig_params=True`.
const FLAT: &str = "_flat_param";

/// Where one side alone has its parameters in flat ones, gradients and the optimizer's state are those of other
/// tensors: leaves them out on both sides, and gives a note that says so. The weights have the same names on both.
pub fn leave_out_flat(entries: &mut [Vec<Entry<'_>>; 2]) -> Option<String> {
    let is_flat = |entry: &Entry<'_>| {
        let stage = &entry.stage;
        stage.kind == Kind::Gradient && stage.name.ends_with(FLAT)
    };
    let [a, b] = entries
        .each_ref()
        .map(|entries| entries.iter().any(is_flat));
    if a == b {
        return None;
    }
    for entries in entries {
        entries.retain(|entry| !matches!(entry.stage.kind, Kind::Gradient | Kind::Optimizer));
    }
    let side = if a { 'A' } else { 'B' };
    Some(format!(
        "FSDP keeps the parameters of {side} in flat ones: gradients and the optimizer's state are not compared; with use_orig_params=True they are"
    ))
}
