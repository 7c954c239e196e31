use tch::Tensor;
use torch_twin::weights::{self, Fault, NameMap};
use torch_twin::{Generator, Tensors};

use super::{LoadError, Note};
use crate::model::Network;
use crate::variant::{VARIANTS, Variant};

/// The most classes that a network is built for unasked.
const MAX_CLASSES: i64 = 256;

/// How the names in a file become those of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// They are the same, but for a prefix.
    #[default]
    Same,
    /// Where they are not the same, the shapes decide, if they allow it in one way only.
    ByShape,
    /// As the user says.
    By(NameMap),
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
    let (tensors, left_out) = match names {
        Names::By(map) => map.apply(tensors)?,
        Names::Same | Names::ByShape => (tensors, Vec::new()),
    };
    let variants = match &variant {
        Some(variant) => std::slice::from_ref(variant),
        None => VARIANTS,
    };
    let (mut nearest, faults) = nearest(&tensors, variants)?;
    if faults.is_empty() {
        if !left_out.is_empty() {
            nearest.notes.insert(0, Note::LeftOut(left_out));
        }
        return Ok(nearest);
    }
    let proposed = by_shape(&tensors, variants)?;
    match (proposed, names) {
        (Some((found, map)), Names::ByShape) => {
            let mut notes = vec![Note::Renamed(map.pairs().to_vec())];
            notes.extend(found.notes);
            Ok(Match { notes, ..found })
        }
        (Some((found, map)), _) => Err(LoadError::OtherNames {
            variant: found.variant.name,
            map,
        }),
        (None, _) => Err(not_of(&nearest, faults)),
    }
}

fn not_of(nearest: &Match, faults: Vec<Fault>) -> LoadError {
    let known = nearest.network.state_dict();
    let known = known.names();
    let found = known.filter(|name| nearest.tensors.contains_key(*name));
    LoadError::NotOfVariant {
        variant: nearest.variant.name,
        // Where most names are there, it is this network, and damaged.
        is_another: 2 * found.count() < nearest.network.state_dict().entries().len(),
        faults,
    }
}

/// The variant that has the fewest faults with these tensors, and which.
fn nearest(
    tensors: &Tensors,
    variants: &[&'static Variant],
) -> Result<(Match, Vec<Fault>), LoadError> {
    let candidate = |variant: &'static Variant| {
        let found = with_names(clone(tensors), variant, num_classes(tensors, variant))?;
        let faults = weights::faults(&found.tensors, &found.network.state_dict())?;
        Ok::<_, LoadError>((found, faults))
    };
    let mut nearest = candidate(variants[0])?;
    for variant in &variants[1..] {
        let other = candidate(variant)?;
        if other.1.len() < nearest.1.len() {
            nearest = other;
        }
    }
    Ok(nearest)
}

/// A network of `variant` beside these tensors, without a prefix and in its shapes.
fn with_names(
    tensors: Tensors,
    variant: &'static Variant,
    num_classes: usize,
) -> Result<Match, LoadError> {
    // The initial values do not matter: every one of them is replaced.
    let network = (variant.build)(num_classes, &mut Generator::manual_seed(0))?;
    let state_dict = network.state_dict();
    let unprefixed = weights::drop_prefix(tensors, &state_dict);
    if !unprefixed.others.is_empty() {
        let prefixes = std::iter::once(unprefixed.prefix).chain(unprefixed.others);
        return Err(LoadError::Several {
            prefixes: prefixes.collect(),
        });
    }
    let mut notes = Vec::new();
    if !unprefixed.prefix.is_empty() {
        notes.push(Note::Prefix(unprefixed.prefix));
    }
    if !unprefixed.left_out.is_empty() {
        notes.push(Note::LeftOut(unprefixed.left_out));
    }
    let mut tensors = unprefixed.tensors;
    let reshaped = weights::reshape(&mut tensors, &state_dict)?;
    notes.extend(reshaped.into_iter().map(Note::Reshaped));
    Ok(Match {
        variant,
        network,
        num_classes,
        tensors,
        notes,
    })
}

/// The variant that the shapes of these tensors fit in one way only, and that way.
fn by_shape(
    tensors: &Tensors,
    variants: &[&'static Variant],
) -> Result<Option<(Match, NameMap)>, LoadError> {
    for &variant in variants {
        for num_classes in possible_classes(tensors, variant) {
            let found = with_names(clone(tensors), variant, num_classes)?;
            let state_dict = found.network.state_dict();
            let Some(map) = weights::propose(&found.tensors, &state_dict) else {
                continue;
            };
            let (renamed, _) = map.apply(found.tensors)?;
            let mut renamed = with_names(renamed, variant, num_classes)?;
            if weights::faults(&renamed.tensors, &state_dict)?.is_empty() {
                renamed.notes.splice(0..0, found.notes);
                return Ok(Some((renamed, map)));
            }
        }
    }
    Ok(None)
}

/// The numbers of classes that a network of `variant` with these tensors, whatever their names, can
/// tell apart: the lengths of its biases.
fn possible_classes(tensors: &Tensors, variant: &Variant) -> Vec<usize> {
    /// The four networks have fewer tensors, an optimiser's beside them included.
    const MANY: usize = 200;
    if let Some(fixed) = variant.fixed_classes {
        return vec![fixed];
    }
    let mut lengths: Vec<usize> = tensors
        .values()
        .take(MANY)
        .filter_map(|tensor| match tensor.size()[..] {
            [length @ 2..=MAX_CLASSES] => Some(length as usize),
            _ => None,
        })
        .collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// Classes that a network of `variant` with these weights tells apart; ten where they do not say.
fn num_classes(tensors: &Tensors, variant: &Variant) -> usize {
    const BIAS: &str = "fc2.bias";
    let bias = tensors.iter().find(|(name, _)| {
        let rest = name.strip_suffix(BIAS);
        rest.is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
    });
    let shown = match bias.map(|(_, bias)| bias.size()).as_deref() {
        Some(&[classes @ 2..=MAX_CLASSES]) => classes as usize,
        _ => 10,
    };
    variant.fixed_classes.unwrap_or(shown)
}

fn clone(tensors: &Tensors) -> Tensors {
    let tensors = tensors.iter();
    tensors
        .map(|(name, tensor)| (name.clone(), Tensor::shallow_clone(tensor)))
        .collect()
}
