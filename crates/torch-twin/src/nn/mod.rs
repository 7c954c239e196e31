//! Modules, as `torch.nn`.
//!
//! ```
//! use tch::{Tensor, kind::FLOAT_CPU};
//! use torch_twin::Generator;
//! use torch_twin::nn::{Forward, ForwardPass, Linear};
//!
//! // torch.manual_seed(0); layer = nn.Linear(120, 84); output = layer(torch.ones(1, 120))
//! let mut generator = Generator::manual_seed(0);
//! let layer = Linear::new(120, 84, &mut generator)?;
//! let output = layer.forward(&Tensor::ones([1, 120], FLOAT_CPU), &mut ForwardPass::eval())?;
//! assert_eq!(output.size(), [1, 84]);
//! # Ok::<(), torch_twin::TorchError>(())
//! ```
//!
//! One style makes all layers. What PyTorch requires are the arguments of `new`, with the generator last where
//! the layer draws its initial values: `Linear::new(4, 2, generator)?`. Where it has options, `builder` takes the
//! same arguments, each option is a method of its name, and `build` makes the layer:
//! `Linear::builder(4, 2).bias(false).build(generator)?`. Both give a `Result`. Layers that take nothing are values:
//! `Relu`.

mod activation;
mod attention;
mod call;
mod child;
mod conv;
pub(crate) mod deep_copy;
mod dropout;
mod embedding;
mod forward;
pub mod functional;
pub mod init;
mod linear;
mod lstm;
mod module;
mod module_list;
mod module_macro;
mod norm;
mod pool;
mod sequential;
mod shape;
mod sides;
mod state_dict;
mod tensor_tree;
pub mod utils;
mod weight_and_bias;

pub use activation::{
    Approximate, Elu, EluBuilder, Gelu, GeluBuilder, Hardsigmoid, Hardswish, Hardtanh,
    HardtanhBuilder, LeakyRelu, LeakyReluBuilder, LogSigmoid, LogSoftmax, Mish, Relu, Relu6, Selu,
    Sigmoid, Silu, Softmax, Softplus, SoftplusBuilder, Tanh,
};
pub use attention::{AttentionOptions, MultiheadAttention, MultiheadAttentionBuilder};
pub use call::Call;
pub use child::Child;
pub use conv::{Conv, Conv1d, Conv2d, ConvBuilder, ConvOptions, ConvTranspose, ConvTranspose2d};
pub use deep_copy::Memo;
pub use dropout::{Dropout, Dropout2d};
pub use embedding::{Embedding, EmbeddingBuilder};
pub use forward::{Forward, ForwardPass};
pub use linear::{Linear, LinearBuilder};
pub use lstm::{Lstm, LstmBuilder, LstmState};
pub use module::{Module, parameter};
pub use module_list::{Member, ModuleList};
pub use norm::{
    BatchNorm, BatchNorm1d, BatchNorm2d, BatchNormBuilder, GroupNorm, GroupNormBuilder, LayerNorm,
    LayerNormBuilder, RunningStatistics,
};
pub use pool::{AdaptiveAvgPool2d, AvgPool2d, AvgPool2dBuilder, MaxPool2d, MaxPool2dBuilder};
pub use sequential::{Layer, Sequential};
pub use shape::{Flatten, Identity};
pub use sides::Sides;
pub use state_dict::{Entry, StateDict};
pub use tensor_tree::TensorTree;

pub use crate::{module, sequential};
