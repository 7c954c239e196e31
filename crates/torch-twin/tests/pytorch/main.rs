//! What PyTorch computes, script by script, on one thread.

mod averaged_model;
mod clip_grad;
#[path = "../common/mod.rs"]
mod common;
mod data_loader;
mod deep_copy;
mod formats;
mod functional;
mod generator;
mod init;
mod layers;
mod lr_schedulers;
mod optimizer_options;
mod optimizer_refusals;
mod optimizers;
mod refusals;
mod resnet18;
