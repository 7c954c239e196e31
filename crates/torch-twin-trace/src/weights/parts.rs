use std::collections::HashSet;

use super::list::List;
use crate::{Array, printable};

/// How PyTorch stores a weight in parts, from which a module computes it.
#[derive(Clone, Copy, PartialEq)]
enum Storing {
    WeightNorm,
    SpectralNorm,
    Parametrization,
}

/// Notes on weights that are stored in parts, with the line of Python that joins them.
pub fn notes(tensors: &[(String, Array)]) -> impl Iterator<Item = String> {
    let names: HashSet<&str> = tensors.iter().map(|(name, _)| name.as_str()).collect();
    let stored = tensors.iter().filter_map(|(name, _)| stored(name, &names));
    let stored: Vec<_> = stored.collect();
    [
        (Storing::WeightNorm, "remove_weight_norm(MODULE)"),
        (Storing::SpectralNorm, "remove_spectral_norm(MODULE)"),
        (
            Storing::Parametrization,
            "parametrize.remove_parametrizations(MODULE, \"weight\")",
        ),
    ]
    .into_iter()
    .filter_map(move |(storing, line)| {
        let mut list = List::default();
        for (_, name) in stored.iter().filter(|(found, _)| *found == storing) {
            list.push(printable(name));
        }
        list.note(&format!(
            "stored in parts (call torch.nn.utils.{line} in Python before you save)"
        ))
    })
}

/// The weight whose first part is `name`, and how it is stored; none of other tensors.
fn stored(name: &str, names: &HashSet<&str>) -> Option<(Storing, String)> {
    if let Some((module, rest)) = name.split_once(".parametrizations.") {
        let (weight, part) = rest.split_once('.')?;
        let is_first = matches!(part, "original" | "original0");
        return is_first.then(|| (Storing::Parametrization, format!("{module}.{weight}")));
    }
    let with = |suffix, other| {
        let base = name.strip_suffix(suffix)?;
        let is_there = names.contains(format!("{base}{other}").as_str());
        is_there.then(|| base.to_owned())
    };
    let weight_norm = with("_g", "_v").map(|base| (Storing::WeightNorm, base));
    weight_norm.or_else(|| Some((Storing::SpectralNorm, with("_orig", "_u")?)))
}
