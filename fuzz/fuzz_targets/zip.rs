//! Whole files of weights: the zip archives of `torch.save` and `torch.jit.save`, as they are.

#![no_main]

use lenet5_fuzz::{MAX_BYTES, assert_memory_sufficed};
use libfuzzer_sys::fuzz_target;
use torch_twin::weights;

fuzz_target!(|contents: &[u8]| {
    if let Err(error) = weights::parse(contents, MAX_BYTES) {
        let _ = error.to_string();
    }
    assert_memory_sufficed();
});
