use std::collections::BTreeMap;

use super::FileError;
use super::element::{Element, Reading};
use super::list::List;
use crate::{Array, printable};

/// The tensors whose type has no counterpart here and was converted.
#[derive(Default)]
pub struct Converted {
    /// Their names, by the type.
    names: BTreeMap<&'static str, List>,
}

impl Converted {
    /// The array of a tensor whose values are `bytes`, in another type if need be.
    pub fn read(
        &mut self,
        name: &str,
        element: &Element,
        shape: Vec<u64>,
        bytes: Vec<u8>,
    ) -> Result<Array, FileError> {
        let Some((dtype, bytes)) = element.reading.read(bytes) else {
            let what = format!("{} values", element.torch);
            return Err(FileError::unread(name, &what));
        };
        if let Reading::Float8(_) = element.reading {
            let names = self.names.entry(element.torch).or_default();
            names.push(printable(name));
        }
        let named = |error| FileError::Part {
            file: name.to_owned(),
            error: Box::new(FileError::Array(error)),
        };
        Array::new(dtype, shape, bytes).map_err(named)
    }

    /// What was converted, a line for each type.
    pub fn note(&self) -> impl Iterator<Item = String> {
        let names = self.names.iter();
        names.filter_map(|(from, names)| names.note(&format!("converted from {from} to float32")))
    }
}
