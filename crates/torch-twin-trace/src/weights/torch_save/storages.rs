use std::collections::HashMap;

use crate::weights::FileError;
use crate::weights::archive::Archive;

use super::tensor::Tensor;

/// The bytes of the tensors of a file.
pub enum Storages<'a> {
    /// Files of an archive.
    Archive {
        archive: Archive<'a>,
        /// Whether a big-endian machine wrote them.
        is_big_endian: bool,
    },
    /// Parts of the older format, by their names.
    Stream(HashMap<&'a str, &'a [u8]>),
}

impl<'a> Storages<'a> {
    /// Those in an archive.
    pub fn in_archive(mut archive: Archive<'a>) -> Result<Self, FileError> {
        const ORDER: &str = "byteorder";
        let is_big_endian = archive.contains(ORDER) && archive.read(ORDER)? == b"big";
        Ok(Self::Archive {
            archive,
            is_big_endian,
        })
    }

    fn is_big_endian(&self) -> bool {
        matches!(
            self,
            Self::Archive {
                is_big_endian: true,
                ..
            }
        )
    }

    /// The bytes of the storage `key`.
    fn read(&mut self, key: &str) -> Result<Vec<u8>, FileError> {
        match self {
            Self::Archive { archive, .. } => archive.read(&format!("data/{key}")),
            Self::Stream(parts) => match parts.get(key) {
                Some(part) => Ok(part.to_vec()),
                None => Err(FileError::malformed(
                    super::FORMAT,
                    format!("storage {key} is not there"),
                )),
            },
        }
    }
}

/// Reads tensors, each storage once: it is kept for as long as tensors of it follow.
pub struct Reader<'a, 's> {
    storages: Storages<'a>,
    /// As many tensors of each storage are still to be read.
    left: HashMap<&'s str, usize>,
    kept: HashMap<&'s str, Vec<u8>>,
}

impl<'a, 's> Reader<'a, 's> {
    pub fn new(storages: Storages<'a>, tensors: impl Iterator<Item = &'s str>) -> Self {
        let mut left = HashMap::new();
        for key in tensors {
            *left.entry(key).or_default() += 1;
        }
        let kept = HashMap::new();
        Self {
            storages,
            left,
            kept,
        }
    }

    /// The bytes of the values of a tensor; none where it reaches out of its storage.
    pub fn read(&mut self, tensor: &Tensor<'s>) -> Result<Option<Vec<u8>>, FileError> {
        let storage = match self.kept.remove(tensor.key) {
            Some(storage) => storage,
            None => self.storages.read(tensor.key)?,
        };
        let Some(part) = part(tensor, &storage) else {
            return Ok(None);
        };
        let left = self.left.entry(tensor.key).or_default();
        *left = left.saturating_sub(1);
        let is_last = *left == 0;
        let is_all = part.len() == storage.len() && tensor.view.is_all(part.len() as u64);
        let mut values = match is_last && is_all {
            true => storage,
            false => {
                let values = tensor.view.copy(part);
                if !is_last {
                    self.kept.insert(tensor.key, storage);
                }
                values
            }
        };
        self.finish(tensor, &mut values);
        Ok(Some(values))
    }

    /// Brings values to the order of bytes and to the sign that they have.
    fn finish(&self, tensor: &Tensor<'_>, values: &mut [u8]) {
        let is_swapped = self.storages.is_big_endian();
        let size = tensor.view.size as usize;
        for value in values.chunks_exact_mut(size) {
            if is_swapped {
                value.reverse();
            }
            if tensor.is_negative {
                value[size - 1] ^= 0x80;
            }
        }
    }
}

/// The part of its storage in which a tensor is; none where it reaches out of it.
fn part<'s>(tensor: &Tensor<'_>, storage: &'s [u8]) -> Option<&'s [u8]> {
    let part = match tensor.part {
        None => storage,
        Some((start, end)) => {
            let [start, end] = [start, end].map(|place| place.checked_mul(tensor.view.size));
            storage.get(usize::try_from(start?).ok()?..usize::try_from(end?).ok()?)?
        }
    };
    tensor.view.fits(part.len() as u64).then_some(part)
}
