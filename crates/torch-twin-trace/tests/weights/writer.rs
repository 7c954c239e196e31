//! What is written has the bytes of Python's package and of the crate `safetensors`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::View;
use torch_twin_trace::weights::{FileError, serialize};
use torch_twin_trace::{Array, Dtype};

use crate::common::{Named, parsed, path, taken};

fn written(tensors: &Named, metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let arrays = tensors.iter().map(|(name, array)| (name.as_str(), array));
    serialize(arrays, metadata).unwrap()
}

#[test]
fn python_writes_the_same_bytes() {
    let mut weights = taken("made/writer.safetensors");
    weights.tensors.reverse();
    let expected = std::fs::read(path("made/writer.safetensors")).unwrap();
    assert!(written(&weights.tensors, &weights.metadata) == expected);
}

/// An array as the crate writes it.
struct Viewed<'a>(&'a Array);

impl View for Viewed<'_> {
    fn dtype(&self) -> safetensors::Dtype {
        use safetensors::Dtype as Theirs;
        match self.0.dtype() {
            Dtype::F64 => Theirs::F64,
            Dtype::F32 => Theirs::F32,
            Dtype::F16 => Theirs::F16,
            Dtype::BF16 => Theirs::BF16,
            Dtype::I64 => Theirs::I64,
            Dtype::I32 => Theirs::I32,
            Dtype::I16 => Theirs::I16,
            Dtype::I8 => Theirs::I8,
            Dtype::U8 => Theirs::U8,
            Dtype::Bool => Theirs::BOOL,
        }
    }

    fn shape(&self) -> &[usize] {
        // The sides are few and short.
        Box::leak(self.0.shape().iter().map(|&side| side as usize).collect())
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.0.bytes())
    }

    fn data_len(&self) -> usize {
        self.0.bytes().len()
    }
}

#[test]
fn the_crate_writes_the_same_bytes_but_for_metadata() {
    let names = ["b", "a", "\u{7f}é\"\\\n", "x.weight", ""];
    let mut tensors = Named::new();
    for dtype in Dtype::ALL {
        for (name, sides) in names.iter().zip([&[2, 3][..], &[], &[0], &[1], &[5]]) {
            let values = sides.iter().product::<u64>() as usize;
            let array = Array::new(dtype, sides.to_vec(), vec![7; values * dtype.size()]).unwrap();
            tensors.push((format!("{name}{dtype}"), array));
        }
    }
    let metadata = BTreeMap::from([("k", "v\n\"é"), ("a", "")].map(|(k, v)| (k.into(), v.into())));
    let info = metadata.clone().into_iter().collect();
    let views = tensors.iter().map(|(name, array)| (name, Viewed(array)));
    let theirs = safetensors::serialize(views, Some(info)).unwrap();
    let ours = written(&tensors, &metadata);
    // The crate has metadata in an order that changes from run to run.
    let swapped = r#"{"__metadata__":{"k":"v\n\"é","a":""}"#;
    let sorted = r#"{"__metadata__":{"a":"","k":"v\n\"é"}"#;
    let place = theirs.windows(1).position(|byte| byte == b"{").unwrap();
    let mut theirs = theirs;
    if theirs[place..].starts_with(swapped.as_bytes()) {
        theirs[place..place + sorted.len()].copy_from_slice(sorted.as_bytes());
    }
    assert!(ours == theirs);
    let read = parsed(&ours).unwrap();
    assert_eq!(
        (read.metadata, read.tensors.len()),
        (metadata, tensors.len())
    );
}

#[test]
fn files_without_tensors_or_metadata_have_their_bytes_too() {
    let metadata = BTreeMap::new();
    let file = written(&Named::new(), &metadata);
    assert_eq!(&file[8..], b"{\"__metadata__\":{}}     ");
    assert_eq!(parsed(&file).unwrap().tensors, Named::new());
}

#[test]
fn a_name_is_taken_once_and_the_metadatas_never() {
    let array = Array::from_f32(&[], &[1.0]).unwrap();
    for names in [["a", "a"], ["__metadata__", "b"]] {
        let arrays = names.map(|name| (name, &array));
        let refused = serialize(arrays, &BTreeMap::new());
        assert!(matches!(refused, Err(FileError::Name(name)) if name == names[0]));
    }
}
