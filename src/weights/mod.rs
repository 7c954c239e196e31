//! Files that hold weights: safetensors, `torch.save` and TorchScript.
//!
//! | format | [`load`] takes | [`load_network`] runs | written by |
//! | --- | --- | --- | --- |
//! | safetensors | all tensors | a network of ours | [`save`] |
//! | `torch.save`: `state_dict`, checkpoint, module | the `state_dict` | a network of ours | |
//! | TorchScript, scripted or traced | the named tensors | the program in it | [`save_torchscript`] |
//!
//! A TorchScript file is a program. It computes with tensors, and reaches neither files nor the
//! network, but it can take all memory or run for ever: run only those that you trust. The other
//! formats are data; the pickles in them are read, and nothing that they name is called.

mod archive;
mod checkpoint;
mod error;
mod format;
mod network;
mod safetensors;
mod torchscript;

pub use error::{Fault, WeightsError};
pub use format::Format;
pub use network::{Loaded, load_into, load_native, load_network};
pub use safetensors::save;
pub use torchscript::{TorchScript, save_torchscript};

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use tch::{Kind, Tensor};

use crate::TorchError;
use crate::model::{self, Variant};
use crate::nn::{Generator, StateDict};

/// What a weights file holds.
pub struct Weights {
    /// The tensors by their `state_dict` name, on the CPU.
    pub tensors: BTreeMap<String, Tensor>,
    /// What the file says of itself, such as its variant, seed and epochs.
    pub metadata: BTreeMap<String, String>,
}

/// Reads the weights in a file of any format, told apart by its content.
///
/// Nothing in the file is run, not even in TorchScript.
///
/// # Errors
/// A file that cannot be read, is too large, of no known format, or damaged.
pub fn load(path: &Path) -> Result<Weights, WeightsError> {
    parse(path, &format::read(path)?)
}

fn parse(path: &Path, contents: &[u8]) -> Result<Weights, WeightsError> {
    match Format::of(path, contents)? {
        Format::Safetensors => safetensors::parse(path, contents),
        Format::Checkpoint => Ok(Weights {
            tensors: checkpoint::load(path)?,
            metadata: BTreeMap::new(),
        }),
        Format::TorchScript => Ok(Weights {
            tensors: torchscript::load_state(path, contents)?,
            metadata: torchscript::load_metadata(path, contents)?,
        }),
    }
}

/// The most classes that a network is built for unasked.
const MAX_CLASSES: i64 = 256;

impl Weights {
    /// Classes that these weights tell apart, if they are those of a LeNet-5; else ten.
    fn num_classes(&self) -> i64 {
        let bias = self.tensors.get("fc2.bias").map(Tensor::size);
        match bias.as_deref() {
            Some(&[classes @ 2..=MAX_CLASSES]) => classes,
            _ => 10,
        }
    }

    /// The variant whose tensors these are by name and shape, or come closest to being.
    fn likeliest_variant(&self) -> Result<&'static Variant, TorchError> {
        let mut likeliest = (usize::MAX, model::VARIANTS[0]);
        for variant in model::VARIANTS {
            let num_classes = variant.fixed_classes.unwrap_or(self.num_classes());
            let network = (variant.build)(num_classes, &mut Generator::manual_seed(0))?;
            let faults = self.faults(&network.state_dict())?.len();
            if faults < likeliest.0 {
                likeliest = (faults, variant);
            }
        }
        Ok(likeliest.1)
    }

    /// Everything that keeps these tensors from being the weights of a network with `state_dict`.
    ///
    /// # Errors
    /// What libtorch refuses when the values are looked at.
    pub fn faults(&self, state_dict: &StateDict) -> Result<Vec<Fault>, TorchError> {
        let mut faults = Vec::new();
        for entry in state_dict.entries() {
            match self.tensors.get(&entry.name) {
                None => faults.push(Fault::Missing {
                    name: entry.name.clone(),
                    expected: entry.tensor.size(),
                }),
                Some(found) => faults.extend(fault(&entry.name, &entry.tensor, found)?),
            }
        }
        for (name, tensor) in &self.tensors {
            if state_dict.entries().iter().all(|entry| entry.name != *name) {
                faults.push(Fault::Unexpected {
                    name: name.clone(),
                    found: tensor.size(),
                });
            }
        }
        Ok(faults)
    }

    /// Copies the weights into the network that `state_dict` belongs to, and tells what was done
    /// to make them fit.
    ///
    /// Floats of another size are converted to the network's.
    ///
    /// # Errors
    /// [`WeightsError::Unfit`], with every fault that there is; the network is then left as it was.
    pub fn copy_into(&self, state_dict: &StateDict) -> Result<Vec<Note>, WeightsError> {
        let faults = self.faults(state_dict)?;
        if !faults.is_empty() {
            return Err(WeightsError::Unfit { faults });
        }
        let _no_grad = tch::no_grad_guard();
        for entry in state_dict.entries() {
            let mut tensor = entry.tensor.shallow_clone();
            tensor
                .f_copy_(&self.tensors[&entry.name])
                .map_err(TorchError::from)?;
        }
        Ok(self.conversions(state_dict))
    }

    fn conversions(&self, state_dict: &StateDict) -> Vec<Note> {
        let mut converted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for entry in state_dict.entries() {
            let kind = self.tensors[&entry.name].kind();
            if kind != entry.tensor.kind() {
                converted
                    .entry(kind_name(kind))
                    .or_default()
                    .push(entry.name.clone());
            }
        }
        let notes = converted
            .into_iter()
            .map(|(from, names)| Note { from, names });
        notes.collect()
    }
}

/// Tensors that were converted on the way from a file into a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// PyTorch's name of the type that the file has.
    pub from: &'static str,
    /// The tensors.
    pub names: Vec<String>,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, names } = self;
        write!(f, "converted from {from} to float32: {}", names.join(", "))
    }
}

fn fault(name: &str, expected: &Tensor, found: &Tensor) -> Result<Option<Fault>, TorchError> {
    let name = name.to_owned();
    if found.size() != expected.size() {
        let (expected, found) = (expected.size(), found.size());
        return Ok(Some(Fault::Shape {
            name,
            expected,
            found,
        }));
    }
    let is_convertible = expected.kind() == Kind::Float && is_float(found.kind());
    if found.kind() != expected.kind() && !is_convertible {
        let (expected, found) = (expected.kind(), found.kind());
        return Ok(Some(Fault::Kind {
            name,
            expected,
            found,
        }));
    }
    // A float64 may be finite, and too large for a float32.
    let not_finite = found
        .f_to_kind(expected.kind())?
        .f_isfinite()?
        .f_logical_not()?
        .f_sum(Kind::Int64)?
        .f_int64_value(&[])?;
    Ok((not_finite > 0).then_some(Fault::NotFinite {
        name,
        count: not_finite,
    }))
}

fn is_float(kind: Kind) -> bool {
    matches!(kind, Kind::Half | Kind::BFloat16 | Kind::Double)
}

/// PyTorch's name of a type, without `torch.`.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Float => "float32",
        Kind::Double => "float64",
        Kind::Half => "float16",
        Kind::BFloat16 => "bfloat16",
        Kind::Int64 => "int64",
        Kind::Int => "int32",
        Kind::Int16 => "int16",
        Kind::Int8 => "int8",
        Kind::Uint8 => "uint8",
        Kind::Bool => "bool",
        _ => "of another type",
    }
}
