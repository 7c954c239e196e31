//! Files that are not read, and what their errors say to do.

use std::fs;

use torch_twin_trace::weights::load;

use crate::common::{parsed, path, refused, zip};

#[test]
fn what_is_not_read_is_named_with_what_to_do() {
    let onnx = b"\x08\x07\x12\x07pytorch\x1a\x052.13.0";
    let cases: [(&[u8], &str); 8] = [
        (
            b"",
            "an empty file, which is not read here: copy or download it again",
        ),
        (b"\n <!DOCTYPE html><html>", "a web page"),
        (b"\x1f\x8b\x08", "a gzip file"),
        (onnx, "an ONNX model"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"\x93NUMPY\x01\x00", "one NumPy array"),
        (b"GGUF\x03", "a GGUF file"),
        (
            b"The quick brown fox",
            "neither safetensors, nor written by torch.save or torch.jit.save",
        ),
    ];
    for (contents, words) in cases {
        let error = parsed(contents).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
    }
    for (file, words) in [
        ("lfs_pointer.pt", "get them with git lfs pull"),
        (
            "truncated.pt",
            "the zip archive ends too early: copy or download it again",
        ),
        (
            "made/plain_pickle.pt",
            "a pickle that torch.save did not write",
        ),
    ] {
        let error = refused(file);
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn an_archive_around_the_file_is_named_by_it() {
    let around = |name: &str| {
        zip(vec![
            ("__MACOSX/x".to_owned(), b"x"),
            (name.to_owned(), b"x"),
        ])
    };
    let error = parsed(&around("run/model.pth")).unwrap_err().to_string();
    assert_eq!(
        error,
        "a zip archive around run/model.pth: unpack it, and give that file"
    );
    let package = vec![("a/.data/extern_modules".to_owned(), &b"torch"[..])];
    let error = parsed(&zip(package)).unwrap_err().to_string();
    assert!(error.starts_with("an archive of torch.package"), "{error}");
    let error = parsed(&around("notes.txt")).unwrap_err().to_string();
    assert!(
        error.starts_with("a zip archive that PyTorch did not write"),
        "{error}"
    );
}

#[test]
fn folders_are_refused_and_a_distributed_checkpoint_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = format!("{:?}", load(folder.path(), 1 << 20).unwrap_err());
    assert!(error.ends_with("not a file"), "{error}");
    fs::write(folder.path().join(".metadata"), b"x").unwrap();
    let error = format!("{:?}", load(folder.path(), 1 << 20).unwrap_err());
    assert!(error.contains("dcp_to_torch FOLDER FILE"), "{error}");
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    for file in [
        "module_zip.pt",
        "module_stream.pt",
        "script_scripted.pt",
        "layouts.safetensors",
        "numpy_packed.npz",
    ] {
        let contents = fs::read(path(&format!("made/{file}"))).unwrap();
        let lengths = (0..contents.len()).step_by(7).chain([contents.len() - 1]);
        for length in lengths {
            parsed(&contents[..length]).unwrap_err();
        }
        let error = parsed(&contents[..contents.len() - 30])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("ends too early: copy or download it again"),
            "{file}: {error}"
        );
    }
}

#[test]
fn a_changed_weight_in_an_archive_is_noticed() {
    let mut contents = fs::read(path("made/layouts_zip.pt")).unwrap();
    let value = (-6_f64).to_le_bytes();
    let place = contents
        .windows(8)
        .position(|bytes| bytes == value)
        .unwrap();
    contents[place] ^= 1;
    let error = parsed(&contents).unwrap_err().to_string();
    assert!(error.contains("not a valid zip archive: data/0"), "{error}");
}
