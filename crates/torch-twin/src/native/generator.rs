use std::ptr;

use tch::Tensor;
use torch_sys::C_tensor;

use super::bindings::{
    CGenerator, twin_bernoulli, twin_exchange_with_default, twin_generator_cpu,
    twin_generator_cuda, twin_generator_drop, twin_generator_get_state, twin_generator_set_state,
    twin_multinomial, twin_normal, twin_random, twin_randperm, twin_uniform,
};
use super::outcome::outcome;
use crate::TorchError;

/// An `at::Generator` that belongs to this value alone.
pub struct NativeGenerator {
    /// Never null.
    generator: *mut CGenerator,
}

// SAFETY: libtorch ties a generator to no thread, and this value is the only one that has it.
unsafe impl Send for NativeGenerator {}

impl NativeGenerator {
    pub fn cpu(seed: u64) -> Self {
        // SAFETY: The function takes a number and returns a generator of its own.
        let generator = unsafe { twin_generator_cpu(seed) };
        assert!(!generator.is_null(), "there is no memory for a generator");
        Self { generator }
    }

    pub fn cuda(index: i32, seed: u64) -> Result<Self, TorchError> {
        let mut generator = ptr::null_mut();
        // SAFETY: The function writes a generator of its own through the pointer if it succeeds.
        unsafe { outcome(twin_generator_cuda(index, seed, &mut generator))? };
        Ok(Self { generator })
    }

    pub fn get_state(&self) -> Result<Tensor, TorchError> {
        let mut state = ptr::null_mut();
        // SAFETY: After a success, `state` is a new tensor that nobody else has.
        unsafe {
            outcome(twin_generator_get_state(self.generator, &mut state))?;
            Ok(Tensor::from_ptr(state))
        }
    }

    /// Whether `state` is one; if it is not, the generator stays as it was.
    pub fn set_state(&mut self, state: &Tensor) -> Result<bool, TorchError> {
        let mut is_state = false;
        // SAFETY: Generator and tensor live during the call, and the function keeps neither.
        unsafe {
            let failure = twin_generator_set_state(self.generator, state.as_ptr(), &mut is_state);
            outcome(failure)?;
        }
        Ok(is_state)
    }

    /// Gives this one the state of libtorch's default generator, and that one this one's.
    pub fn exchange_with_default(&mut self) -> Result<(), TorchError> {
        // SAFETY: The generator lives during the call, which keeps nothing.
        unsafe { outcome(twin_exchange_with_default(self.generator)) }
    }

    pub fn random_(&mut self, tensor: &mut Tensor) -> Result<(), TorchError> {
        // SAFETY: Tensor and generator live during the call, and nobody else draws from it.
        unsafe { outcome(twin_random(tensor.as_mut_ptr(), self.generator)) }
    }

    pub fn uniform_(&mut self, tensor: &mut Tensor, from: f64, to: f64) -> Result<(), TorchError> {
        // SAFETY: As in `random_`.
        unsafe { outcome(twin_uniform(tensor.as_mut_ptr(), from, to, self.generator)) }
    }

    pub fn normal_(&mut self, tensor: &mut Tensor, mean: f64, std: f64) -> Result<(), TorchError> {
        // SAFETY: As in `random_`.
        unsafe { outcome(twin_normal(tensor.as_mut_ptr(), mean, std, self.generator)) }
    }

    pub fn bernoulli_(&mut self, tensor: &mut Tensor, p: f64) -> Result<(), TorchError> {
        // SAFETY: As in `random_`.
        unsafe { outcome(twin_bernoulli(tensor.as_mut_ptr(), p, self.generator)) }
    }

    pub fn multinomial(
        &mut self,
        weights: &Tensor,
        samples: i64,
        replacement: bool,
    ) -> Result<Tensor, TorchError> {
        let mut drawn: *mut C_tensor = ptr::null_mut();
        // SAFETY: After a success, `drawn` is a new tensor that nobody else has.
        unsafe {
            outcome(twin_multinomial(
                weights.as_ptr(),
                samples,
                replacement,
                self.generator,
                &mut drawn,
            ))?;
            Ok(Tensor::from_ptr(drawn))
        }
    }

    pub fn randperm(&mut self, n: i64) -> Result<Tensor, TorchError> {
        let mut order: *mut C_tensor = ptr::null_mut();
        // SAFETY: After a success, `order` is a new tensor that nobody else has.
        unsafe {
            outcome(twin_randperm(n, self.generator, &mut order))?;
            Ok(Tensor::from_ptr(order))
        }
    }
}

impl Drop for NativeGenerator {
    fn drop(&mut self) {
        // SAFETY: The pointer came from a constructor, and is not used again.
        unsafe { twin_generator_drop(self.generator) }
    }
}
