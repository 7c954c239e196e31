use tch::Tensor;

/// One call of a module, as a forward hook sees it.
#[non_exhaustive]
pub struct Call<'c> {
    /// The module's name in `named_modules()`, such as `layer1.0.conv1`.
    pub name: &'c str,
    /// The tensors that it was called with.
    pub inputs: &'c [&'c Tensor],
    /// The tensors that it gave, in the order in which they stand in what it returned.
    pub outputs: &'c [&'c Tensor],
}
