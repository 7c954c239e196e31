use super::guard;
use crate::Tensors;
use crate::weights::{WeightsError, torch_save};

/// The tensors of a TorchScript module by their `state_dict` names, BatchNorm's running
/// statistics among them. The program is not run.
///
/// The archive is that of `torch.save`, but for the objects in its pickle: theirs are classes that
/// the program defines. Taken for plain dictionaries, they make a nested `state_dict`.
pub fn load_state(contents: &[u8], max_bytes: u64) -> Result<Tensors, WeightsError> {
    let tensors = torch_save::tensors(contents, max_bytes, |pickle| {
        objects_as_dictionaries(&pickle).ok_or_else(|| guard::not_written_by_libtorch("data.pkl"))
    })?;
    if tensors.is_empty() {
        let reason = "holds no weights with names, only a program with constants, as tracing a \
                      function makes it; take the weights that it was made from";
        return Err(WeightsError::TorchScript(reason.to_owned()));
    }
    Ok(tensors)
}

/// Rewrites the pickle of `torch.jit.save` so that each object of one of the program's classes is
/// an `OrderedDict` of its attributes; none if the pickle has opcodes that libtorch never writes.
fn objects_as_dictionaries(pickle: &[u8]) -> Option<Vec<u8>> {
    let mut rewritten = Vec::with_capacity(pickle.len());
    for instruction in guard::instructions(pickle) {
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
