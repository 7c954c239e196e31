//! Which format a file has, judged by its content.

use super::FileError;
use super::archive::{Archive, ZIP_MAGIC};
use super::foreign::foreign;
use super::safetensors::is_safetensors;
use super::torch_save::is_stream;
use super::torchscript::has_program;

/// A format in which weights are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// [safetensors](https://github.com/huggingface/safetensors).
    Safetensors,
    /// What `torch.save` writes: zip, or the older stream of pickles.
    TorchSave,
    /// What `torch.jit.save` writes: a program with its weights.
    TorchScript,
    /// The same without a program: tensors of a program in C++ or Rust, such as a `VarStore` of tch (`.ot`).
    VarStore,
    /// Arrays of NumPy, `.npz`.
    Numpy,
    /// An index of files of weights, `model.safetensors.index.json`.
    Index,
}

impl Format {
    /// The format of `contents`, a whole file.
    ///
    /// A TorchScript archive differs from that of `torch.save` in having `constants.pkl`.
    ///
    /// # Errors
    /// Contents of no known format, or an archive that is damaged or holds more than `max_bytes`.
    pub fn of(contents: &[u8], max_bytes: u64) -> Result<Self, FileError> {
        if is_safetensors(contents) {
            return Ok(Self::Safetensors);
        }
        if contents.starts_with(ZIP_MAGIC) {
            return Self::of_archive(&mut Archive::open(contents, max_bytes)?);
        }
        if is_index(contents) {
            return Ok(Self::Index);
        }
        if is_stream(contents) {
            return Ok(Self::TorchSave);
        }
        match foreign(contents) {
            Some((format, advice)) => Err(FileError::Foreign { format, advice }),
            None => Err(FileError::UnknownFormat),
        }
    }

    fn of_archive(archive: &mut Archive<'_>) -> Result<Self, FileError> {
        if archive.contains("archive_format") {
            return Err(FileError::Foreign {
                format: "an exported program (torch.export or AOTInductor, .pt2)",
                advice: "save the state_dict of the model that it was exported from",
            });
        }
        if archive.is_numpy() {
            return Ok(Self::Numpy);
        }
        if archive.contains("constants.pkl") {
            return Ok(match has_program(archive)? {
                true => Self::TorchScript,
                false => Self::VarStore,
            });
        }
        if archive.contains("data.pkl") {
            return Ok(Self::TorchSave);
        }
        if archive.contains(".data/extern_modules") {
            return Err(FileError::Foreign {
                format: "an archive of torch.package",
                advice: "load the model with torch.package.PackageImporter and save its state_dict",
            });
        }
        let is_weights = |name: &&String| {
            let endings = [
                ".pt",
                ".pth",
                ".bin",
                ".ckpt",
                ".safetensors",
                ".npz",
                ".ot",
            ];
            endings.iter().any(|ending| name.ends_with(ending))
        };
        Err(match archive.all().iter().find(is_weights) {
            Some(file) => FileError::Packed(file.clone()),
            None => FileError::Foreign {
                format: "a zip archive that PyTorch did not write",
                advice: "unpack it, and give the file of weights in it",
            },
        })
    }
}

/// Whether a file is the JSON of an index of safetensors files.
pub(super) fn is_index(contents: &[u8]) -> bool {
    const WORD: &[u8] = b"\"weight_map\"";
    // What is before it may be long.
    const WITHIN: usize = 1 << 20;
    let beginning = contents[..contents.len().min(WITHIN)].trim_ascii_start();
    beginning.starts_with(b"{") && beginning.windows(WORD.len()).any(|window| window == WORD)
}
