//! The files beside the tests, and archives and pickles that are made by hand.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use torch_twin_trace::Array;
use torch_twin_trace::weights::{DEFAULT_MAX_BYTES, FileError, Weights, load, parse};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub type Named = Vec<(String, Array)>;

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/weights/data")
        .join(name)
}

/// What is read of a file, which must be taken.
pub fn taken(name: &str) -> Weights {
    load(&path(name), DEFAULT_MAX_BYTES).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Why a file is refused.
pub fn refused(name: &str) -> String {
    match load(&path(name), DEFAULT_MAX_BYTES) {
        Ok(weights) => panic!("{name} was taken: {weights:?}"),
        Err(error) => format!("{error:?}"),
    }
}

pub fn by_name(tensors: &Named) -> BTreeMap<&str, &Array> {
    tensors
        .iter()
        .map(|(name, array)| (name.as_str(), array))
        .collect()
}

pub fn names(tensors: &Named) -> Vec<&str> {
    tensors.iter().map(|(name, _)| name.as_str()).collect()
}

/// Checks that tensors are those of the safetensors file `name`, to the bit.
pub fn assert_are(tensors: &Named, name: &str) {
    let expected = taken(name).tensors;
    let (actual, expected) = (by_name(tensors), by_name(&expected));
    assert!(actual.keys().eq(expected.keys()), "{name}: {actual:?}");
    for (tensor, expected) in expected {
        assert!(actual[tensor] == expected, "{name}: {tensor}");
    }
}

/// What is read of bytes.
pub fn parsed(contents: &[u8]) -> Result<Weights, FileError> {
    parse(contents, DEFAULT_MAX_BYTES)
}

/// An archive of `torch.save` with this pickle and with storages of these bytes, `0`, `1` and so on.
pub fn archive(pickle: &[u8], storages: &[&[u8]]) -> Vec<u8> {
    let mut files = vec![("a/data.pkl".to_owned(), pickle)];
    let storages = storages.iter().enumerate();
    files.extend(storages.map(|(key, bytes)| (format!("a/data/{key}"), *bytes)));
    zip(files)
}

pub fn zip(files: Vec<(String, &[u8])>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in files {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(contents).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// BINUNICODE
pub fn text(text: &str) -> Vec<u8> {
    [
        b"X",
        &(text.len() as u32).to_le_bytes()[..],
        text.as_bytes(),
    ]
    .concat()
}

/// BININT
pub fn int(int: i32) -> Vec<u8> {
    [b"J", &int.to_le_bytes()[..]].concat()
}

fn tuple(ints: &[i32]) -> Vec<u8> {
    let ints: Vec<u8> = ints.iter().flat_map(|&value| int(value)).collect();
    [b"(", &ints[..], b"t"].concat()
}

/// A float32 tensor of storage 0.
pub fn tensor(offset: i32, shape: &[i32], strides: &[i32]) -> Vec<u8> {
    let storage = [
        b"(",
        &text("storage")[..],
        b"ctorch\nFloatStorage\n",
        &text("0"),
        &text("cpu"),
        &int(1),
        b"tQ",
    ]
    .concat();
    [
        b"ctorch._utils\n_rebuild_tensor_v2\n(",
        &storage[..],
        &int(offset),
        &tuple(shape),
        &tuple(strides),
        b"\x89)tR",
    ]
    .concat()
}
