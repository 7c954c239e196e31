use std::collections::HashMap;

use tch::Tensor;

use crate::Tensors;

/// In a file of `torch.save` the names stand within this many bytes from its beginning, or are not looked for.
const SEARCHED: usize = 1 << 26;

/// BINUNICODE, with which a pickle begins a string; its length in four bytes follows.
const BINUNICODE: u8 = b'X';

/// The tensors in the order in which their file names them: of `torch.save` that of the `state_dict`, of
/// safetensors that of its header. What is not found comes last, in the order of the names.
pub fn in_own_order(contents: &[u8], tensors: Tensors) -> Vec<(String, Tensor)> {
    let contents = &contents[..contents.len().min(SEARCHED)];
    let places = match contents.split_first_chunk() {
        Some((length, rest)) if rest.starts_with(b"{") => {
            let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
            quoted_names(&rest[..rest.len().min(length)], &tensors)
        }
        _ => pickled_names(contents, &tensors),
    };
    let mut tensors: Vec<_> = tensors.into_iter().collect();
    tensors.sort_by_key(|(name, _)| places.get(name).copied().unwrap_or(usize::MAX));
    tensors
}

/// Where each name stands first between quotation marks.
fn quoted_names(header: &[u8], tensors: &Tensors) -> HashMap<String, usize> {
    let parts = header.split(|byte| *byte == b'"').enumerate();
    let strings = parts.filter_map(|(place, part)| Some((str::from_utf8(part).ok()?, place)));
    first_places(strings, tensors)
}

/// Where each name stands first as a string of a pickle.
fn pickled_names(contents: &[u8], tensors: &Tensors) -> HashMap<String, usize> {
    let longest = tensors.keys().map(String::len).max().unwrap_or(0);
    let strings = contents.iter().enumerate().filter_map(|(place, byte)| {
        if *byte != BINUNICODE {
            return None;
        }
        let length = contents.get(place + 1..place + 5)?.try_into().ok()?;
        let length = u32::from_le_bytes(length) as usize;
        let string = contents.get(place + 5..place + 5 + length.min(longest + 1))?;
        Some((str::from_utf8(string).ok()?, place))
    });
    first_places(strings, tensors)
}

fn first_places<'s>(
    found: impl Iterator<Item = (&'s str, usize)>,
    tensors: &Tensors,
) -> HashMap<String, usize> {
    let mut places = HashMap::new();
    for (name, place) in found {
        if tensors.contains_key(name) {
            places.entry(name.to_owned()).or_insert(place);
        }
    }
    places
}
