use tch::Tensor;

use crate::nn::TensorTree;

/// The arguments of a call of [`MultiheadAttention`](super::MultiheadAttention) beside query, key and value,
/// as [`Default`] PyTorch's defaults.
#[derive(Clone, Copy)]
pub struct AttentionOptions<'m> {
    /// N × S: keys that are not looked at (true), or what is added to their scores.
    pub key_padding_mask: Option<&'m Tensor>,
    /// L × S, or N·num_heads × L × S: pairs that do not see each other (true), or what is added to their
    /// scores.
    pub attn_mask: Option<&'m Tensor>,
    /// Whether the weights are given as well.
    pub need_weights: bool,
    /// Whether these are means over the heads.
    pub average_attn_weights: bool,
    /// Whether `attn_mask` is the causal one; a hint.
    pub is_causal: bool,
}

impl Default for AttentionOptions<'_> {
    fn default() -> Self {
        Self {
            key_padding_mask: None,
            attn_mask: None,
            need_weights: true,
            average_attn_weights: true,
            is_causal: false,
        }
    }
}

impl TensorTree for AttentionOptions<'_> {
    fn tensors(&self) -> Vec<&Tensor> {
        let masks = [self.key_padding_mask, self.attn_mask];
        masks.into_iter().flatten().collect()
    }
}
