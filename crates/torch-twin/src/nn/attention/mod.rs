//! `MultiheadAttention`.

mod mask;
mod multihead_attention;
mod options;
mod projection;

pub use multihead_attention::{MultiheadAttention, MultiheadAttentionBuilder};
pub use options::AttentionOptions;
