use tch::Tensor;

/// One call of a module, as a forward hook sees it.
pub struct Call<'c> {
    /// The module's name in `named_modules()`, such as `layer1.0.conv1`.
    pub name: &'c str,
    /// The tensors that it was called with.
    pub inputs: &'c [&'c Tensor],
    /// The tensors that it gave, in the order in which they stand in what it returned.
    pub outputs: &'c [&'c Tensor],
}

/// What a module returns: a tensor, or several.
pub trait Outputs {
    /// The tensors, from left to right.
    fn tensors(&self) -> Vec<&Tensor>;
}

impl Outputs for Tensor {
    fn tensors(&self) -> Vec<&Tensor> {
        vec![self]
    }
}

impl<T: Outputs> Outputs for Option<T> {
    fn tensors(&self) -> Vec<&Tensor> {
        self.iter().flat_map(Outputs::tensors).collect()
    }
}

impl<A: Outputs, B: Outputs> Outputs for (A, B) {
    fn tensors(&self) -> Vec<&Tensor> {
        let (first, second) = self;
        [first.tensors(), second.tensors()].concat()
    }
}
