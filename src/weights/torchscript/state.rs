use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use tch::Tensor;
use tempfile::NamedTempFile;

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
    let mut archive = Archive::open(path, contents)?;
    let pickle = archive.read("data.pkl")?;
    let pickle = objects_as_dictionaries(&pickle).ok_or_else(|| WeightsError::TorchScript {
        path: path.to_owned(),
        reason: "its data.pkl is not what torch.jit.save writes".to_owned(),
    })?;
    let archive = archive.with_replaced("data.pkl", &pickle)?;
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
    let mut rest = pickle;
    while let Some((&opcode, after)) = rest.split_first() {
        let (argument, next) = after.split_at_checked(argument_length(opcode, after)?)?;
        match opcode {
            // c: a class by module and name.
            b'c' if argument.starts_with(b"__torch__") => {
                rewritten.extend(b"ccollections\nOrderedDict\n");
            }
            // NEWOBJ, which makes an object of a class, becomes REDUCE, which calls a function.
            0x81 => rewritten.push(b'R'),
            _ => {
                rewritten.push(opcode);
                rewritten.extend(argument);
            }
        }
        rest = next;
    }
    Some(rewritten)
}

/// Bytes that follow an opcode as its argument; `after` begins with them.
fn argument_length(opcode: u8, after: &[u8]) -> Option<usize> {
    match opcode {
        // MARK, STOP, None, True, False, tuples, lists, dictionaries, NEWOBJ, REDUCE, BUILD, BINPERSID.
        b'('
        | b'.'
        | b'N'
        | 0x88
        | 0x89
        | b')'
        | b't'
        | 0x85..=0x87
        | b']'
        | b'a'
        | b'e'
        | b'}'
        | b's'
        | b'u'
        | 0x81
        | b'R'
        | b'b'
        | b'Q' => Some(0),
        // PROTO, BINPUT, BINGET, BININT1.
        0x80 | b'q' | b'h' | b'K' => Some(1),
        // BININT2.
        b'M' => Some(2),
        // LONG_BINPUT, LONG_BINGET, BININT.
        b'r' | b'j' | b'J' => Some(4),
        // BINFLOAT.
        b'G' => Some(8),
        // LONG1: a byte of length.
        0x8a => Some(1 + usize::from(*after.first()?)),
        // BINUNICODE: four bytes of length.
        b'X' => Some(4 + usize::try_from(u32::from_le_bytes(*after.first_chunk()?)).ok()?),
        // GLOBAL: two lines.
        b'c' => {
            let ends = after.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            ends.map(|(index, _)| index + 1).nth(1)
        }
        _ => None,
    }
}
