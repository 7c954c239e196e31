use tch::{Device, Kind, Tensor};

use crate::{Generator, TorchError};

/// Tensors made of random numbers.
impl Generator {
    /// `torch.rand(size, generator=generator, dtype=…)`: uniform in 0 to 1.
    ///
    /// # Errors
    /// A kind that is none of floating point, and what libtorch refuses.
    pub fn rand(
        &mut self,
        size: impl AsRef<[i64]>,
        options: (Kind, Device),
    ) -> Result<Tensor, TorchError> {
        let mut tensor = Tensor::f_empty(size.as_ref(), options)?;
        self.uniform_(&mut tensor, 0.0, 1.0)?;
        Ok(tensor)
    }

    /// `torch.randn(size, generator=generator, dtype=…)`: normally distributed.
    ///
    /// # Errors
    /// A kind that is none of floating point, and what libtorch refuses.
    pub fn randn(
        &mut self,
        size: impl AsRef<[i64]>,
        options: (Kind, Device),
    ) -> Result<Tensor, TorchError> {
        let mut tensor = Tensor::f_empty(size.as_ref(), options)?;
        self.normal_(&mut tensor, 0.0, 1.0)?;
        Ok(tensor)
    }

    /// `torch.randn_like(tensor, generator=generator)`: normally distributed, of the size, kind and device of
    /// `tensor`.
    ///
    /// # Errors
    /// A kind that is none of floating point, and what libtorch refuses.
    pub fn randn_like(&mut self, tensor: &Tensor) -> Result<Tensor, TorchError> {
        let mut drawn = tensor.f_detach()?.f_empty_like()?;
        self.normal_(&mut drawn, 0.0, 1.0)?;
        Ok(drawn)
    }

    /// `torch.randint(low, high, size, generator=generator, dtype=…)`: from `low` to below `high`. The generator
    /// has to be one on the CPU.
    ///
    /// # Errors
    /// A `high` that is not above `low`, a kind that does not hold both, and a generator on a GPU.
    pub fn randint(
        &mut self,
        low: i64,
        high: i64,
        size: impl AsRef<[i64]>,
        options: (Kind, Device),
    ) -> Result<Tensor, TorchError> {
        self.as_default(|| Ok(Tensor::f_randint_low(low, high, size.as_ref(), options)?))
    }
}
