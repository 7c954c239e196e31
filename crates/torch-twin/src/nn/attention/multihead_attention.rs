use tch::{Device, Kind, Tensor};

use super::mask::{Masks, Sizes};
use super::options::AttentionOptions;
use super::projection::in_projection;
use crate::native::{self, is_grad_enabled, is_same};
use crate::nn::{Child, Forward, ForwardPass, Linear, Memo, Module, init};
use crate::{Generator, TorchError};

/// `torch.nn.MultiheadAttention(embed_dim, num_heads)`, as in "Attention is all you need".
///
/// ```
/// use tch::{Tensor, kind::FLOAT_CPU};
/// use torch_twin::Generator;
/// use torch_twin::nn::{Forward, ForwardPass, MultiheadAttention};
///
/// // attention = nn.MultiheadAttention(8, 2, batch_first=True); output, weights = attention(x, x, x)
/// let mut generator = Generator::manual_seed(0);
/// let attention = MultiheadAttention::builder(8, 2).batch_first(true).build(&mut generator)?;
/// let x = Tensor::ones([3, 5, 8], FLOAT_CPU);
/// let pass = &mut ForwardPass::eval();
/// let (output, weights) = attention.forward(&(&x, &x, &x), pass)?;
/// assert_eq!(output.size(), [3, 5, 8]);
/// assert_eq!(weights.map(|weights| weights.size()), Some(vec![3, 5, 5]));
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
pub struct MultiheadAttention {
    /// The projections of query, key and value, one above another: 3 · embed_dim × embed_dim.
    pub in_proj_weight: Tensor,
    /// 3 · embed_dim, unless `bias=False`.
    pub in_proj_bias: Option<Tensor>,
    /// The projection of all heads together. PyTorch does not call it as a module, so no hook sees it.
    pub out_proj: Child<Linear>,
    arguments: MultiheadAttentionBuilder,
}

/// The arguments of a [`MultiheadAttention`] that are not the defaults.
#[derive(Clone, Debug)]
pub struct MultiheadAttentionBuilder {
    embed_dim: usize,
    num_heads: usize,
    dropout: f64,
    bias: bool,
    batch_first: bool,
}

/// Query, key and value of all heads, each N · num_heads × length × head_dim.
struct Heads {
    query: Tensor,
    key: Tensor,
    value: Tensor,
    sizes: Sizes,
}

impl MultiheadAttention {
    /// `torch.nn.MultiheadAttention(embed_dim, num_heads)`.
    ///
    /// # Errors
    /// An `embed_dim` of 0, and one that `num_heads` does not divide.
    pub fn new(
        embed_dim: usize,
        num_heads: usize,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        Self::builder(embed_dim, num_heads).build(generator)
    }

    /// A module whose other arguments are to be set.
    pub fn builder(embed_dim: usize, num_heads: usize) -> MultiheadAttentionBuilder {
        MultiheadAttentionBuilder {
            embed_dim,
            num_heads,
            dropout: 0.0,
            bias: true,
            batch_first: false,
        }
    }

    /// Sides of query and key, which have three dimensions.
    fn sizes(&self, query: &Tensor, key: &Tensor) -> Result<Sizes, TorchError> {
        let (queries, keys) = (query.size(), key.size());
        let along = usize::from(self.arguments.batch_first);
        let embed_dim = self.arguments.embed_dim as i64;
        if [queries[2], keys[2]] != [embed_dim; 2] || queries[1 - along] != keys[1 - along] {
            return Err(TorchError::new(&format!(
                "query and key are of sizes {queries:?} and {keys:?}, and have to have {embed_dim} \
                 values a place and as many batches"
            )));
        }
        Ok(Sizes {
            batches: queries[1 - along],
            heads: self.arguments.num_heads as i64,
            queries: queries[along],
            keys: keys[along],
        })
    }

    /// Whether Python would take libtorch's own operator, which rounds otherwise.
    fn takes_native_path(
        &self,
        [query, key, value]: [&Tensor; 3],
        options: &AttentionOptions<'_>,
    ) -> bool {
        let Some(bias) = &self.in_proj_bias else {
            return false;
        };
        let masks = [options.attn_mask, options.key_padding_mask];
        let is_bool = |mask: &&Tensor| mask.f_kind().ok() == Some(Kind::Bool);
        let fits = is_same(query, key)
            && is_same(key, value)
            && self.arguments.batch_first
            && self.arguments.num_heads.is_multiple_of(2)
            && masks.iter().flatten().all(is_bool);
        let out_proj = self.out_proj.module();
        let out_proj = [Some(&out_proj.weight), out_proj.bias.as_ref()];
        let mut tensors = out_proj
            .into_iter()
            .flatten()
            .chain([query, &self.in_proj_weight, bias]);
        let needs_gradient = is_grad_enabled() && tensors.any(Tensor::requires_grad);
        fits && !needs_gradient
    }

    /// `torch._native_multi_head_attention`, for the same query, key and value.
    fn native(
        &self,
        query: &Tensor,
        masks: &Masks,
        options: &AttentionOptions<'_>,
    ) -> Result<(Tensor, Option<Tensor>), TorchError> {
        let (Some(in_bias), Some(out_bias)) = (&self.in_proj_bias, &self.out_proj.module().bias)
        else {
            return Err(TorchError::new("libtorch's attention wants biases"));
        };
        let (mask, mask_type) = masks.native()?;
        let (output, weights) = Tensor::f_internal_native_multi_head_attention(
            query,
            query,
            query,
            self.arguments.embed_dim as i64,
            masks.sizes.heads,
            &self.in_proj_weight,
            in_bias,
            &self.out_proj.module().weight,
            out_bias,
            mask,
            options.need_weights,
            options.average_attn_weights,
            mask_type,
        )?;
        Ok((output, options.need_weights.then_some(weights)))
    }

    /// `F.multi_head_attention_forward`; the inputs are length × N × embed_dim.
    fn by_parts(
        &self,
        inputs: [&Tensor; 3],
        masks: &Masks,
        options: &AttentionOptions<'_>,
        pass: &mut ForwardPass<'_>,
    ) -> Result<(Tensor, Option<Tensor>), TorchError> {
        if options.is_causal && options.attn_mask.is_none() {
            return Err(TorchError::new(
                "is_causal is a hint, and wants the attn_mask as well",
            ));
        }
        let heads = self.heads(inputs, masks.sizes)?;
        let mask = masks.merged()?;
        if options.need_weights {
            let (output, weights) = self.with_weights(&heads, mask, options, pass)?;
            return Ok((output, Some(weights)));
        }
        let is_causal = options.is_causal && options.key_padding_mask.is_none();
        let mask = if is_causal { None } else { mask };
        Ok((self.without_weights(&heads, mask, is_causal, pass)?, None))
    }

    fn heads(&self, inputs: [&Tensor; 3], sizes: Sizes) -> Result<Heads, TorchError> {
        let [query, key, value] =
            in_projection(inputs, &self.in_proj_weight, self.in_proj_bias.as_ref())?;
        let of_heads = |x: &Tensor, length: i64| {
            let size = [length, sizes.batches * sizes.heads, self.head_dim()];
            x.f_view(size)?.f_transpose(0, 1)
        };
        Ok(Heads {
            query: of_heads(&query, sizes.queries)?,
            key: of_heads(&key, sizes.keys)?,
            value: of_heads(&value, sizes.keys)?,
            sizes,
        })
    }

    fn head_dim(&self) -> i64 {
        (self.arguments.embed_dim / self.arguments.num_heads) as i64
    }

    fn with_weights(
        &self,
        heads: &Heads,
        mask: Option<Tensor>,
        options: &AttentionOptions<'_>,
        pass: &mut ForwardPass<'_>,
    ) -> Result<(Tensor, Tensor), TorchError> {
        let Sizes {
            batches,
            heads: num_heads,
            queries,
            ..
        } = heads.sizes;
        let scaled = native::mul(&heads.query, (1.0 / self.head_dim() as f64).sqrt())?;
        let keys = heads.key.f_transpose(-2, -1)?;
        let scores = match mask {
            Some(mask) => mask.f_baddbmm(&scaled, &keys, 1, 1)?,
            None => scaled.f_bmm(&keys)?,
        };
        let mut weights = scores.f_softmax(-1, None)?;
        if pass.training() && self.arguments.dropout > 0.0 {
            weights = pass
                .generator()?
                .dropout(&weights, self.arguments.dropout)?;
        }
        let output = weights.f_bmm(&heads.value)?.f_transpose(0, 1)?;
        let output = self.project(&output, queries, batches)?;
        let by_head = weights.f_view([batches, num_heads, queries, -1])?;
        Ok((
            output,
            match options.average_attn_weights {
                true => by_head.f_mean_dim([1_i64].as_slice(), false, None)?,
                false => by_head,
            },
        ))
    }

    fn without_weights(
        &self,
        heads: &Heads,
        mask: Option<Tensor>,
        is_causal: bool,
        pass: &mut ForwardPass<'_>,
    ) -> Result<Tensor, TorchError> {
        let Sizes {
            batches,
            heads: num_heads,
            queries,
            keys,
        } = heads.sizes;
        let mask = match mask {
            Some(mask) if mask.size()[0] == 1 => Some(mask.f_unsqueeze(0)?),
            Some(mask) => Some(mask.f_view([batches, num_heads, -1, keys])?),
            None => None,
        };
        let four =
            |x: &Tensor, length: i64| x.f_view([batches, num_heads, length, self.head_dim()]);
        let query = four(&heads.query, queries)?;
        let (key, value) = (four(&heads.key, keys)?, four(&heads.value, keys)?);
        let dropout = if pass.training() {
            self.arguments.dropout
        } else {
            0.0
        };
        let attend = || {
            Ok(Tensor::f_scaled_dot_product_attention(
                &query, &key, &value, mask, dropout, is_causal, None, false,
            )?)
        };
        let output = match dropout > 0.0 {
            true => pass.generator()?.as_default(attend)?,
            false => attend()?,
        };
        self.project(&output.f_permute([2, 0, 1, 3])?, queries, batches)
    }

    /// All heads together, length × N × embed_dim.
    fn project(&self, heads: &Tensor, queries: i64, batches: i64) -> Result<Tensor, TorchError> {
        let embed_dim = self.arguments.embed_dim as i64;
        let rows = heads.f_reshape([queries * batches, embed_dim])?;
        let out_proj = self.out_proj.module();
        let projected = rows.f_linear(&out_proj.weight, out_proj.bias.as_ref())?;
        Ok(projected.f_view([queries, batches, embed_dim])?)
    }
}

/// Query, key and value.
type Inputs<'t> = (&'t Tensor, &'t Tensor, &'t Tensor);
/// Query, key and value, and the other arguments of the call.
type InputsAndOptions<'t> = (&'t Tensor, &'t Tensor, &'t Tensor, AttentionOptions<'t>);

impl<'t> Forward<Inputs<'t>, (Tensor, Option<Tensor>)> for MultiheadAttention {
    /// `attention(query, key, value)`: output and weights, with PyTorch's defaults for the rest.
    fn forward(
        &self,
        &(query, key, value): &Inputs<'t>,
        pass: &mut ForwardPass<'_>,
    ) -> Result<(Tensor, Option<Tensor>), TorchError> {
        self.forward(&(query, key, value, AttentionOptions::default()), pass)
    }
}

impl<'t> Forward<InputsAndOptions<'t>, (Tensor, Option<Tensor>)> for MultiheadAttention {
    /// The output, L × N × embed_dim (N × L × embed_dim with `batch_first`), and the weights, N × L × S
    /// (N × num_heads × L × S unless they are averaged), if they are asked for.
    ///
    /// Dropout of the weights draws from the generator of the pass. Where the three inputs are the same
    /// tensor, they are projected at once, as in Python. Shapes that do not fit, and a causal hint without a
    /// mask are errors.
    fn forward(
        &self,
        (query, key, value, options): &InputsAndOptions<'t>,
        pass: &mut ForwardPass<'_>,
    ) -> Result<(Tensor, Option<Tensor>), TorchError> {
        let inputs = [*query, *key, *value];
        if inputs.iter().any(|input| input.dim() != 3) {
            let words = "attention wants inputs of 3 dimensions, batches among them";
            return Err(TorchError::new(words));
        }
        if key.size() != value.size() {
            return Err(TorchError::new("key and value are of different shapes"));
        }
        if query.f_kind()? != self.in_proj_weight.f_kind()? {
            return Err(TorchError::new("query and weights are of different types"));
        }
        let sizes = self.sizes(query, key)?;
        let masks = Masks::new(options, query.f_kind()?, sizes)?;
        if !pass.training() && self.takes_native_path(inputs, options) {
            return self.native(query, &masks, options);
        }
        if !self.arguments.batch_first {
            return self.by_parts(inputs, &masks, options, pass);
        }
        // What is one tensor is to stay one.
        let key_first = key.f_transpose(1, 0)?;
        let beside_key = |input: &Tensor| match is_same(input, key) {
            true => Ok(key_first.shallow_clone()),
            false => input.f_transpose(1, 0),
        };
        let (query, value) = (beside_key(query)?, beside_key(value)?);
        let (output, weights) =
            self.by_parts([&query, &key_first, &value], &masks, options, pass)?;
        Ok((output.f_transpose(1, 0)?, weights))
    }
}

impl MultiheadAttentionBuilder {
    /// `dropout=0.0`: the probability with which a weight is dropped in training.
    pub fn dropout(mut self, dropout: f64) -> Self {
        self.dropout = dropout;
        self
    }

    /// `bias=True`.
    pub fn bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// `batch_first=False`.
    pub fn batch_first(mut self, batch_first: bool) -> Self {
        self.batch_first = batch_first;
        self
    }

    /// The module, with PyTorch's initial values.
    ///
    /// # Errors
    /// An `embed_dim` of 0, and one that `num_heads` does not divide.
    pub fn build(self, generator: &mut Generator) -> Result<MultiheadAttention, TorchError> {
        let embed_dim = self.embed_dim;
        if embed_dim == 0 || self.num_heads == 0 {
            return Err(TorchError::new(
                "embed_dim and num_heads must be greater than 0",
            ));
        }
        if !embed_dim.is_multiple_of(self.num_heads) {
            return Err(TorchError::new("embed_dim must be divisible by num_heads"));
        }
        let float = (Kind::Float, Device::Cpu);
        let out_proj = Linear::builder(embed_dim, embed_dim).bias(self.bias);
        let mut out_proj = out_proj.build(generator)?;
        let size = [3 * embed_dim as i64, embed_dim as i64];
        let mut in_proj_weight = Tensor::f_empty(size, float)?;
        init::xavier_uniform_(&mut in_proj_weight, 1.0, generator)?;
        let in_proj_bias = match self.bias {
            true => Some(Tensor::f_zeros([size[0]], float)?.set_requires_grad(true)),
            false => None,
        };
        if let Some(bias) = &mut out_proj.bias {
            init::zeros_(bias)?;
        }
        Ok(MultiheadAttention {
            in_proj_weight: in_proj_weight.set_requires_grad(true),
            in_proj_bias,
            out_proj: Child::new("out_proj", out_proj),
            arguments: self,
        })
    }
}

impl Module for MultiheadAttention {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        let bias = self
            .in_proj_bias
            .as_ref()
            .map(|bias| ("in_proj_bias", bias));
        let weight = [("in_proj_weight", &self.in_proj_weight)];
        weight.into_iter().chain(bias).collect()
    }

    fn children(&self) -> Vec<(&str, &dyn Module)> {
        vec![self.out_proj.named()]
    }

    fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        Ok(Self {
            in_proj_weight: memo.copy(&self.in_proj_weight)?,
            in_proj_bias: memo.copy_option(self.in_proj_bias.as_ref())?,
            out_proj: self.out_proj.deep_copy_with(memo)?,
            arguments: self.arguments.clone(),
        })
    }
}
