//! The order in which `torch.utils.data.DataLoader` hands out samples, and what it draws for that.

use super::Generator;

/// The sample indices of one epoch of `DataLoader(dataset, shuffle=True)`, for `len(dataset) == n`.
///
/// An epoch draws two seeds from the default generator: `_BaseDataLoaderIter` draws one for
/// worker processes, used or not, and `RandomSampler` then draws the one of the generator
/// that shuffles.
pub fn shuffled(n: i64, generator: &mut Generator) -> Vec<i64> {
    let _base_seed = generator.random_i64();
    let seed = generator.random_i64();
    Generator::manual_seed(seed.cast_unsigned()).randperm(n)
}

/// The sample indices of `DataLoader(dataset)`, which are in order, for `len(dataset) == n`.
///
/// It too draws a base seed from the default generator, though nothing comes of it.
pub fn in_order(n: i64, generator: &mut Generator) -> Vec<i64> {
    let _base_seed = generator.random_i64();
    (0..n).collect()
}
