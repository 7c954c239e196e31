//! The pickle in an archive of `torch.jit.save`, for its weights and for libtorch's own reader.

#![no_main]

use lenet5_fuzz::{MAX_BYTES, assert_memory_sufficed, torchscript_archive};
use libfuzzer_sys::fuzz_target;
use tch::Device;
use torch_twin::weights::{self, ScriptModule};

fuzz_target!(|pickle: &[u8]| {
    let contents = torchscript_archive(pickle);
    if let Err(error) = weights::parse(&contents, MAX_BYTES) {
        let _ = error.to_string();
    }
    if let Err(error) = ScriptModule::load(&contents, Device::Cpu, MAX_BYTES) {
        let _ = error.to_string();
    }
    assert_memory_sufficed();
});
