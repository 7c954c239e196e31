//! Masks as `F.multi_head_attention_forward` makes them of what it is given.

use tch::{Kind, Tensor};

use super::options::AttentionOptions;
use crate::TorchError;

/// Both masks of a call, as numbers that are added to the scores.
pub struct Masks {
    pub attn: Option<Tensor>,
    pub key_padding: Option<Tensor>,
}

impl Masks {
    /// `F._canonical_mask`: -∞ where a mask of booleans is true.
    pub fn new(options: &AttentionOptions<'_>, kind: Kind) -> Result<Self, TorchError> {
        let canonical = |mask: &Tensor| -> Result<Tensor, TorchError> {
            if mask.kind() != Kind::Bool {
                return Ok(mask.shallow_clone());
            }
            let mut numbers = mask.f_zeros_like()?.f_to_kind(kind)?;
            Ok(numbers.f_masked_fill_(mask, f64::NEG_INFINITY)?)
        };
        Ok(Self {
            attn: options.attn_mask.map(canonical).transpose()?,
            key_padding: options.key_padding_mask.map(canonical).transpose()?,
        })
    }

    /// One mask for all heads, 1 or N·heads × L or 1 × S.
    pub fn merged(
        &self,
        batches: i64,
        heads: i64,
        keys: i64,
    ) -> Result<Option<Tensor>, TorchError> {
        let attn = match &self.attn {
            Some(mask) if mask.dim() == 2 => Some(mask.f_unsqueeze(0)?),
            Some(mask) => Some(mask.shallow_clone()),
            None => None,
        };
        let Some(key_padding) = &self.key_padding else {
            return Ok(attn);
        };
        if key_padding.size() != [batches, keys] {
            return Err(TorchError::new(&format!(
                "key_padding_mask must be {batches} × {keys}, is {:?}",
                key_padding.size()
            )));
        }
        let of_all_heads = key_padding
            .f_view([batches, 1, 1, keys])?
            .f_expand([-1, heads, -1, -1], false)?
            .f_reshape([batches * heads, 1, keys])?;
        Ok(Some(match attn {
            Some(attn) => attn.f_add(&of_all_heads)?,
            None => of_all_heads,
        }))
    }

    /// `MultiheadAttention.merge_masks`: a mask for libtorch's own operator, and its type.
    pub fn native(
        &self,
        batches: i64,
        heads: i64,
        length: i64,
    ) -> Result<(Option<Tensor>, Option<i64>), TorchError> {
        let Some(attn) = &self.attn else {
            let padding = self.key_padding.as_ref();
            return Ok((padding.map(Tensor::shallow_clone), padding.map(|_| 1)));
        };
        let expanded = match attn.dim() {
            3 => attn.f_view([batches, -1, length, length])?,
            _ => attn
                .f_view([1, 1, length, length])?
                .f_expand([batches, heads, -1, -1], false)?,
        };
        let Some(key_padding) = &self.key_padding else {
            return Ok((Some(expanded), Some(2)));
        };
        let key_padding = key_padding
            .f_view([batches, 1, 1, length])?
            .f_expand([-1, heads, -1, -1], false)?;
        Ok((Some(expanded.f_add(&key_padding)?), Some(2)))
    }
}
