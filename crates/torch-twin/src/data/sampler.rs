use tch::{Kind, Tensor};

use crate::{Generator, TorchError};

/// `torch.utils.data.WeightedRandomSampler(weights, num_samples, replacement)`: draws samples as often as
/// their weights say.
///
/// ```
/// use torch_twin::Generator;
/// use torch_twin::data::WeightedRandomSampler;
///
/// let sampler = WeightedRandomSampler::new(&[0.0, 3.0, 1.0], 5, true)?;
/// let indices = sampler.indices(&mut Generator::manual_seed(0))?;
/// assert!(indices.len() == 5 && !indices.contains(&0));
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
pub struct WeightedRandomSampler {
    weights: Tensor,
    num_samples: usize,
    replacement: bool,
}

impl WeightedRandomSampler {
    /// A sampler of so many samples by these weights, which need not sum to 1; PyTorch's default of
    /// `replacement` is true.
    ///
    /// # Errors
    /// No samples to draw.
    pub fn new(weights: &[f64], num_samples: usize, replacement: bool) -> Result<Self, TorchError> {
        if num_samples == 0 {
            return Err(TorchError::new("num_samples should be a positive integer"));
        }
        Ok(Self {
            weights: Tensor::f_from_slice(weights)?.f_to_kind(Kind::Double)?,
            num_samples,
            replacement,
        })
    }

    /// `len(sampler)`.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one sample")]
    pub fn len(&self) -> usize {
        self.num_samples
    }

    /// `list(sampler)`, drawn from the generator that `torch.manual_seed` seeds in Python.
    ///
    /// # Errors
    /// Weights that libtorch refuses: negative ones, none above zero, or too few without replacement.
    pub fn indices(&self, generator: &mut Generator) -> Result<Vec<i64>, TorchError> {
        let drawn = generator.multinomial(&self.weights, self.num_samples, self.replacement)?;
        Ok(Vec::<i64>::try_from(&drawn)?)
    }
}
