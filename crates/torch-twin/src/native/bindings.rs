//! The functions in `cpp`, as they stand there.

use std::ffi::{c_char, c_int};

use torch_sys::C_tensor;

/// An `at::Generator`.
#[repr(C)]
pub struct CGenerator {
    _private: [u8; 0],
}

unsafe extern "C" {
    /// Of C's mathematical library, which Python's `math.erf` calls, too.
    pub safe fn erf(x: f64) -> f64;

    pub fn twin_free(text: *mut c_char);

    pub fn twin_generator_cpu(seed: u64) -> *mut CGenerator;
    pub fn twin_generator_cuda(index: c_int, seed: u64, made: *mut *mut CGenerator) -> *mut c_char;
    pub fn twin_generator_drop(generator: *mut CGenerator);
    pub fn twin_generator_get_state(
        generator: *const CGenerator,
        state: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_generator_set_state(
        generator: *mut CGenerator,
        state: *const C_tensor,
        is_state: *mut bool,
    ) -> *mut c_char;

    pub fn twin_exchange_with_default(generator: *mut CGenerator) -> *mut c_char;

    pub fn twin_random(tensor: *mut C_tensor, generator: *const CGenerator) -> *mut c_char;
    pub fn twin_uniform(
        tensor: *mut C_tensor,
        from: f64,
        to: f64,
        generator: *const CGenerator,
    ) -> *mut c_char;
    pub fn twin_normal(
        tensor: *mut C_tensor,
        mean: f64,
        std: f64,
        generator: *const CGenerator,
    ) -> *mut c_char;
    pub fn twin_bernoulli(
        tensor: *mut C_tensor,
        p: f64,
        generator: *const CGenerator,
    ) -> *mut c_char;
    pub fn twin_multinomial(
        weights: *const C_tensor,
        samples: i64,
        replacement: bool,
        generator: *const CGenerator,
        drawn: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_randperm(
        n: i64,
        generator: *const CGenerator,
        order: *mut *mut C_tensor,
    ) -> *mut c_char;

    pub fn twin_add(
        tensor: *const C_tensor,
        other: *const C_tensor,
        alpha: f64,
        sum: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_add_(tensor: *mut C_tensor, other: *const C_tensor, alpha: f64) -> *mut c_char;
    pub fn twin_sub(
        tensor: *const C_tensor,
        other: *const C_tensor,
        alpha: f64,
        difference: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_sub_(tensor: *mut C_tensor, other: *const C_tensor, alpha: f64) -> *mut c_char;
    pub fn twin_mul(
        tensor: *const C_tensor,
        factor: f64,
        product: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_mul_(tensor: *mut C_tensor, factor: f64) -> *mut c_char;
    pub fn twin_fill_(tensor: *mut C_tensor, value: f64) -> *mut c_char;
    pub fn twin_clamp_(tensor: *mut C_tensor, min: f64, max: f64) -> *mut c_char;
    pub fn twin_addcmul(
        tensor: *const C_tensor,
        a: *const C_tensor,
        b: *const C_tensor,
        value: f64,
        sum: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_addcmul_(
        tensor: *mut C_tensor,
        a: *const C_tensor,
        b: *const C_tensor,
        value: f64,
    ) -> *mut c_char;
    pub fn twin_addcdiv(
        tensor: *const C_tensor,
        a: *const C_tensor,
        b: *const C_tensor,
        value: f64,
        sum: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_addcdiv_(
        tensor: *mut C_tensor,
        a: *const C_tensor,
        b: *const C_tensor,
        value: f64,
    ) -> *mut c_char;
    pub fn twin_addmm(
        tensor: *const C_tensor,
        a: *const C_tensor,
        b: *const C_tensor,
        beta: f64,
        alpha: f64,
        sum: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_vector_norm(
        tensor: *const C_tensor,
        order: f64,
        dimensions: *const i64,
        count: usize,
        keepdim: bool,
        norm: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_clone(tensor: *const C_tensor, copy: *mut *mut C_tensor) -> *mut c_char;
    pub fn twin_lerp_(tensor: *mut C_tensor, end: *const C_tensor, weight: f64) -> *mut c_char;
    pub fn twin_total_norm(
        tensors: *const *const C_tensor,
        count: usize,
        norm_type: f64,
        norm: *mut *mut C_tensor,
    ) -> *mut c_char;

    pub fn twin_conv2d(
        input: *const C_tensor,
        weight: *const C_tensor,
        bias: *const C_tensor,
        output: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_avg_pool2d(
        input: *const C_tensor,
        size: i64,
        stride: i64,
        output: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_max_pool2d(
        input: *const C_tensor,
        size: i64,
        stride: i64,
        output: *mut *mut C_tensor,
    ) -> *mut c_char;

    pub fn twin_leaky_relu(
        input: *const C_tensor,
        negative_slope: f64,
        output: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_elu(input: *const C_tensor, alpha: f64, output: *mut *mut C_tensor) -> *mut c_char;
    pub fn twin_celu(input: *const C_tensor, alpha: f64, output: *mut *mut C_tensor)
    -> *mut c_char;
    pub fn twin_hardshrink(
        input: *const C_tensor,
        lambd: f64,
        output: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_softshrink(
        input: *const C_tensor,
        lambd: f64,
        output: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_hardtanh(
        input: *const C_tensor,
        min_val: f64,
        max_val: f64,
        output: *mut *mut C_tensor,
    ) -> *mut c_char;
    pub fn twin_softplus(
        input: *const C_tensor,
        beta: f64,
        threshold: f64,
        output: *mut *mut C_tensor,
    ) -> *mut c_char;

    pub fn twin_leaky_relu_(input: *mut C_tensor, negative_slope: f64) -> *mut c_char;
    pub fn twin_elu_(input: *mut C_tensor, alpha: f64) -> *mut c_char;
    pub fn twin_celu_(input: *mut C_tensor, alpha: f64) -> *mut c_char;
    pub fn twin_hardtanh_(input: *mut C_tensor, min_val: f64, max_val: f64) -> *mut c_char;

    pub fn twin_reset_grad(tensor: *const C_tensor) -> *mut c_char;
    pub fn twin_bump_version(tensor: *const C_tensor) -> *mut c_char;
    pub safe fn twin_is_grad_enabled() -> bool;
    pub fn twin_autocast_enter(
        is_cuda: bool,
        enabled: bool,
        dtype: i8,
        was_enabled: *mut bool,
        previous: *mut i8,
    ) -> *mut c_char;
    pub safe fn twin_autocast_exit(is_cuda: bool, was_enabled: bool, previous: i8) -> *mut c_char;
    pub fn twin_is_same(one: *const C_tensor, other: *const C_tensor) -> bool;
    pub fn twin_is_sole_view(tensor: *const C_tensor) -> bool;
    pub fn twin_may_overwrite(tensor: *const C_tensor) -> bool;

    pub safe fn twin_detect_processor();
    pub safe fn twin_use_caching_allocator();
    pub safe fn twin_print_to_stderr() -> *mut c_char;

    pub fn twin_cpu_vendor(vendor: *mut u8) -> bool;
    pub safe fn twin_mkl_chosen_branch() -> c_int;
    pub safe fn twin_mkl_auto_branch() -> c_int;

    pub fn twin_cpu_capability(capability: *mut *mut c_char) -> *mut c_char;
    pub safe fn twin_deterministic() -> bool;
    pub safe fn twin_deterministic_warn_only() -> bool;
    pub safe fn twin_set_deterministic(on: bool, warn_only: bool);
    pub safe fn twin_cudnn_deterministic() -> bool;
    pub safe fn twin_set_cudnn_deterministic(on: bool);
    pub safe fn twin_cudnn_benchmark() -> bool;
    pub safe fn twin_set_cudnn_benchmark(on: bool);
    pub fn twin_cudnn_allow_tf32(on: *mut bool) -> *mut c_char;
    pub safe fn twin_set_cudnn_allow_tf32(on: bool) -> *mut c_char;
    pub fn twin_matmul_allow_tf32(on: *mut bool) -> *mut c_char;
    pub safe fn twin_set_matmul_allow_tf32(on: bool) -> *mut c_char;
}
