use tch::Tensor;

use super::Layer;
use crate::TorchError;
use crate::native::is_same;

/// Which tensors a deep copy has copied already, as the memo of `copy.deepcopy`: a tensor that has several
/// names, as tied weights have, is one tensor in the copy as well.
///
/// A module that is written by hand copies its tensors and children by it:
///
/// ```
/// use torch_twin::prelude::*;
///
/// struct Scaled {
///     scale: Tensor,
///     fc: Child<Linear>,
/// }
///
/// impl Module for Scaled {
///     fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
///         vec![("scale", &self.scale)]
///     }
///
///     fn children(&self) -> Vec<(&str, &dyn Module)> {
///         vec![self.fc.named()]
///     }
///
///     fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self> {
///         let (scale, fc) = (memo.copy(&self.scale)?, self.fc.deep_copy_with(memo)?);
///         Ok(Self { scale, fc })
///     }
/// }
/// # let scale = parameter(Tensor::f_ones([2], (Kind::Float, Device::Cpu))?)?;
/// # let fc = Child::new("fc", Linear::new(2, 2, &mut Generator::manual_seed(0))?);
/// # let scaled = Scaled { scale, fc };
/// # assert_eq!(scaled.state_dict().sha256()?, scaled.deep_copy()?.state_dict().sha256()?);
/// # Ok::<(), TorchError>(())
/// ```
#[derive(Default)]
pub struct Memo {
    /// Tensors and their copies.
    copies: Vec<(Tensor, Tensor)>,
}

impl Memo {
    /// `copy.deepcopy(tensor, memo)`: values of its own, and `requires_grad` as it is. A gradient is not copied.
    ///
    /// # Errors
    /// A tensor that was computed from trained ones, and what libtorch refuses.
    pub fn copy(&mut self, tensor: &Tensor) -> Result<Tensor, TorchError> {
        let earlier = self.copies.iter().find(|(from, _)| is_same(from, tensor));
        if let Some((_, copy)) = earlier {
            return Ok(copy.shallow_clone());
        }
        if !tensor.f_is_leaf()? {
            return Err(TorchError::new(
                "a tensor that was computed from trained ones cannot be copied: detach it",
            ));
        }
        let values = tensor.f_detach()?;
        let mut copy = values.f_empty_like()?;
        copy.f_copy_(&values)?;
        if tensor.requires_grad() {
            copy = copy.f_set_requires_grad(true)?;
        }
        let pair = (tensor.shallow_clone(), copy.shallow_clone());
        self.copies.push(pair);
        Ok(copy)
    }

    /// The same of a tensor that may be missing.
    ///
    /// # Errors
    /// Those of [`copy`](Self::copy).
    pub fn copy_option(&mut self, tensor: Option<&Tensor>) -> Result<Option<Tensor>, TorchError> {
        tensor.map(|tensor| self.copy(tensor)).transpose()
    }
}

/// What a deep copy makes of tensors in options and lists.
pub trait DeepCopy: Sized {
    /// The copy.
    fn deep_copied(&self, memo: &mut Memo) -> Result<Self, TorchError>;
}

impl DeepCopy for Tensor {
    fn deep_copied(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        memo.copy(self)
    }
}

impl<T: DeepCopy> DeepCopy for Option<T> {
    fn deep_copied(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        let value = self.as_ref();
        value.map(|value| value.deep_copied(memo)).transpose()
    }
}

impl<T: DeepCopy> DeepCopy for Vec<T> {
    fn deep_copied(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        self.iter().map(|value| value.deep_copied(memo)).collect()
    }
}

impl DeepCopy for Box<dyn Layer> {
    fn deep_copied(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        (**self).deep_copy_boxed(memo)
    }
}

/// The value of a plain field of `module!`. Its copy is the first of these that its type allows: a deep one,
/// a clone, or an error. Rust looks for `copy_field` in this order, since each trait is of one `&` less.
pub struct Field<'f, T>(pub &'f T);

/// A field that holds tensors.
pub trait OfTensors<T> {
    /// A deep copy.
    fn copy_field(&self, memo: &mut Memo) -> Result<T, TorchError>;
}

impl<T: DeepCopy> OfTensors<T> for &&Field<'_, T> {
    fn copy_field(&self, memo: &mut Memo) -> Result<T, TorchError> {
        self.0.deep_copied(memo)
    }
}

/// A field that can be cloned.
pub trait OfClone<T> {
    /// A clone.
    fn copy_field(&self, memo: &mut Memo) -> Result<T, TorchError>;
}

impl<T: Clone> OfClone<T> for &Field<'_, T> {
    fn copy_field(&self, _memo: &mut Memo) -> Result<T, TorchError> {
        Ok(self.0.clone())
    }
}

/// Any other field.
pub trait OfAny<T> {
    /// An error.
    fn copy_field(&self, memo: &mut Memo) -> Result<T, TorchError>;
}

impl<T> OfAny<T> for Field<'_, T> {
    fn copy_field(&self, _memo: &mut Memo) -> Result<T, TorchError> {
        Err(TorchError::new(&format!(
            "a field of the type {} cannot be copied: give the type `Clone`",
            std::any::type_name::<T>()
        )))
    }
}

/// The method of a module that has no tensors and no children, by its `Clone`.
macro_rules! deep_copy_by_clone {
    () => {
        fn deep_copy_with(&self, _memo: &mut $crate::nn::Memo) -> Result<Self, $crate::TorchError> {
            Ok(self.clone())
        }
    };
}
pub(super) use deep_copy_by_clone;
