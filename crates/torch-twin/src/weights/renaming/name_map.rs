use std::collections::BTreeSet;
use std::str::FromStr;

use thiserror::Error;

use torch_twin_trace::readable_debug;

use crate::{Tensors, printable};

/// New names for tensors or for whole modules: `c1=conv1` makes `c1.weight` to `conv1.weight`.
///
/// Written as pairs `OLD=NEW` between commas or on lines of their own, where `#` begins a comment. An
/// empty NEW takes what is below OLD, and leaves out what no pair names: `ema=` makes
/// `ema.conv1.weight` to `conv1.weight`.
///
/// ```
/// use torch_twin::weights::NameMap;
///
/// let map: NameMap = "features.0=conv1, classifier.1.bias=fc1.bias".parse()?;
/// assert_eq!(map.renamed("features.0.weight"), "conv1.weight");
/// assert_eq!(map.renamed("fc2.weight"), "fc2.weight");
/// # Ok::<(), torch_twin::weights::NameMapError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameMap {
    /// In the order of the old names.
    pairs: Vec<(String, String)>,
}

/// Why a map of names cannot be taken.
#[derive(Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameMapError {
    /// What stands between commas or on a line is no pair.
    #[error("\"{0}\" is no pair OLD=NEW")]
    NoPair(String),
    /// No tensor has the old name, nor one that begins with it.
    #[error("no tensor is called {old}, and none begins with it; there are: {}", names.join(", "))]
    Unknown {
        /// The old name.
        old: String,
        /// The first of the file's names.
        names: Vec<String>,
    },
    /// A tensor would have two names.
    #[error("{0} is given two names")]
    TwoNames(String),
    /// Two tensors would have one name.
    #[error("two tensors would be called {0}")]
    Twice(String),
}

readable_debug!(NameMapError);

impl NameMap {
    /// The map of these old and new names.
    pub fn new(mut pairs: Vec<(String, String)>) -> Self {
        pairs.sort();
        Self { pairs }
    }

    /// Old and new names, in the order of the old ones.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The new name of the tensor `name`, by the longest old name that it begins with.
    pub fn renamed(&self, name: &str) -> String {
        match self.find(name) {
            None => name.to_owned(),
            Some((old, "")) => name[old.len()..].trim_start_matches('.').to_owned(),
            Some((old, new)) => format!("{new}{}", &name[old.len()..]),
        }
    }

    /// The longest old name that `name` begins with, and what it becomes.
    fn find<'a>(&'a self, name: &str) -> Option<(&'a str, &'a str)> {
        beginnings(name).rev().find_map(|beginning| {
            let place = self
                .pairs
                .binary_search_by(|(old, _)| old.as_str().cmp(beginning));
            let (old, new) = &self.pairs[place.ok()?];
            Some((old.as_str(), new.as_str()))
        })
    }

    /// `tensors` under their new names, and the names of those that are left out.
    ///
    /// # Errors
    /// An old name that is not there, and two tensors of one new name.
    pub fn apply(&self, tensors: Tensors) -> Result<(Tensors, Vec<String>), NameMapError> {
        /// So many names say what those of a file are like.
        const SHOWN: usize = 12;
        let begins: BTreeSet<&str> = tensors.keys().flat_map(|name| beginnings(name)).collect();
        if let Some((old, _)) = self
            .pairs
            .iter()
            .find(|(old, _)| !begins.contains(old.as_str()))
        {
            let names = tensors.keys().take(SHOWN).map(|name| printable(name));
            return Err(NameMapError::Unknown {
                old: printable(old),
                names: names.collect(),
            });
        }
        let chooses = self.pairs.iter().any(|(_, new)| new.is_empty());
        let (mut renamed, mut left_out) = (Tensors::new(), Vec::new());
        for (name, tensor) in tensors {
            if chooses && self.find(&name).is_none() {
                left_out.push(name);
                continue;
            }
            let name = self.renamed(&name);
            if renamed.contains_key(&name) {
                return Err(NameMapError::Twice(printable(&name)));
            }
            renamed.insert(name, tensor);
        }
        Ok((renamed, left_out))
    }
}

/// What old names `name` may begin with: each of its parts up to a dot, and itself.
fn beginnings(name: &str) -> impl DoubleEndedIterator<Item = &str> {
    let ends: Vec<usize> = name.match_indices('.').map(|(end, _)| end).collect();
    ends.into_iter().chain([name.len()]).map(|end| &name[..end])
}

impl FromStr for NameMap {
    type Err = NameMapError;

    fn from_str(text: &str) -> Result<Self, NameMapError> {
        let lines = text
            .trim_start_matches('\u{feff}')
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default());
        let parts = lines.flat_map(|line| line.split(','));
        let mut pairs = Vec::new();
        let mut olds = BTreeSet::new();
        for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
            let no_pair = || NameMapError::NoPair(printable(part));
            let (old, new) = part.split_once('=').ok_or_else(no_pair)?;
            let (old, new) = (old.trim(), new.trim());
            if old.is_empty() {
                return Err(no_pair());
            }
            if !olds.insert(old) {
                return Err(NameMapError::TwoNames(printable(old)));
            }
            pairs.push((old.to_owned(), new.to_owned()));
        }
        Ok(Self::new(pairs))
    }
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;

    fn named(names: &[&str]) -> Tensors {
        let tensors = names.iter();
        tensors
            .map(|name| ((*name).to_owned(), Tensor::from(0)))
            .collect()
    }

    fn names(tensors: &Tensors) -> Vec<&str> {
        tensors.keys().map(String::as_str).collect()
    }

    #[test]
    fn the_longest_old_name_wins_and_ends_at_a_dot() {
        let map: NameMap = "net=conv1\n# a comment\nnet.0 = conv2 # and more"
            .parse()
            .unwrap();
        assert_eq!(map.renamed("net.0.weight"), "conv2.weight");
        assert_eq!(map.renamed("net.1.weight"), "conv1.1.weight");
        assert_eq!(map.renamed("network.weight"), "network.weight");
    }

    #[test]
    fn an_empty_new_name_takes_what_is_below_the_old_one() {
        let map: NameMap = "ema=".parse().unwrap();
        let (tensors, left_out) = map.apply(named(&["ema.fc.bias", "fc.weight"])).unwrap();
        assert_eq!(names(&tensors), ["fc.bias"]);
        assert_eq!(left_out, ["fc.weight"]);
    }

    #[test]
    fn a_name_that_is_not_there_and_one_that_comes_twice_are_refused() {
        let map: NameMap = "a=b".parse().unwrap();
        let error = map.apply(named(&["ab.weight"])).unwrap_err();
        assert!(matches!(error, NameMapError::Unknown { .. }), "{error}");
        let error = map.apply(named(&["a.x", "b.x"])).unwrap_err();
        assert_eq!(error, NameMapError::Twice("b.x".to_owned()));
        for text in ["a", "=b", "a=b,a=c"] {
            text.parse::<NameMap>().unwrap_err();
        }
    }
}
