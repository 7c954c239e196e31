use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::METADATA;
use crate::weights::FileError;
use crate::weights::element::Element;
use crate::{Array, atomic_file};

/// Writes named tensors, such as those of a `state_dict`, so that `path` holds either all of them or what it held
/// before.
///
/// Equal weights and metadata make equal files.
///
/// # Errors
/// Two tensors of one name, and a file that cannot be written.
pub fn save<'a>(
    path: &Path,
    arrays: impl IntoIterator<Item = (&'a str, &'a Array)>,
    metadata: &BTreeMap<String, String>,
) -> Result<(), FileError> {
    let file = serialize(arrays, metadata)?;
    atomic_file::write(path, &file).map_err(FileError::Io)
}

/// The bytes of a safetensors file of named tensors.
///
/// # Errors
/// Two tensors of one name.
pub fn serialize<'a>(
    arrays: impl IntoIterator<Item = (&'a str, &'a Array)>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, FileError> {
    let mut arrays: Vec<(&str, &Array)> = arrays.into_iter().collect();
    // As the crate `safetensors` and Python's package order them: those of the largest values first.
    arrays.sort_by_key(|(name, array)| (Reverse(Element::rank(array.dtype())), *name));
    check_names(&arrays)?;
    let json = |error: serde_json::Error| FileError::Io(error.into());
    let mut header = format!(
        "{{\"{METADATA}\":{}",
        serde_json::to_string(metadata).map_err(json)?
    );
    let mut end = 0;
    for (name, array) in &arrays {
        let start = end;
        end += array.bytes().len();
        let name = serde_json::to_string(name).map_err(json)?;
        let shape = serde_json::to_string(array.shape()).map_err(json)?;
        let dtype = array.dtype();
        // Writing into a string cannot fail.
        let _ = write!(
            header,
            ",{name}:{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{start},{end}]}}"
        );
    }
    header.push('}');
    header += &" ".repeat(header.len().next_multiple_of(8) - header.len());
    let mut file = Vec::with_capacity(8 + header.len() + end);
    file.extend((header.len() as u64).to_le_bytes());
    file.extend(header.as_bytes());
    for (_, array) in arrays {
        file.extend(array.bytes());
    }
    Ok(file)
}

/// Refuses two tensors of one name, and one of the name that the format keeps for itself.
fn check_names(arrays: &[(&str, &Array)]) -> Result<(), FileError> {
    let mut seen = std::collections::HashSet::from([METADATA]);
    match arrays.iter().find(|(name, _)| !seen.insert(name)) {
        Some((name, _)) => Err(FileError::Name((*name).to_owned())),
        None => Ok(()),
    }
}
