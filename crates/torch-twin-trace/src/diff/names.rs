//! Names without what wrappers put before them.

use std::collections::{BTreeMap, HashSet};

/// What a wrapper calls the module that it wraps: DataParallel and DistributedDataParallel, `torch.compile`, FSDP,
/// and what checkpoints activations.
const WRAPPED: [&str; 4] = [
    "module",
    "_orig_mod",
    "_fsdp_wrapped_module",
    "_checkpoint_wrapped_module",
];

/// A name without the wrappers in it.
pub fn unwrapped(name: &str) -> String {
    let parts: Vec<_> = name
        .split('.')
        .filter(|part| !WRAPPED.contains(part))
        .collect();
    parts.join(".")
}

/// What stands before the names of one side alone.
#[derive(Debug, Default, PartialEq)]
pub struct Prefixes {
    pub a: String,
    pub b: String,
}

impl Prefixes {
    /// The prefix under which most names of a side are names of the other, if more than half of them are.
    pub fn new(a: &HashSet<String>, b: &HashSet<String>) -> Self {
        let (in_a, in_b) = (best(a, b), best(b, a));
        let (mut prefixes, count) = match in_b.1 > in_a.1 {
            true => (
                Self {
                    b: in_b.0,
                    ..Self::default()
                },
                in_b.1,
            ),
            false => (
                Self {
                    a: in_a.0,
                    ..Self::default()
                },
                in_a.1,
            ),
        };
        if 2 * count <= a.len().min(b.len()) {
            prefixes = Self::default();
        }
        prefixes
    }
}

/// The prefix of `names` under which most of `others` are, and how many.
fn best(names: &HashSet<String>, others: &HashSet<String>) -> (String, usize) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        for (dot, _) in name.match_indices('.') {
            if others.contains(&name[dot + 1..]) {
                *counts.entry(&name[..dot]).or_default() += 1;
            }
        }
    }
    let best = counts.into_iter().max_by_key(|(_, count)| *count);
    best.map_or((String::new(), 0), |(prefix, count)| {
        (prefix.to_owned(), count)
    })
}

/// A name without `prefix`, which is the name of what wraps the rest.
pub fn without_prefix<'n>(name: &'n str, prefix: &str) -> &'n str {
    if prefix.is_empty() {
        return name;
    }
    match name.strip_prefix(prefix) {
        Some("") => "",
        Some(rest) => rest.strip_prefix('.').unwrap_or(name),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> HashSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn wrappers_are_dropped_wherever_they_are() {
        let name = "_orig_mod.module.layer1._fsdp_wrapped_module.conv.weight";
        assert_eq!(unwrapped(name), "layer1.conv.weight");
        assert_eq!(unwrapped("module"), "");
        assert_eq!(unwrapped("modules.0"), "modules.0");
    }

    #[test]
    fn a_prefix_of_most_names_is_found_on_either_side() {
        let plain = names(&["fc.weight", "fc.bias", "conv.weight"]);
        let wrapped = names(&["net.fc.weight", "net.fc.bias", "net.conv.weight", "other"]);
        let found = Prefixes::new(&plain, &wrapped);
        assert_eq!((found.a.as_str(), found.b.as_str()), ("", "net"));
        assert_eq!(Prefixes::new(&wrapped, &plain).a, "net");
        let half = names(&["net.fc.weight", "x", "y", "z"]);
        assert_eq!(Prefixes::new(&plain, &half), Prefixes::default());
        assert_eq!(without_prefix("net.fc.weight", "net"), "fc.weight");
        assert_eq!(without_prefix("net", "net"), "");
        assert_eq!(without_prefix("nets.fc", "net"), "nets.fc");
    }
}
