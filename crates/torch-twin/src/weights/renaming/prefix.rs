use std::collections::BTreeMap;

use crate::Tensors;
use crate::nn::StateDict;

/// What AveragedModel counts beside the weights.
const AVERAGED: &str = "n_averaged";

/// What training scripts call the state of an optimiser beside the weights.
const OPTIMIZERS: [&str; 5] = [
    "optim",
    "optimizer",
    "optimizers",
    "optimizer_states",
    "optimizer_state_dict",
];

/// A file's tensors under a network's names.
#[derive(Debug)]
pub struct Unprefixed {
    /// The tensors.
    pub tensors: Tensors,
    /// What stood before each name, with its dot; empty where nothing did.
    pub prefix: String,
    /// The names of what is no weight of the network, and was left out.
    pub left_out: Vec<String>,
    /// The prefixes of other networks of the same names; one of them has to be chosen.
    pub others: Vec<String>,
}

/// Drops what stands before every name of the network with `state_dict`: `module.` of DataParallel and
/// AveragedModel, `_orig_mod.` of `torch.compile`, `model.` of Lightning, or one's own.
///
/// The prefix is the one under which most of the network's names are, and more than half of them. An
/// optimiser's state and AveragedModel's count beside the weights are left out, and so is all that is not
/// under the prefix; beside names without a prefix, other networks of the same names.
pub fn drop_prefix(tensors: Tensors, state_dict: &StateDict) -> Unprefixed {
    let (bookkeeping, tensors): (Tensors, Tensors) = tensors
        .into_iter()
        .partition(|(name, _)| is_bookkeeping(name) && state_dict.names().all(|own| own != name));
    let mut left_out: Vec<_> = bookkeeping.into_keys().collect();
    let (prefix, others) = best_prefix(&tensors, state_dict);
    let is_of_another = |name: &str| others.iter().any(|other| name.starts_with(other.as_str()));
    let mut unprefixed = Tensors::new();
    for (name, tensor) in tensors {
        match name.strip_prefix(&prefix) {
            Some(rest) if !prefix.is_empty() || !is_of_another(&name) => {
                unprefixed.insert(rest.to_owned(), tensor);
            }
            _ => left_out.push(name),
        }
    }
    Unprefixed {
        tensors: unprefixed,
        others: if prefix.is_empty() {
            Vec::new()
        } else {
            others
        },
        prefix,
        left_out,
    }
}

fn is_bookkeeping(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    OPTIMIZERS.contains(&first) || name.ends_with(AVERAGED)
}

/// The prefix under which most of the network's names are, if more than half of them are, and others
/// under which there are as many.
fn best_prefix(tensors: &Tensors, state_dict: &StateDict) -> (String, Vec<String>) {
    let found = prefixes(tensors, state_dict);
    let most = found.values().copied().max().unwrap_or(0);
    if 2 * most <= state_dict.entries().len() {
        return Default::default();
    }
    let mut best = found
        .into_iter()
        .filter(|&(_, count)| count == most)
        .map(|(prefix, _)| prefix.to_owned());
    // The empty one comes first: names without a prefix are the network's before all others.
    let prefix = best.next().unwrap_or_default();
    (prefix, best.collect())
}

/// How many of the network's names there are under each prefix.
fn prefixes<'a>(tensors: &'a Tensors, state_dict: &StateDict) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for name in tensors.keys() {
        for known in state_dict.names() {
            match name.strip_suffix(known) {
                Some(prefix) if prefix.is_empty() || prefix.ends_with('.') => {
                    *counts.entry(prefix).or_insert(0) += 1;
                }
                _ => (),
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;
    use crate::Generator;
    use crate::nn::{Layer, Linear, Module, Sequential};

    /// The names `0.weight`, `0.bias`, `1.weight`, `1.bias`.
    fn network() -> Sequential {
        let mut generator = Generator::manual_seed(0);
        let mut layer =
            || -> Box<dyn Layer> { Box::new(Linear::new(2, 2, &mut generator).unwrap()) };
        Sequential::new([layer(), layer()])
    }

    fn dropped(names: &[&str]) -> Unprefixed {
        let tensors = names
            .iter()
            .map(|name| ((*name).to_owned(), Tensor::from(0)));
        drop_prefix(tensors.collect(), &network().state_dict())
    }

    fn names(unprefixed: &Unprefixed) -> Vec<&str> {
        unprefixed.tensors.keys().map(String::as_str).collect()
    }

    #[test]
    fn what_stands_before_most_names_is_dropped_and_the_rest_left_out() {
        let found = dropped(&["a.b.0.weight", "a.b.0.bias", "a.b.1.weight", "c.1.bias"]);
        assert_eq!(found.prefix, "a.b.");
        assert_eq!(names(&found), ["0.bias", "0.weight", "1.weight"]);
        assert_eq!(found.left_out, ["c.1.bias"]);
        assert!(found.others.is_empty());
    }

    #[test]
    fn half_of_the_names_are_too_few_to_tell() {
        let found = dropped(&["a.0.weight", "a.0.bias", "c.w", "c.b"]);
        assert_eq!(found.prefix, "");
        assert_eq!(found.tensors.len(), 4);
    }

    #[test]
    fn two_networks_in_a_file_are_both_named() {
        let all = ["0.weight", "0.bias", "1.weight", "1.bias"];
        let both: Vec<_> = ["ema", "net"]
            .iter()
            .flat_map(|prefix| all.map(|name| format!("{prefix}.{name}")))
            .collect();
        let found = dropped(&both.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(
            (found.prefix.as_str(), &found.others[..]),
            ("ema.", &["net.".to_owned()][..])
        );
    }

    #[test]
    fn names_without_a_prefix_come_before_a_copy_that_has_one() {
        let all = ["0.weight", "0.bias", "1.weight", "1.bias"];
        let copy = all.map(|name| format!("ema.{name}"));
        let names_of_both: Vec<_> = all
            .into_iter()
            .chain(copy.iter().map(String::as_str))
            .collect();
        let found = dropped(&names_of_both);
        assert_eq!((found.prefix.as_str(), found.tensors.len()), ("", 4));
        assert_eq!((found.left_out.len(), found.others.len()), (4, 0));
    }

    #[test]
    fn an_optimisers_state_and_the_count_of_averages_are_left_out() {
        let found = dropped(&[
            "0.weight",
            "0.bias",
            "1.weight",
            "1.bias",
            "n_averaged",
            "optimizer.state.0.exp_avg",
        ]);
        assert_eq!(found.prefix, "");
        assert_eq!(found.tensors.len(), 4);
        assert_eq!(found.left_out, ["n_averaged", "optimizer.state.0.exp_avg"]);
    }
}
