//! `F._in_projection_packed`: query, key and value by one matrix, as much at once as they have in common.

use tch::Tensor;

use crate::TorchError;
use crate::native::is_same;

/// The three projections by `weight`, 3E × E, and `bias`, 3E.
pub fn in_projection(
    [query, key, value]: [&Tensor; 3],
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Result<[Tensor; 3], TorchError> {
    let embed_dim = weight.size()[1];
    if !is_same(key, value) {
        let weights = weight.f_chunk(3, 0)?;
        let biases = bias.map(|bias| bias.f_chunk(3, 0)).transpose()?;
        let project = |input: &Tensor, part: usize| {
            input.f_linear(&weights[part], biases.as_ref().map(|biases| &biases[part]))
        };
        return Ok([project(query, 0)?, project(key, 1)?, project(value, 2)?]);
    }
    if is_same(query, key) {
        let all = apart(&query.f_linear(weight, bias)?, 3, embed_dim)?;
        return Ok([all.f_get(0)?, all.f_get(1)?, all.f_get(2)?]);
    }
    let parts = [embed_dim, 2 * embed_dim];
    let weights = weight.f_split_with_sizes(parts, 0)?;
    let biases = bias
        .map(|bias| bias.f_split_with_sizes(parts, 0))
        .transpose()?;
    let bias = |part: usize| biases.as_ref().map(|biases| &biases[part]);
    let query = query.f_linear(&weights[0], bias(0))?;
    let both = apart(&key.f_linear(&weights[1], bias(1))?, 2, embed_dim)?;
    Ok([query, both.f_get(0)?, both.f_get(1)?])
}

/// L × N × (count · embed_dim) as count × L × N × embed_dim.
fn apart(together: &Tensor, count: i64, embed_dim: i64) -> Result<Tensor, TorchError> {
    Ok(together
        .f_unflatten(-1, [count, embed_dim])?
        .f_unsqueeze(0)?
        .f_transpose(0, -2)?
        .f_squeeze_dim(-2)?
        .f_contiguous()?)
}
