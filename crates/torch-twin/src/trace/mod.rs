//! Traces: what a program computed, stage by stage, in a file.
//!
//! A trace holds weights, the inputs and outputs of every module, losses, gradients and optimizers' states,
//! step by step, with the settings that decide bits. `python/torch_twin` records the same in
//! Python, and `docs/trace.md` of torch-twin-trace describes the file. A [`Trace`] reads it, and [`diff`](crate::diff) shows
//! where two part.
//!
//! ```
//! use tch::{Kind, Tensor, kind::FLOAT_CPU};
//! use torch_twin::Generator;
//! use torch_twin::nn::{Forward, ForwardPass, Linear, Module};
//! use torch_twin::optim::{Optimizer, Sgd, SgdOptions};
//! use torch_twin::trace::Recorder;
//!
//! let network = Linear::new(4, 2, &mut Generator::manual_seed(0))?;
//! let state_dict = network.state_dict();
//! let mut optimizer = Sgd::new(network.parameters(), SgdOptions::default())?;
//! let input = Tensor::ones([3, 4], FLOAT_CPU);
//!
//! let mut recorder = Recorder::default();
//! recorder.weights(&state_dict)?;
//! for step in 1..=2 {
//!     let mut step = recorder.step(step)?;
//!     optimizer.zero_grad()?;
//!     let pass = ForwardPass::train();
//!     let output = step.forward(&[&input], pass, |pass| network.forward(&input, pass))?;
//!     let loss = output.f_square()?.f_sum(Kind::Float)?;
//!     step.loss(&loss)?;
//!     loss.f_backward()?;
//!     step.gradients(&state_dict)?;
//!     optimizer.step()?;
//!     step.optimizer(&optimizer)?;
//!     step.weights(&state_dict)?;
//! }
//! let folder = tempfile::tempdir()?;
//! recorder.save(&folder.path().join("ours.trace"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod parameter_versions;
mod recorder;
mod step;

pub use recorder::{Recorder, RecorderError, settings};
pub use step::Step;
pub use torch_twin_trace::trace::*;
