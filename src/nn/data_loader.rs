//! The order in which `torch.utils.data.DataLoader` hands out samples.

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

/// The sample indices of one epoch of `DataLoader(dataset)`, for `len(dataset) == n`.
///
/// They are 0..n, but the epoch draws the workers' seed all the same: what is shuffled after an
/// evaluation depends on it.
pub fn in_order(n: i64, generator: &mut Generator) -> Vec<i64> {
    let _base_seed = generator.random_i64();
    (0..n).collect()
}
