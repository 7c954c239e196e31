//! The program, command by command, as its user calls it.

mod compare;
mod convert;
mod eval;
mod fingerprint;
mod help;
mod info;
mod jobs;
mod options;
#[cfg(unix)]
mod parity;
mod predict;
mod schemas;
mod show;
mod summary;
mod threads;
mod train;
