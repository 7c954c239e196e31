//! Files that hold weights: safetensors, `torch.save`, TorchScript and NumPy, read without libtorch and without Python.
//!
//! | format | [`load`] reads |
//! | --- | --- |
//! | safetensors | all tensors |
//! | `model.safetensors.index.json` | all tensors in the files that it names |
//! | `torch.save`: `state_dict`, checkpoint, module | the `state_dict` |
//! | TorchScript, scripted or traced | the named tensors |
//! | `VarStore` of tch (`.ot`) | all tensors; `\|` in their names becomes `.` |
//! | NumPy (`.npz`) | all arrays of numbers |
//!
//! Nothing in a file is run: pickles are read as data, and nothing that they name is called. Objects beside the weights
//! are left out and named in [`Weights::notes`].
//!
//! Errors do not name the file, except those of [`load`].
//!
//! ```
//! use std::collections::BTreeMap;
//! use torch_twin_trace::{Array, weights};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("model.safetensors");
//! let weight = Array::from_f32(&[2, 2], &[1.0, 2.0, 3.0, 4.0])?;
//! weights::save(&path, [("fc.weight", &weight)], &BTreeMap::new())?;
//!
//! let loaded = weights::load(&path, weights::DEFAULT_MAX_BYTES)?;
//! assert_eq!(loaded.tensors, [("fc.weight".to_owned(), weight)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod element;
mod error;
mod foreign;
mod format;
mod index;
mod list;
mod load;
mod numpy;
mod parse;
pub mod pickle;
mod pruning;
mod safetensors;
mod torch_save;
mod torchscript;
mod view;

pub use archive::{ARCHIVE_CONFIG, Archive};
pub use error::FileError;
pub use format::Format;
pub use index::parse_index;
pub use load::{DEFAULT_MAX_BYTES, load};
pub use parse::{Weights, parse, read};
pub(crate) use safetensors::{RawHeader, RawTensor};
pub use safetensors::{save, serialize};
pub use torchscript::{load_metadata, metadata_file};
