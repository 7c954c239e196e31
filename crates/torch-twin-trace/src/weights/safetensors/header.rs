//! The header of a safetensors file, whose names stay where they were read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::METADATA;
use crate::array::is_possible;
use crate::printable;
use crate::weights::element::{Element, Reading};

/// What a header tells.
#[derive(Default)]
pub(crate) struct RawHeader<'a> {
    pub metadata: BTreeMap<String, String>,
    /// In the order of the header.
    pub tensors: Vec<RawTensor<'a>>,
}

/// What the header tells of a tensor.
pub(crate) struct RawTensor<'a> {
    pub name: Cow<'a, str>,
    /// The type, as safetensors names it.
    pub dtype: Cow<'a, str>,
    /// The type, if it is known.
    pub element: Option<&'static Element>,
    pub shape: Vec<u64>,
    /// The first byte, counted from the first value of the file.
    pub start: u64,
    pub end: u64,
}

impl<'a> RawHeader<'a> {
    /// Reads the JSON of a header.
    pub fn parse(json: &'a [u8]) -> Result<Self, String> {
        let header: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let mut names = HashSet::new();
        let mut all = header.tensors.iter().map(|tensor| &tensor.name);
        match all.find(|name| !names.insert(*name)) {
            Some(name) => Err(format!("{} is there twice", printable(name))),
            None => Ok(header),
        }
    }

    /// Checks that the tensors follow one another and are as long as their types and shapes tell; gives the length of
    /// all.
    pub fn check_places(&self) -> Result<u64, String> {
        let mut tensors: Vec<_> = self.tensors.iter().collect();
        tensors.sort_unstable_by_key(|tensor| (tensor.start, tensor.end));
        let mut end = 0;
        for tensor in tensors {
            let name = printable(&tensor.name);
            let Some(bytes) = tensor.bytes() else {
                return Err(format!("{name} has a shape that no tensor has"));
            };
            if tensor.start != end || Some(bytes) != tensor.end.checked_sub(end) {
                return Err(format!("{name} is not where its header says"));
            }
            end = tensor.end;
        }
        Ok(end)
    }
}

impl RawTensor<'_> {
    /// Whether values of its type are read, as they are or converted.
    pub fn is_read(&self) -> bool {
        (self.element).is_some_and(|element| element.reading != Reading::Not)
    }

    /// The bytes of its values; none where a tensor cannot have its shape.
    fn bytes(&self) -> Option<u64> {
        let size = self.element?.bytes();
        let mut sides = self.shape.iter();
        let bytes = sides.try_fold(size, |bytes, &side| bytes.checked_mul(side))?;
        is_possible(&self.shape).then_some(bytes)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawHeader<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Info<'a> {
    #[serde(borrow)]
    dtype: Cow<'a, str>,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = RawHeader<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the header of a safetensors file")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut header = RawHeader::default();
        while let Some(Key(name)) = map.next_key()? {
            if name == METADATA {
                header.metadata = map.next_value()?;
                continue;
            }
            let Info {
                dtype,
                shape,
                data_offsets: (start, end),
            } = map.next_value()?;
            let element = Element::of_safetensors(&dtype);
            header.tensors.push(RawTensor {
                name,
                dtype,
                element,
                shape,
                start,
                end,
            });
        }
        Ok(header)
    }
}
