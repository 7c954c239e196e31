//! Masks as `F.multi_head_attention_forward` makes them of what it is given.

use tch::{Kind, Tensor};

use super::options::AttentionOptions;
use crate::TorchError;

/// Both masks of a call, as numbers that are added to the scores.
pub struct Masks {
    attn: Option<Tensor>,
    key_padding: Option<Tensor>,
    pub sizes: Sizes,
}

/// Sides of a call.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub batches: i64,
    pub heads: i64,
    pub queries: i64,
    pub keys: i64,
}

impl Masks {
    /// `F._canonical_mask`: -∞ where a mask of booleans is true.
    ///
    /// # Errors
    /// Masks of other values than booleans and `kind`, and of other sizes.
    pub fn new(
        options: &AttentionOptions<'_>,
        kind: Kind,
        sizes: Sizes,
    ) -> Result<Self, TorchError> {
        let Sizes {
            batches,
            heads,
            queries,
            keys,
        } = sizes;
        let attn: [&[i64]; 2] = [&[queries, keys], &[batches * heads, queries, keys]];
        let key_padding: [&[i64]; 1] = [&[batches, keys]];
        Ok(Self {
            attn: canonical("attn_mask", options.attn_mask, kind, &attn)?,
            key_padding: canonical(
                "key_padding_mask",
                options.key_padding_mask,
                kind,
                &key_padding,
            )?,
            sizes,
        })
    }

    /// One mask for all heads, 1 or N·heads × L or 1 × S.
    pub fn merged(&self) -> Result<Option<Tensor>, TorchError> {
        let Sizes {
            batches,
            heads,
            keys,
            ..
        } = self.sizes;
        let attn = match &self.attn {
            Some(mask) if mask.dim() == 2 => Some(mask.f_unsqueeze(0)?),
            Some(mask) => Some(mask.shallow_clone()),
            None => None,
        };
        let Some(key_padding) = &self.key_padding else {
            return Ok(attn);
        };
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
    pub fn native(&self) -> Result<(Option<Tensor>, Option<i64>), TorchError> {
        let Sizes {
            batches,
            heads,
            keys: length,
            ..
        } = self.sizes;
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

/// A mask as numbers of `kind`, which has one of these sizes.
fn canonical(
    name: &str,
    mask: Option<&Tensor>,
    kind: Kind,
    sizes: &[&[i64]],
) -> Result<Option<Tensor>, TorchError> {
    let Some(mask) = mask else {
        return Ok(None);
    };
    let size = mask.size();
    if !sizes.contains(&&size[..]) {
        return Err(TorchError::new(&format!(
            "{name} is of size {size:?}, and has to be of {}",
            sizes
                .iter()
                .map(|size| format!("{size:?}"))
                .collect::<Vec<_>>()
                .join(" or ")
        )));
    }
    let mask_kind = mask.f_kind()?;
    if mask_kind == kind {
        return Ok(Some(mask.shallow_clone()));
    }
    if mask_kind != Kind::Bool {
        return Err(TorchError::new(&format!(
            "{name} has values of type {mask_kind:?}, and has to have booleans or {kind:?}"
        )));
    }
    let mut numbers = mask.f_zeros_like()?.f_to_kind(kind)?;
    Ok(Some(numbers.f_masked_fill_(mask, f64::NEG_INFINITY)?))
}
