use tch::Tensor;

/// What a module takes or gives: a tensor, or several in tuples, arrays, vectors and options, and sizes beside them.
pub trait TensorTree {
    /// The tensors, from left to right.
    fn tensors(&self) -> Vec<&Tensor>;
}

impl TensorTree for Tensor {
    fn tensors(&self) -> Vec<&Tensor> {
        vec![self]
    }
}

/// A flag beside tensors has none.
impl TensorTree for bool {
    fn tensors(&self) -> Vec<&Tensor> {
        Vec::new()
    }
}

/// A size that a module takes, as `forward(self, batch: int, x)`: no hook sees it.
impl TensorTree for i64 {
    fn tensors(&self) -> Vec<&Tensor> {
        Vec::new()
    }
}

impl<T: TensorTree> TensorTree for &T {
    fn tensors(&self) -> Vec<&Tensor> {
        (**self).tensors()
    }
}

impl<T: TensorTree> TensorTree for Option<T> {
    fn tensors(&self) -> Vec<&Tensor> {
        self.iter().flat_map(TensorTree::tensors).collect()
    }
}

impl<T: TensorTree, const N: usize> TensorTree for [T; N] {
    fn tensors(&self) -> Vec<&Tensor> {
        self.iter().flat_map(TensorTree::tensors).collect()
    }
}

impl<T: TensorTree> TensorTree for Vec<T> {
    fn tensors(&self) -> Vec<&Tensor> {
        self.iter().flat_map(TensorTree::tensors).collect()
    }
}

macro_rules! tuple {
    ($($T:ident $value:ident),*) => {
        impl<$($T: TensorTree),*> TensorTree for ($($T,)*) {
            fn tensors(&self) -> Vec<&Tensor> {
                let ($($value,)*) = self;
                [$($value.tensors()),*].concat()
            }
        }
    };
}

tuple!(A a, B b);
tuple!(A a, B b, C c);
tuple!(A a, B b, C c, D d);
tuple!(A a, B b, C c, D d, E e);
tuple!(A a, B b, C c, D d, E e, F f);
