use std::collections::HashSet;

use super::FORMAT;
use super::children::is_dictionary;
use super::storages::{Reader, Storages};
use super::tensor::Tensor;
use super::walk::{Entry, Found, find, shown};
use crate::weights::element::Converted;
use crate::weights::list::List;
use crate::weights::pickle::Values;
use crate::weights::{FileError, Weights};
use crate::{Array, printable};

/// The keys under which training scripts keep the `state_dict` beside the optimizer's and the rest.
const KEYS: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// What a file holds, and which of it is the `state_dict`.
pub struct StateDict<'a> {
    found: Found<'a>,
    key: Option<&'static str>,
}

impl<'a> StateDict<'a> {
    /// Finds the tensors in `values`; in a checkpoint the dictionary of the model as well.
    pub fn find(values: &Values<'a>, is_checkpoint: bool) -> Result<Self, FileError> {
        let malformed = |reason: String| FileError::malformed(FORMAT, reason);
        let found = find(values).map_err(malformed)?;
        let is_model = |key: &&str| {
            let value = values.item(values.root(), key);
            let is_in = |path: &str| in_dictionary(path, key).is_some();
            let mut paths = found.paths();
            value.is_some_and(|value| is_dictionary(values, value)) && paths.any(is_in)
        };
        let keys = KEYS.into_iter().filter(|_| is_checkpoint);
        let keys: Vec<_> = keys.filter(is_model).collect();
        if keys.len() > 1 {
            let keys = keys.join(", ");
            let reason = format!("holds weights under more than one key: {keys}");
            return Err(malformed(reason));
        }
        let key = keys.first().copied();
        let found = Self { found, key };
        found.check(is_checkpoint)?;
        Ok(found)
    }

    /// Refuses a file without tensors, and one whose model has tensors that are not read.
    fn check(&self, is_checkpoint: bool) -> Result<(), FileError> {
        let Found {
            tensors,
            unread,
            class,
            ..
        } = &self.found;
        let holders: HashSet<usize> = tensors.iter().map(|entry| entry.holder).collect();
        let is_of_model = |entry: &&Entry<String>| match self.key {
            Some(key) => in_dictionary(&entry.path, key).is_some(),
            // Beside others: the state of an optimizer may be there as well.
            None => {
                let is_beside = holders.contains(&entry.holder);
                tensors.is_empty() || is_beside && !entry.path.starts_with("optim")
            }
        };
        if let Some(entry) = unread.iter().find(is_of_model) {
            return Err(FileError::unread(&entry.path, &entry.what));
        }
        match class {
            _ if !tensors.is_empty() || !is_checkpoint => Ok(()),
            Some(class) => Err(FileError::Objects(shown(*class))),
            None => Err(FileError::malformed(FORMAT, "holds no tensor")),
        }
    }

    /// Reads the tensors, which have `max_bytes` at most together.
    pub fn read(self, storages: Storages<'_>, max_bytes: u64) -> Result<Weights, FileError> {
        let Found {
            tensors,
            unread,
            others,
            more,
            ..
        } = self.found;
        check_size(&tensors, max_bytes)?;
        let mut reader = Reader::new(storages, tensors.iter().map(|entry| entry.what.key));
        let mut weights = Weights {
            key: self.key.map(str::to_owned),
            ..Weights::default()
        };
        let mut converted = Converted::default();
        for Entry {
            path, what: tensor, ..
        } in tensors
        {
            let array = read(&path, tensor, &mut reader, &mut converted)?;
            match self.key.map(|key| in_dictionary(&path, key)) {
                Some(Some(name)) => weights.tensors.push((name.to_owned(), array)),
                Some(None) => weights.beside.push((path, array)),
                None => weights.tensors.push((path, array)),
            }
        }
        weights.notes.extend(converted.note());
        let mut left_out = List::default();
        for Entry { path, what, .. } in unread.iter().chain(&others) {
            left_out.push(format!("{} ({what})", printable(path)));
        }
        left_out.more(more);
        weights.notes.extend(left_out.note("left out"));
        Ok(weights)
    }
}

impl Found<'_> {
    fn paths(&self) -> impl Iterator<Item = &str> {
        let tensors = self.tensors.iter().map(|entry| entry.path.as_str());
        tensors.chain(self.unread.iter().map(|entry| entry.path.as_str()))
    }
}

/// The name of what is at `path`, in the dictionary `key` of the file.
fn in_dictionary<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    path.strip_prefix(key)?.strip_prefix('.')
}

/// Refuses tensors that claim more than `max_bytes`: they may claim far more values than the file holds, all of them
/// one value.
fn check_size(tensors: &[Entry<Tensor<'_>>], max_bytes: u64) -> Result<(), FileError> {
    let bytes = tensors.iter().map(|entry| {
        let tensor = &entry.what;
        let dtype = tensor.element.reading.dtype();
        let read = dtype.map_or(1, |dtype| dtype.size() as u64);
        let values = tensor.view.bytes().map(|bytes| bytes / tensor.view.size);
        values.map_or(u64::MAX, |values| values.saturating_mul(read))
    });
    let bytes = bytes.fold(0, u64::saturating_add);
    let limit = max_bytes;
    match bytes > limit {
        true => Err(FileError::TooLarge { bytes, limit }),
        false => Ok(()),
    }
}

fn read<'s>(
    path: &str,
    tensor: Tensor<'s>,
    reader: &mut Reader<'_, 's>,
    converted: &mut Converted,
) -> Result<Array, FileError> {
    let Some(bytes) = reader.read(&tensor)? else {
        let reason = format!("{} reaches out of its storage", printable(path));
        return Err(FileError::malformed(FORMAT, reason));
    };
    converted.read(path, tensor.element, tensor.view.shape, bytes)
}
