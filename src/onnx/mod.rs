//! The networks as ONNX models, which run without libtorch.
//!
//! [`model`] makes a file of a network's weights and of the graph that its variant's [`Translate`]
//! builds. What is in the file stands in `docs/onnx.md`.
//!
//! ```
//! use lenet5::onnx::{self, Input};
//! use lenet5::model::Classic;
//! use torch_twin::{Generator, nn::Module};
//!
//! let network = Classic::new(10, &mut Generator::manual_seed(0))?;
//! let metadata = [("variant".to_owned(), "classic".to_owned())].into();
//! let state_dict = network.state_dict();
//! let file = onnx::model(onnx::classic, &state_dict, 10, Input::Pixels, &metadata)?;
//! assert!(file.len() > 4 * state_dict.parameter_count());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod graph;
mod input;
mod layers;
mod messages;
mod model;
mod networks;
mod paper_layers;
mod value;

pub use graph::Graph;
pub use input::Input;
pub use model::{Translate, model};
pub use networks::classic;
pub use networks::modern;
pub use networks::{paper, paper_rbf};
pub use value::{OnnxError, Value};
