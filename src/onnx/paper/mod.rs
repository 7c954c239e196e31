//! [`Paper`](crate::model::Paper) with either of its outputs.

mod layers;
mod network;

pub use network::{paper, paper_rbf};
