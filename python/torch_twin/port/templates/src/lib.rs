//! `@net@` of @source@, on libtorch.
#![forbid(unsafe_code)]

pub mod net;
pub mod training;
