//! The files of `torch.save` and `torch.jit.save`, without Python and without libtorch.
//!
//! Their pickles are parsed, not run.

mod children;
mod state_dict;
mod storages;
mod stream;
mod tensor;
mod walk;

use self::state_dict::StateDict;
use self::storages::Storages;
pub(super) use self::stream::is_stream;
use super::archive::{Archive, ZIP_MAGIC};
use super::pickle::run;
use super::{FileError, Weights};

/// What errors call these files.
const FORMAT: &str = "PyTorch file";

/// The `state_dict` of a file, and what is beside it.
pub(super) fn parse(contents: &[u8], max_bytes: u64) -> Result<Weights, FileError> {
    if contents.starts_with(ZIP_MAGIC) {
        return in_archive(contents, max_bytes, true);
    }
    let (values, storages) = stream::parse(contents)?;
    StateDict::find(&values, true)?.read(storages, max_bytes)
}

/// All tensors of an archive by the paths of the attributes that they are: those of a TorchScript module.
pub(super) fn attributes(contents: &[u8], max_bytes: u64) -> Result<Weights, FileError> {
    in_archive(contents, max_bytes, false)
}

fn in_archive(contents: &[u8], max_bytes: u64, is_checkpoint: bool) -> Result<Weights, FileError> {
    let mut archive = Archive::open(contents, max_bytes)?;
    let pickle = archive.read("data.pkl")?;
    let (values, _) = run(&pickle).map_err(|reason| FileError::malformed(FORMAT, reason))?;
    let storages = Storages::in_archive(archive)?;
    StateDict::find(&values, is_checkpoint)?.read(storages, max_bytes)
}
