use thiserror::Error;
use torch_twin::TorchError;
use torch_twin::weights::{Fault, FaultList, NameMap, NameMapError, WeightsError};

use super::Note;
use super::note::{Pairs, some};

/// Why a file gave no network.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A folder that is not that of a finished run.
    #[error("a folder without model.safetensors: no run has ended there, and it is not a file")]
    NoFinishedRun,
    /// The file says that it is of a variant that does not exist.
    #[error("says that it is of the variant {name:?}, which this program does not know")]
    UnknownVariant {
        /// The variant's name.
        name: String,
    },
    /// The tensors of a file are not those of a variant.
    #[error(
        "not the weights of {variant}:{}{}",
        FaultList(faults), further(*is_another, faults, notes)
    )]
    NotOfVariant {
        /// The name of the variant that comes nearest.
        variant: &'static str,
        /// Every fault, in the network's order.
        faults: Vec<Fault>,
        /// Whether most of the variant's tensors are not there at all.
        is_another: bool,
        /// What was done to make them fit.
        notes: Vec<Note>,
    },
    /// The tensors have other names than a variant's, and shapes that fit it in one way only.
    #[error(
        "not the names of {variant}, but its shapes, in one way only:{}\nWhether the network is the \
         same, with its activation functions and pooling, its accuracy tells",
        Pairs(map.pairs())
    )]
    OtherNames {
        /// The variant's name.
        variant: &'static str,
        /// The names that would make them its.
        map: NameMap,
        /// Whether other names were given already, to which `auto` can be added.
        has_map: bool,
    },
    /// The file holds the weights of several networks.
    #[error("holds the weights of several networks, below {}", some(prefixes))]
    Several {
        /// What stands before their names.
        prefixes: Vec<String>,
    },
    /// Names that were given by hand do not fit.
    #[error(transparent)]
    Names(#[from] NameMapError),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

/// What was done in vain, and what to do with the weights of a network that is none of ours.
fn further(is_another: bool, faults: &[Fault], notes: &[Note]) -> String {
    let done = notes.iter().map(|note| format!("\n({note})"));
    let done: String = done.collect();
    match is_another {
        true => done + &another(faults),
        false => done,
    }
}

fn another(faults: &[Fault]) -> String {
    let found = faults.iter().filter_map(|fault| match fault {
        Fault::Unexpected { name, found } => Some(format!("{name} {found:?}")),
        _ => None,
    });
    let found: Vec<_> = found.collect();
    let holds = match found.is_empty() {
        true => String::new(),
        false => format!("; the file has {}", some(&found)),
    };
    format!(
        "\nThat variant comes nearest{holds}. eval and predict run any network as TorchScript, which \
         Python makes of it:\n  \
         module = torch.jit.trace(model.eval(), torch.zeros(1, 1, 32, 32))\n  \
         module.save(\"model.pt\")"
    )
}
