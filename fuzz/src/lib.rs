//! What the fuzz targets share: archives around a pickle, and a limit of memory.

use std::alloc::System;
use std::io::{Cursor, Write};

use cap::Cap;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What the readers are told that a weights file may hold.
pub const MAX_BYTES: u64 = 16 << 20;

/// The most memory that a reader may take at once.
const MAX_MEMORY: usize = 256 << 20;

/// libFuzzer sees only the memory of a sanitizer's allocator, and there is none here.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, 2 * MAX_MEMORY);

/// Panics where a reader took too much memory; what reads into a buffer makes an error of a refusal
/// by the allocator.
pub fn assert_memory_sufficed() {
    let taken = ALLOCATOR.max_allocated();
    assert!(taken < MAX_MEMORY, "{taken} bytes were taken at once");
}

/// An archive as `torch.save` writes it, with `pickle` and four storages of 64 bytes.
pub fn torch_save_archive(pickle: &[u8]) -> Vec<u8> {
    archive(&[("data.pkl", pickle), ("byteorder", b"little")])
}

/// An archive as `torch.jit.save` writes it, with `pickle` and four storages of 64 bytes.
pub fn torchscript_archive(pickle: &[u8]) -> Vec<u8> {
    archive(&[
        ("data.pkl", pickle),
        ("code/__torch__.py", PROGRAM.as_bytes()),
        ("constants.pkl", b"\x80\x02)."),
    ])
}

/// The classes of the module in `make_corpus.py`.
const PROGRAM: &str = "\
class Net(Module):
  __parameters__ = [\"weight\", ]
  __buffers__ = [\"mean\", ]
  weight : Tensor
  mean : Tensor
  training : bool
  _is_full_backward_hook : NoneType
  names : List[str]
  sizes : Dict[str, int]
  pair : Tuple[int, float]
  maybe : Optional[Tensor]
  tensors : List[Tensor]
  child : __torch__.Child
  def forward(self: __torch__.Net,
    x: Tensor) -> Tensor:
    return torch.mul(x, self.weight)
class Child(Module):
  __parameters__ = [\"bias\", ]
  __buffers__ = []
  bias : Tensor
  training : bool
  _is_full_backward_hook : Optional[bool]
  def forward(self: __torch__.Child,
    x: Tensor) -> Tensor:
    return torch.add(x, self.bias)
";

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let storages = ["data/0", "data/1", "data/2", "data/3"].map(|name| (name, &[1; 64][..]));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let rest = storages.into_iter().chain([("version", &b"3\n"[..])]);
    for (name, contents) in files.iter().copied().chain(rest) {
        let name = format!("archive/{name}");
        let started = writer.start_file(name, stored);
        started.expect("a new name");
        writer.write_all(contents).expect("memory");
    }
    writer.finish().expect("an archive").into_inner()
}
