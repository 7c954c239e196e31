//! What PyTorch computes: values, gradients, kernels, memory.

mod autocast;
mod averaged_model;
mod backends;
mod caching_allocator;
mod clip_grad;
#[path = "../common/mod.rs"]
mod common;
mod convolution;
mod data_loader;
mod deep_copy;
mod flat_parameters;
mod formats;
mod functional;
mod generator;
mod hooks;
mod init;
mod kernel_fuzz;
mod layers;
mod lbfgs;
mod lr_schedulers;
mod mkl_race;
mod module_macro;
mod networks;
mod optimizer_options;
mod optimizer_refusals;
mod optimizers;
mod pooling;
mod refusals;
mod resnet18;
mod sequences;
mod small_network;
