use std::fmt;

use torch_twin::printable;
use torch_twin::weights::{Conversion, Reshaped};

use super::Preprocessing;

/// What was done to make a file's weights those of a network, for the user to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// What the reader of the file left out or converted.
    File(String),
    /// Values were converted.
    Converted(Conversion),
    /// A prefix of all names was dropped.
    Prefix(String),
    /// Tensors that are no weights of the network were left out.
    LeftOut(Vec<String>),
    /// Tensors were given other names, by their shapes: old and new ones.
    Renamed(Vec<(String, String)>),
    /// A weight has the shape of another layer that computes the same.
    Reshaped(Reshaped),
    /// The weights of a TorchScript module were taken, and its program was not run.
    ProgramNotRun,
    /// A module gives probabilities.
    Probabilities,
    /// A TorchScript module does not say what images it takes.
    AssumedPreprocessing(Preprocessing),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(note) => f.write_str(note),
            Self::Converted(conversion) => conversion.fmt(f),
            Self::Prefix(prefix) => {
                write!(f, "dropped {} before each name", printable(prefix))
            }
            Self::LeftOut(names) => write!(f, "left out: {}", some(names)),
            Self::Renamed(pairs) => write!(f, "taken by their shapes:{}", Pairs(pairs)),
            Self::Reshaped(Reshaped { name, from, to }) => {
                write!(f, "reshaped from {from:?} to {to:?}: {name}")
            }
            Self::ProgramNotRun => f.write_str(
                "its tensors were taken, and its program was not run: eval of both tells whether the \
                 network is the same",
            ),
            Self::Probabilities => f.write_str(
                "gives probabilities instead of logits: the classes come out right, and loss and \
                 probabilities do not",
            ),
            Self::AssumedPreprocessing(preprocessing) => write!(
                f,
                "does not say what images it takes; it is given {preprocessing}"
            ),
        }
    }
}

/// The first of some names, and how many more there are.
pub(super) fn some(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown = names.iter().take(SHOWN).map(|name| printable(name));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Old and new names, a pair a line.
pub(super) struct Pairs<'a>(pub &'a [(String, String)]);

impl fmt::Display for Pairs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(old, new)| (printable(old), new))
            .collect();
        let width = pairs.iter().map(|(old, _)| old.chars().count()).max();
        let width = width.unwrap_or(0);
        for (old, new) in pairs {
            write!(f, "\n  {old:width$} = {new}")?;
        }
        Ok(())
    }
}
