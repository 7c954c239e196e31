use thiserror::Error;
use torch_twin::weights::{Fault, FaultList, NameMap, NameMapError, WeightsError};
use torch_twin::{TorchError, printable};

use super::note::Pairs;

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
    #[error(
        "says that it is of the variant {name:?}, which this program does not know; name one with \
         --variant"
    )]
    UnknownVariant {
        /// The variant's name.
        name: String,
    },
    /// The tensors of a file are not those of a variant.
    #[error(
        "not the weights of {variant}:{}{}",
        FaultList(faults), if *is_another { another(faults) } else { String::new() }
    )]
    NotOfVariant {
        /// The name of the variant that comes nearest.
        variant: &'static str,
        /// Every fault, in the network's order.
        faults: Vec<Fault>,
        /// Whether most of the variant's tensors are not there at all.
        is_another: bool,
    },
    /// The tensors have other names than a variant's, and shapes that fit it in one way only.
    #[error(
        "not the names of {variant}, but its shapes, in one way only:{}\nTake them so with --map \
         auto. Whether the network is the same, with its activation functions and pooling, its \
         accuracy tells",
        Pairs(map.pairs())
    )]
    OtherNames {
        /// The variant's name.
        variant: &'static str,
        /// The names that would make them its.
        map: NameMap,
    },
    /// The file holds the weights of several networks.
    #[error(
        "holds the weights of several networks, below {}; choose one with --map {}=",
        prefixes.join(", "), prefixes[0].trim_end_matches('.')
    )]
    Several {
        /// What stands before their names.
        prefixes: Vec<String>,
    },
    /// Names that were given by hand do not fit.
    #[error("--map: {0}")]
    Names(#[from] NameMapError),
    /// A network of ours takes images of one size.
    #[error("{variant} takes images of 32×32; --input-size is for TorchScript modules")]
    InputSize {
        /// The variant's name.
        variant: &'static str,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

/// What to do with the weights of a network that is none of ours.
fn another(faults: &[Fault]) -> String {
    const SHOWN: usize = 4;
    let found = faults.iter().filter_map(|fault| match fault {
        Fault::Unexpected { name, found } => Some(format!("{} {found:?}", printable(name))),
        _ => None,
    });
    let found: Vec<_> = found.take(SHOWN).collect();
    format!(
        "\nThat variant comes nearest; the file has {}, … eval and predict run any network as \
         TorchScript, which Python makes of it:\n  \
         module = torch.jit.trace(model.eval(), torch.zeros(1, 1, 32, 32))\n  \
         module.save(\"model.pt\")",
        found.join(", ")
    )
}
