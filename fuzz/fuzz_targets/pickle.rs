//! The pickle in an archive of `torch.save`, and files that begin with a pickle.

#![no_main]

use lenet5_fuzz::{MAX_BYTES, assert_memory_sufficed, torch_save_archive};
use libfuzzer_sys::fuzz_target;
use torch_twin::weights;

fuzz_target!(|pickle: &[u8]| {
    for contents in [pickle, &torch_save_archive(pickle)] {
        if let Err(error) = weights::parse(contents, MAX_BYTES) {
            let _ = error.to_string();
        }
    }
    assert_memory_sufficed();
});
