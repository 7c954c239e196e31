//! Weights in several files, by their index.

use std::fs;

use torch_twin_trace::weights::load;

use crate::common::{assert_are, path};

#[test]
fn weights_in_several_files_are_read_by_their_index() {
    let folder = tempfile::tempdir().unwrap();
    let copied = |from: &str, to: &str| {
        fs::copy(path(from), folder.path().join(to)).unwrap();
    };
    copied("made/linear.safetensors", "a.safetensors");
    copied("made/linear_module_under_key.pt", "b.bin");
    let index = folder.path().join("model.safetensors.index.json");
    let read = |map: &str, limit: u64| {
        fs::write(&index, format!(r#"{{"weight_map": {{{map}}}}}"#)).unwrap();
        load(&index, limit).map_err(|error| format!("{error:?}"))
    };
    let both = r#""weight": "a.safetensors", "bias": "b.bin""#;
    let weights = read(both, 1 << 20).unwrap();
    assert_are(&weights.tensors, "made/linear.safetensors");

    let length = fs::metadata(path("made/linear.safetensors")).unwrap().len();
    for (map, limit, words) in [
        (
            both.replace("b.bin", "c.bin"),
            1 << 20,
            "c.bin: cannot be used",
        ),
        (
            both.replace("b.bin", "../b.bin"),
            1 << 20,
            "is no name of a file beside it",
        ),
        (
            both.replace("bias", "scale"),
            1 << 20,
            "scale is not in b.bin",
        ),
        (
            both.replace("\": ", "\" "),
            1 << 20,
            "not a valid index of weights",
        ),
        (both.to_owned(), length + 100, "b.bin: "),
    ] {
        let error = read(&map, limit).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}
