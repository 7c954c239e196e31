//! `cpp/torch_twin.cpp`, and all else that the compiler cannot check, behind safe functions.

#![allow(unsafe_code)]

mod activation;
mod arithmetic;
mod as_default;
mod autocast;
mod autograd;
mod bindings;
mod context;
mod convolution;
mod generator;
mod library;
mod outcome;
mod processor;
mod script;

pub use activation::{
    celu, celu_, elu, elu_, hardshrink, hardtanh, hardtanh_, leaky_relu, leaky_relu_, softplus,
    softshrink,
};
pub use arithmetic::{
    add, add_, addcdiv, addcdiv_, addcmul, addcmul_, addmm, clamp_, clone, fill_, lerp_, mul, mul_,
    sub, sub_, total_norm, vector_norm,
};
pub use as_default::AsDefault;
pub use autocast::Autocast;
pub use autograd::{
    bump_version, is_grad_enabled, is_same, is_sole_view, may_overwrite, reset_grad,
};
pub use bindings::erf;
pub use context::{
    are_deterministic_algorithms_enabled, cpu_capability, cudnn_allow_tf32, cudnn_benchmark,
    cudnn_deterministic, is_deterministic_algorithms_warn_only_enabled, matmul_allow_tf32,
    set_cudnn_allow_tf32, set_cudnn_benchmark, set_cudnn_deterministic, set_matmul_allow_tf32,
    use_caching_allocator, use_deterministic_algorithms,
};
pub use convolution::{avg_pool2d, conv2d, max_pool2d};
pub use generator::NativeGenerator;
pub use library::{load_library, skip_teardown};
pub use processor::{OpenMp, cpu_vendor, mkl_branches};
pub use script::print_to_stderr;
