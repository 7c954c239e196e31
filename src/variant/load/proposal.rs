use std::collections::BTreeMap;

use torch_twin::weights::{self, Fault, NameMap};
use torch_twin::{Generator, Tensors, TorchError};

use super::names::{Match, clone, possible_classes};
use super::{LoadError, Note};
use crate::variant::Variant;

/// What files of before PyTorch 0.4.1 lack.
const COUNT: &str = "num_batches_tracked";

/// A network whose shapes a file's tensors have in one way only.
pub(super) struct Proposal {
    pub found: Match,
    /// The names in the file, and those in the network.
    pub map: NameMap,
    /// What is wrong with the values.
    pub faults: Vec<Fault>,
}

/// A network whose shapes `tensors` have in one way only, all of them or those under one prefix.
pub(super) fn find(
    tensors: &Tensors,
    variants: &[&'static Variant],
) -> Result<Option<Proposal>, LoadError> {
    for &variant in variants {
        let lengths = lengths(variant)?;
        let mut found = Vec::new();
        for (prefix, part) in parts(tensors) {
            if lengths.contains(&part.len())
                && let Some(proposal) = of_variant(part, variant)?
            {
                found.push((prefix, proposal));
            }
        }
        if found.len() > 1 {
            let prefixes = found.into_iter().map(|(prefix, _)| prefix);
            return Err(LoadError::Several {
                prefixes: prefixes.collect(),
            });
        }
        if let Some((prefix, mut proposal)) = found.pop() {
            let others = tensors.keys().filter(|name| !name.starts_with(&prefix));
            let others: Vec<_> = others.cloned().collect();
            if !others.is_empty() {
                proposal.found.notes.push(Note::LeftOut(others));
            }
            return Ok(Some(proposal));
        }
    }
    Ok(None)
}

/// How many tensors a network of `variant` has, with and without the counts of batches.
fn lengths(variant: &Variant) -> Result<[usize; 2], TorchError> {
    let classes = variant.fixed_classes.unwrap_or(10);
    let network = (variant.build)(classes, &mut Generator::manual_seed(0))?;
    let state_dict = network.state_dict();
    let counts = state_dict.names().filter(|name| name.ends_with(COUNT));
    let all = state_dict.entries().len();
    Ok([all, all - counts.count()])
}

/// All tensors, and where these are under several names, those under each.
fn parts(tensors: &Tensors) -> Vec<(String, Tensors)> {
    let mut below: BTreeMap<String, Tensors> = BTreeMap::new();
    for (name, tensor) in tensors {
        if let Some((first, _)) = name.split_once('.') {
            let part = below.entry(format!("{first}.")).or_default();
            part.insert(name.clone(), tensor.shallow_clone());
        }
    }
    let mut parts = vec![(String::new(), clone(tensors))];
    parts.extend(
        below
            .into_iter()
            .filter(|(_, part)| part.len() < tensors.len()),
    );
    parts
}

fn of_variant(tensors: Tensors, variant: &'static Variant) -> Result<Option<Proposal>, LoadError> {
    let classes = match variant.fixed_classes {
        Some(fixed) => vec![fixed],
        None => possible_classes(&tensors),
    };
    for classes in classes {
        let plain = Match::new(clone(&tensors), variant, Some(classes))?;
        let state_dict = plain.network.state_dict();
        let Some(map) = weights::propose(&plain.tensors, &state_dict) else {
            continue;
        };
        let (renamed, _) = map.apply(plain.tensors)?;
        let mut found = Match::new(renamed, variant, Some(classes))?;
        let mut notes = plain.notes;
        notes.push(Note::Renamed(map.pairs().to_vec()));
        notes.append(&mut found.notes);
        found.notes = notes;
        let faults = found.faults()?;
        return Ok(Some(Proposal { found, map, faults }));
    }
    Ok(None)
}
