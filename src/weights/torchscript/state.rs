use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use tch::Tensor;
use tempfile::NamedTempFile;

use super::pickle;
use crate::weights::archive::Archive;
use crate::weights::{WeightsError, checkpoint};

/// The tensors of a TorchScript module by their `state_dict` names, BatchNorm's running
/// statistics among them. The program is not run.
///
/// The archive is that of `torch.save`, but for the objects in its pickle: theirs are classes that
/// the program defines. Taken for plain dictionaries, they make a nested `state_dict`.
pub(in crate::weights) fn load_state(
    path: &Path,
    contents: &[u8],
) -> Result<BTreeMap<String, Tensor>, WeightsError> {
    let archive = Archive::open(path, contents)?.rewrite(|name, file| {
        if name != "data.pkl" {
            return Ok(Some(file));
        }
        let file = objects_as_dictionaries(&file);
        file.ok_or_else(|| super::not_written_by_libtorch(path, name))
            .map(Some)
    })?;
    let file = temporary_file(&archive).map_err(|source| WeightsError::Io {
        path: path.to_owned(),
        source,
    })?;
    let tensors = checkpoint::tensors(path, file.path())?;
    if tensors.is_empty() {
        return Err(WeightsError::TorchScript {
            path: path.to_owned(),
            reason: "holds no weights with names, only a program with constants, as tracing a \
                     function makes it; take the weights that it was made from"
                .to_owned(),
        });
    }
    Ok(tensors)
}

fn temporary_file(contents: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(contents)?;
    Ok(file)
}

/// Rewrites the pickle of `torch.jit.save` so that each object of one of the program's classes is
/// an `OrderedDict` of its attributes; none if the pickle has opcodes that libtorch never writes.
fn objects_as_dictionaries(pickle: &[u8]) -> Option<Vec<u8>> {
    let mut rewritten = Vec::with_capacity(pickle.len());
    for instruction in pickle::instructions(pickle) {
        match instruction? {
            // GLOBAL: a class by module and name.
            (b'c', class) if class.starts_with(b"__torch__") => {
                rewritten.extend(b"ccollections\nOrderedDict\n");
            }
            // NEWOBJ, which makes an object of a class, becomes REDUCE, which calls a function.
            (0x81, _) => rewritten.push(b'R'),
            (opcode, argument) => {
                rewritten.push(opcode);
                rewritten.extend(argument);
            }
        }
    }
    Some(rewritten)
}
