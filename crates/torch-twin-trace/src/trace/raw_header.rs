//! The header of a safetensors file, whose names stay where they were read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::{Form, TraceError};
use crate::Dtype;

/// What a header tells.
#[derive(Default)]
pub struct RawHeader<'a> {
    pub metadata: BTreeMap<String, String>,
    pub tensors: HashMap<Cow<'a, str>, RawTensor>,
    /// Name and type of the first tensor whose values are of a type that is not compared.
    pub unsupported: Option<(String, String)>,
}

/// Where the header says that a tensor is, counted from the first value of the file.
pub struct RawTensor {
    /// Tensors of one form share it.
    pub form: Arc<Form>,
    pub start: u64,
    pub end: u64,
}

impl RawHeader<'_> {
    /// Checks that the tensors follow one another and are as long as their forms; gives the length of all.
    pub fn check_places(&self) -> Result<u64, TraceError> {
        let mut tensors: Vec<_> = self.tensors.iter().collect();
        tensors.sort_unstable_by_key(|(_, tensor)| (tensor.start, tensor.end));
        let mut end = 0;
        for (name, tensor) in tensors {
            if !tensor.form.is_possible() {
                let reason = format!("{name} has values {}", tensor.form);
                return Err(TraceError::malformed(reason));
            }
            if tensor.start != end || tensor.form.bytes() != tensor.end.checked_sub(end) {
                let reason = format!("{name} is not where its header says");
                return Err(TraceError::malformed(reason));
            }
            end = tensor.end;
        }
        Ok(end)
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
        let mut forms: HashSet<Arc<Form>> = HashSet::new();
        while let Some(Key(name)) = map.next_key()? {
            if name == "__metadata__" {
                header.metadata = map.next_value()?;
                continue;
            }
            let info: Info<'de> = map.next_value()?;
            let Some(dtype) = Dtype::parse(&info.dtype) else {
                let found = || (name.into_owned(), info.dtype.into_owned());
                header.unsupported.get_or_insert_with(found);
                continue;
            };
            let shape = info.shape;
            let form = Form { dtype, shape };
            let form = match forms.get(&form) {
                Some(known) => known.clone(),
                None => {
                    let form = Arc::new(form);
                    forms.insert(form.clone());
                    form
                }
            };
            let (start, end) = info.data_offsets;
            let tensor = RawTensor { form, start, end };
            if header.tensors.contains_key(&name) {
                return Err(M::Error::custom(format!("{name} is there twice")));
            }
            header.tensors.insert(name, tensor);
        }
        Ok(header)
    }
}
