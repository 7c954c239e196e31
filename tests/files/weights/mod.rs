//! Files of weights: those of this program, of PyTorch and its kin, and of whoever means harm.

mod files;
mod foreign_files;
mod foreign_modules;
mod foreign_weights;
#[cfg(unix)]
mod hostile_files;
mod torchscript;
