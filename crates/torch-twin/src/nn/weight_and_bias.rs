use tch::Tensor;

/// Implements [`Module`](super::Module) for a layer whose parameters are `weight` and `bias`, each a tensor or an
/// option of one; its other fields are cloned.
macro_rules! weight_and_bias {
    (impl[$($generic:tt)*] $Layer:ty { $($other:ident),* }) => {
        impl<$($generic)*> $crate::nn::Module for $Layer {
            fn own_parameters(&self) -> Vec<(&str, &tch::Tensor)> {
                $crate::nn::weight_and_bias::named(&self.weight, &self.bias)
            }

            fn deep_copy_with(
                &self,
                memo: &mut $crate::nn::Memo,
            ) -> Result<Self, $crate::TorchError> {
                use $crate::nn::deep_copy::DeepCopy;
                Ok(Self {
                    weight: self.weight.deep_copied(memo)?,
                    bias: self.bias.deep_copied(memo)?,
                    $($other: Clone::clone(&self.$other),)*
                })
            }
        }
    };
}
pub(super) use weight_and_bias;

/// A parameter that is there, or may be.
pub trait Parameter {
    /// Its tensor.
    fn tensor(&self) -> Option<&Tensor>;
}

impl Parameter for Tensor {
    fn tensor(&self) -> Option<&Tensor> {
        Some(self)
    }
}

impl Parameter for Option<Tensor> {
    fn tensor(&self) -> Option<&Tensor> {
        self.as_ref()
    }
}

/// Those of a layer's two parameters that are there, by name.
pub fn named<'a>(
    weight: &'a impl Parameter,
    bias: &'a impl Parameter,
) -> Vec<(&'static str, &'a Tensor)> {
    let both = [("weight", weight.tensor()), ("bias", bias.tensor())];
    let there = both
        .into_iter()
        .filter_map(|(name, tensor)| Some((name, tensor?)));
    there.collect()
}
