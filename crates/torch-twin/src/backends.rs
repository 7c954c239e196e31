//! Which kernels libtorch takes: `torch.backends`, and `torch.use_deterministic_algorithms`.
//!
//! The switches hold for the whole process, as in Python. Those of CUDA may be set, and read back,
//! where there is none.
//!
//! ```
//! use torch_twin::backends;
//!
//! // torch.use_deterministic_algorithms(True)
//! backends::use_deterministic_algorithms(true, false);
//! // torch.backends.cudnn.benchmark = False
//! backends::set_cudnn_benchmark(false);
//! assert!(backends::are_deterministic_algorithms_enabled());
//! ```

pub use crate::native::{
    are_deterministic_algorithms_enabled, cpu_capability, cudnn_allow_tf32, cudnn_benchmark,
    cudnn_deterministic, is_deterministic_algorithms_warn_only_enabled, matmul_allow_tf32,
    set_cudnn_allow_tf32, set_cudnn_benchmark, set_cudnn_deterministic, set_matmul_allow_tf32,
    use_caching_allocator, use_deterministic_algorithms,
};

#[cfg(test)]
mod tests {
    use tch::{Device, Kind, Tensor};

    use super::*;

    #[test]
    fn a_switch_reads_back_as_it_was_set() {
        for on in [true, false] {
            set_cudnn_deterministic(on);
            set_cudnn_benchmark(on);
            set_cudnn_allow_tf32(on).unwrap();
            set_matmul_allow_tf32(on).unwrap();
            assert_eq!((cudnn_deterministic(), cudnn_benchmark()), (on, on));
            assert_eq!(cudnn_allow_tf32().unwrap(), on);
            assert_eq!(matmul_allow_tf32().unwrap(), on);
        }
    }

    /// libtorch fills memory that nobody has written yet with NaN where results must be equal.
    #[test]
    fn deterministic_algorithms_change_what_libtorch_does() {
        use_deterministic_algorithms(true, true);
        assert!(are_deterministic_algorithms_enabled());
        assert!(is_deterministic_algorithms_warn_only_enabled());
        let filled = Tensor::empty([100], (Kind::Float, Device::Cpu));
        use_deterministic_algorithms(false, false);
        assert!(!are_deterministic_algorithms_enabled());
        assert!(bool::try_from(filled.isnan().all()).unwrap());
    }
}
