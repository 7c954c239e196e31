use std::collections::BTreeSet;

use super::NameMap;
use super::reshape::computes_the_same;
use crate::Tensors;
use crate::nn::StateDict;

/// What files of before PyTorch 0.4.1 lack.
const COUNT: &str = "num_batches_tracked";

/// The names that `tensors` must take to be the weights of the network with `state_dict`, where their
/// shapes allow it in one way only.
///
/// Layers of one shape are told apart by what the file keeps together under one name, and by their
/// last name, such as `bias`; layers whose names differ in their numbers alone, by the order of these.
/// Every tensor has to find its place. Whether the network computes the same, its activation
/// functions say, which are in no file of weights.
pub fn propose(tensors: &Tensors, state_dict: &StateDict) -> Option<NameMap> {
    let has_counts = tensors.keys().any(|name| last_name(name) == COUNT);
    let places = state_dict
        .iter()
        .filter(|(name, _)| has_counts || last_name(name) != COUNT);
    let places: Vec<_> = places.map(|(name, tensor)| (name, tensor.size())).collect();
    if tensors.len() != places.len() {
        return None;
    }
    let names: Vec<&str> = places.iter().map(|(name, _)| *name).collect();
    let mut candidates: Vec<Vec<&str>> = places
        .iter()
        .map(|(name, shape)| fitting(tensors, name, shape))
        .collect();
    loop {
        let before = open(&candidates);
        keep_together(&mut candidates, &names);
        take_out_taken(&mut candidates);
        take_in_order(&mut candidates, &names);
        if open(&candidates) == before {
            break;
        }
    }
    let mut taken = BTreeSet::new();
    let mut pairs = Vec::new();
    for (name, found) in names.iter().zip(candidates) {
        let [found] = found[..] else {
            return None;
        };
        if !taken.insert(found) {
            return None;
        }
        pairs.push((found.to_owned(), (*name).to_owned()));
    }
    Some(NameMap::new(pairs))
}

/// How much is not decided yet.
fn open(candidates: &[Vec<&str>]) -> usize {
    candidates.iter().map(Vec::len).sum()
}

/// The tensors that can be the network's `name` by their shape, and where some have its last name,
/// those alone.
fn fitting<'a>(tensors: &'a Tensors, name: &str, shape: &[i64]) -> Vec<&'a str> {
    let of_shape = tensors
        .iter()
        .filter(|(_, tensor)| computes_the_same(&tensor.size(), shape))
        .map(|(name, _)| name.as_str());
    let of_shape: Vec<_> = of_shape.collect();
    let alike = |other: &&str| last_name(other) == last_name(name);
    match of_shape.iter().any(alike) {
        true => of_shape.into_iter().filter(alike).collect(),
        false => of_shape,
    }
}

/// What one layer of the network has together, one layer of the file has together.
fn keep_together(candidates: &mut [Vec<&str>], names: &[&str]) {
    let decided: Vec<(&str, &str)> = names
        .iter()
        .zip(candidates.iter())
        .filter(|(_, found)| found.len() == 1)
        .map(|(name, found)| (layer(name), layer(found[0])))
        .collect();
    for (name, found) in names.iter().zip(candidates) {
        let homes = decided.iter().filter(|(of, _)| *of == layer(name));
        let homes: Vec<_> = homes.map(|(_, home)| *home).collect();
        if found.iter().any(|name| homes.contains(&layer(name))) {
            found.retain(|name| homes.contains(&layer(name)));
        }
    }
}

/// What has found its place is no candidate for another.
fn take_out_taken(candidates: &mut [Vec<&str>]) {
    let taken: BTreeSet<_> = candidates
        .iter()
        .filter(|found| found.len() == 1)
        .map(|found| found[0])
        .collect();
    for found in candidates.iter_mut().filter(|found| found.len() > 1) {
        found.retain(|name| !taken.contains(name));
    }
}

/// Gives as many places as there are candidates for them their candidates in the order of the numbers
/// in which their layers' names differ.
///
/// What a layer calls it has to be decided by then: numbers of tensors without layers say nothing.
fn take_in_order(candidates: &mut [Vec<&str>], names: &[&str]) {
    let places = |alike: &Vec<&str>| {
        let places = candidates.iter().zip(names);
        places
            .filter(|(found, _)| *found == alike)
            .map(|(_, name)| *name)
            .collect::<Vec<_>>()
    };
    let in_order = |found: &&Vec<&str>| {
        let places = places(found);
        let mut both = found.iter().zip(&places);
        found.len() > 1
            && differ_in_numbers(found)
            && places.len() == found.len()
            && both
                .all(|(name, place)| !layer(name).is_empty() && last_name(name) == last_name(place))
    };
    let Some(alike) = candidates.iter().find(in_order).cloned() else {
        return;
    };
    let mut ordered = alike.clone();
    ordered.sort_by_key(|name| numbers(name));
    let mut ordered = ordered.into_iter();
    for found in candidates.iter_mut().filter(|found| **found == alike) {
        found.clear();
        found.extend(ordered.next());
    }
}

fn differ_in_numbers(names: &[&str]) -> bool {
    let words = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
    let mut all = names.iter().map(|name| words(name));
    let first = all.next();
    all.all(|words| Some(&words) == first.as_ref())
}

fn numbers(name: &str) -> Vec<u64> {
    let digits = name.split(|c: char| !c.is_ascii_digit());
    digits.filter_map(|number| number.parse().ok()).collect()
}

/// The name of the layer that has the tensor `name`.
fn layer(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(layer, _)| layer)
}

fn last_name(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use tch::Tensor;
    use tch::kind::FLOAT_CPU;

    use super::*;
    use crate::Generator;
    use crate::nn::{BatchNorm2d, Conv2d, Linear, Module, module};

    module! {
        /// Two layers of one shape, and a bias of the shape of a norm's.
        struct Network(generator: &mut Generator) {
            conv: Conv2d = Conv2d::new(1, 4, 3, generator)?,
            bn: BatchNorm2d = BatchNorm2d::new(4)?,
            fc1: Linear = Linear::new(16, 16, generator)?,
            fc2: Linear = Linear::new(16, 16, generator)?,
        }
    }

    fn proposed(tensors: &[(&str, &[i64])]) -> Option<Vec<(String, String)>> {
        let network = Network::new(&mut Generator::manual_seed(0)).unwrap();
        let tensors = tensors
            .iter()
            .map(|(name, shape)| ((*name).to_owned(), Tensor::zeros(*shape, FLOAT_CPU)));
        let map = propose(&tensors.collect(), &network.state_dict())?;
        Some(map.pairs().to_vec())
    }

    const NORM: [(&str, &[i64]); 7] = [
        ("a.0.weight", &[4, 1, 3, 3]),
        ("a.0.bias", &[4]),
        ("a.1.weight", &[4]),
        ("a.1.bias", &[4]),
        ("a.1.running_mean", &[4]),
        ("a.1.running_var", &[4]),
        ("a.1.num_batches_tracked", &[]),
    ];

    const LAYERS: [(&str, &[i64]); 4] = [
        ("a.10.weight", &[16, 16]),
        ("a.10.bias", &[16]),
        ("a.9.weight", &[16, 16]),
        ("a.9.bias", &[16]),
    ];

    #[test]
    fn shapes_neighbours_and_numbers_give_every_tensor_its_place() {
        let pairs = proposed(&[&NORM[..], &LAYERS[..]].concat()).unwrap();
        let found = |name: &str| {
            let pair = pairs.iter().find(|(_, new)| new == name);
            pair.unwrap().0.as_str()
        };
        assert_eq!(found("conv.bias"), "a.0.bias");
        assert_eq!(found("bn.bias"), "a.1.bias");
        assert_eq!(found("bn.running_var"), "a.1.running_var");
        assert_eq!(found("fc1.weight"), "a.9.weight");
        assert_eq!(found("fc2.bias"), "a.10.bias");
    }

    #[test]
    fn layers_of_one_shape_without_numbers_are_not_guessed() {
        let mut words = LAYERS;
        for (layer, name) in words
            .iter_mut()
            .zip(["x.weight", "x.bias", "y.weight", "y.bias"])
        {
            layer.0 = name;
        }
        assert_eq!(proposed(&[&NORM[..], &words[..]].concat()), None);
    }

    #[test]
    fn tensors_that_are_numbered_without_layers_are_not_guessed() {
        let all = [&NORM[..], &LAYERS[..]].concat();
        let names: Vec<_> = (0..all.len()).map(|index| format!("arr_{index}")).collect();
        let numbered: Vec<_> = names
            .iter()
            .zip(&all)
            .map(|(name, (_, shape))| (name.as_str(), *shape))
            .collect();
        assert_eq!(proposed(&numbered), None);
    }

    #[test]
    fn a_tensor_too_many_or_of_another_shape_gives_no_proposal() {
        let all = [&NORM[..], &LAYERS[..]].concat();
        let more = [&all[..], &[("z", &[1][..])]].concat();
        assert_eq!(proposed(&more), None);
        let mut other = all;
        other[0].1 = &[4, 1, 5, 5];
        assert_eq!(proposed(&other), None);
    }
}
