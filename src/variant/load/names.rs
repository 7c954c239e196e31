use super::{LoadError, Note};
use crate::model::Network;
use crate::variant::{VARIANTS, Variant};
use std::collections::BTreeMap;
use tch::Tensor;
use torch_twin::weights::{self, Fault, NameMap};
use torch_twin::{Generator, Tensors, TorchError};

/// The most classes that a network is built for unasked.
const MAX_CLASSES: i64 = 256;

/// How the names in a file become those of a network. By default they are the same, but for a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Other names for some tensors, as the user gives them.
    pub map: NameMap,
    /// Where the names are others still, the shapes decide, if they allow it in one way only.
    pub by_shape: bool,
}

/// A network, and a file's tensors under its names.
pub(super) struct Match {
    pub variant: &'static Variant,
    pub network: Box<dyn Network>,
    pub num_classes: usize,
    pub tensors: Tensors,
    pub notes: Vec<Note>,
}

/// Finds the network whose weights `tensors` are: a `variant`, or where none is named, the likeliest.
pub(super) fn find_match(
    tensors: Tensors,
    variant: Option<&'static Variant>,
    names: &Names,
) -> Result<Match, LoadError> {
    let (tensors, left_out) = names.map.apply(tensors)?;
    let mut notes = Vec::new();
    if !left_out.is_empty() {
        notes.push(Note::LeftOut(left_out));
    }
    let variants = match &variant {
        Some(variant) => std::slice::from_ref(variant),
        None => VARIANTS,
    };
    let (mut found, mut faults) = nearest(&tensors, variants)?;
    if !faults.is_empty()
        && let Some(proposal) = find(&tensors, variants)?
    {
        if !names.by_shape {
            return Err(LoadError::OtherNames {
                variant: proposal.found.variant.name,
                map: proposal.map,
                has_map: !names.map.pairs().is_empty(),
            });
        }
        (found, faults) = (proposal.found, proposal.faults);
    }
    if !faults.is_empty() {
        return Err(not_of(found, faults));
    }
    notes.append(&mut found.notes);
    Ok(Match { notes, ..found })
}

fn not_of(nearest: Match, faults: Vec<Fault>) -> LoadError {
    let state_dict = nearest.network.state_dict();
    let known = state_dict.names();
    let found = known.filter(|name| nearest.tensors.contains_key(*name));
    LoadError::NotOfVariant {
        variant: nearest.variant.name,
        // Where most names are there, it is this network, and damaged.
        is_another: 2 * found.count() < state_dict.entries().len(),
        faults,
        notes: nearest.notes,
    }
}

/// The variant that has the fewest faults with these tensors, and which.
fn nearest(
    tensors: &Tensors,
    variants: &[&'static Variant],
) -> Result<(Match, Vec<Fault>), LoadError> {
    let candidate = |variant: &'static Variant| {
        let found = Match::new(clone(tensors), variant, None)?;
        let faults = found.faults()?;
        Ok::<_, LoadError>((found, faults))
    };
    let mut nearest = candidate(variants[0])?;
    for variant in &variants[1..] {
        let other = candidate(variant)?;
        let distance = |(found, faults): &(Match, Vec<Fault>)| match found.has_a_name() {
            true => (0, faults.len()),
            false => (1, found.unlike_shapes()),
        };
        if distance(&other) < distance(&nearest) {
            nearest = other;
        }
    }
    Ok(nearest)
}

impl Match {
    /// A network of `variant` beside these tensors, without a prefix and in its shapes. It tells as many
    /// classes apart as named, or as its last bias has.
    pub fn new(
        tensors: Tensors,
        variant: &'static Variant,
        classes: Option<usize>,
    ) -> Result<Self, LoadError> {
        // The initial values do not matter: every one of them is replaced.
        let build = |classes| (variant.build)(classes, &mut Generator::manual_seed(0));
        let first = variant.fixed_classes.or(classes).unwrap_or(10);
        let mut network = build(first)?;
        let unprefixed = weights::drop_prefix(tensors, &network.state_dict());
        if !unprefixed.others.is_empty() {
            let prefixes = std::iter::once(unprefixed.prefix).chain(unprefixed.others);
            return Err(LoadError::Several {
                prefixes: prefixes.collect(),
            });
        }
        let shown = classes.or_else(|| num_classes(&unprefixed.tensors));
        let num_classes = variant.fixed_classes.or(shown).unwrap_or(first);
        if num_classes != first {
            network = build(num_classes)?;
        }
        let mut notes = Vec::new();
        if !unprefixed.prefix.is_empty() {
            notes.push(Note::Prefix(unprefixed.prefix));
        }
        if !unprefixed.left_out.is_empty() {
            notes.push(Note::LeftOut(unprefixed.left_out));
        }
        let mut tensors = unprefixed.tensors;
        let reshaped = weights::reshape(&mut tensors, &network.state_dict())?;
        notes.extend(reshaped.into_iter().map(Note::Reshaped));
        Ok(Self {
            variant,
            network,
            num_classes,
            tensors,
            notes,
        })
    }

    /// Whether a tensor has one of the network's names.
    fn has_a_name(&self) -> bool {
        let state_dict = self.network.state_dict();
        state_dict
            .names()
            .any(|name| self.tensors.contains_key(name))
    }

    /// How many shapes the network or the file has more often than the other.
    fn unlike_shapes(&self) -> usize {
        let mut counts: BTreeMap<Vec<i64>, isize> = BTreeMap::new();
        for tensor in self.tensors.values() {
            *counts.entry(tensor.size()).or_default() += 1;
        }
        for (_, tensor) in self.network.state_dict().iter() {
            *counts.entry(tensor.size()).or_default() -= 1;
        }
        counts.values().map(|count| count.unsigned_abs()).sum()
    }

    /// What keeps the tensors from being the network's.
    pub fn faults(&self) -> Result<Vec<Fault>, LoadError> {
        Ok(weights::faults(&self.tensors, &self.network.state_dict())?)
    }
}

/// Classes that a network with these weights tells apart; none where they do not say.
fn num_classes(tensors: &Tensors) -> Option<usize> {
    match tensors.get("fc2.bias")?.size()[..] {
        [classes @ 2..=MAX_CLASSES] => Some(classes as usize),
        _ => None,
    }
}

/// The numbers of classes that a network with these tensors, whatever their names, can tell apart: the
/// lengths of its biases.
pub(super) fn possible_classes(tensors: &Tensors) -> Vec<usize> {
    let mut lengths: Vec<usize> = tensors
        .values()
        .filter_map(|tensor| match tensor.size()[..] {
            [length @ 2..=MAX_CLASSES] => Some(length as usize),
            _ => None,
        })
        .collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// The same tensors, which share their memory.
pub(super) fn clone(tensors: &Tensors) -> Tensors {
    let tensors = tensors.iter();
    tensors
        .map(|(name, tensor)| (name.clone(), Tensor::shallow_clone(tensor)))
        .collect()
}

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
