//! Files that hold weights: safetensors, `torch.save` and TorchScript.
//!
//! | format | [`load`] takes | written by |
//! | --- | --- | --- |
//! | safetensors | all tensors | [`save`] |
//! | `model.safetensors.index.json` | all tensors in the files that it names | |
//! | `torch.save`: `state_dict`, checkpoint, module | the `state_dict` | |
//! | TorchScript, scripted or traced | the named tensors; [`ScriptModule`] runs it | [`save_torchscript`] |
//!
//! A TorchScript file is a program. It computes with tensors, and reaches neither files nor the
//! network, but it can take all memory or run for ever: run only those that you trust. The other
//! formats are data; the pickles in them are read, and nothing that they name is called.
//!
//! Names that are not the network's are brought to it: [`drop_prefix`] takes away what stands before all
//! of them, a [`NameMap`] renames them by hand, [`propose`] finds one by their shapes.
//!
//! Errors do not name the file: whoever knows what it means to the user adds that.
//!
//! ```
//! use torch_twin::Generator;
//! use torch_twin::nn::{Linear, Module};
//! use torch_twin::weights;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("model.safetensors");
//! let trained = Linear::new(4, 2, &mut Generator::manual_seed(0))?;
//! weights::save(&path, trained.state_dict().iter(), &Default::default())?;
//!
//! let fresh = Linear::new(4, 2, &mut Generator::manual_seed(1))?;
//! let loaded = weights::load(&path, weights::DEFAULT_MAX_BYTES)?;
//! weights::load_state_dict(&loaded.tensors, &fresh.state_dict())?;
//! assert_eq!(fresh.weight, trained.weight);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod fit;
mod load;
mod renaming;
mod torchscript;

pub use error::{Fault, FaultList, WeightsError};
pub use fit::{Conversion, faults, load_state_dict};
pub use load::{Weights, load, parse, parse_index, save};
pub use renaming::{NameMap, NameMapError, Reshaped, Unprefixed, drop_prefix, propose, reshape};
pub use torch_twin_trace::weights::{DEFAULT_MAX_BYTES, FileError, Format, read};
pub use torchscript::{ScriptError, ScriptModule, save_torchscript};
