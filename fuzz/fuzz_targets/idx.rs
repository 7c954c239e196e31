//! IDX, plain and gzip: `Idx::read`.

#![no_main]

use lenet5::data::IdxKind;
use lenet5::data::idx::Idx;
use lenet5_fuzz::assert_memory_sufficed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|contents: &[u8]| {
    for kind in [IdxKind::Images, IdxKind::Labels] {
        match Idx::read(contents, kind) {
            Ok(idx) => {
                let length: u32 = idx.shape.iter().product();
                assert_eq!(idx.bytes.len(), length as usize);
            }
            Err(error) => drop(error.to_string()),
        }
    }
    assert_memory_sufficed();
});
