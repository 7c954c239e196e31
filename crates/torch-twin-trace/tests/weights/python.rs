//! What PyTorch writes is read to the bit.

use torch_twin_trace::weights::{Archive, Format};

use crate::common::{assert_are, names, parsed, path, refused, taken};

#[test]
fn tensors_of_every_type_and_layout_are_read() {
    for file in ["zip.pt", "stream.pt", "protocol_5.pt"] {
        let weights = taken(&format!("made/layouts_{file}"));
        assert_are(&weights.tensors, "made/layouts.safetensors");
        assert_eq!(weights.notes, [""; 0]);
    }
}

#[test]
fn tensors_come_in_the_order_of_their_file() {
    let weights = taken("made/layouts_zip.pt");
    let names = names(&weights.tensors);
    assert_eq!(names[..3], ["float64", "float32", "float16"]);
    assert_eq!(names.last(), Some(&"marked"));
}

#[test]
fn a_module_gives_its_state_dict() {
    for file in ["zip.pt", "stream.pt", "protocol_4.pt"] {
        let weights = taken(&format!("made/module_{file}"));
        assert_are(&weights.tensors, "made/module.safetensors");
        assert_eq!((weights.key, weights.beside.len()), (None, 0));
        assert_eq!(weights.notes, [""; 0]);
    }
    let names = [
        "steps",
        "conv.weight",
        "conv.bias",
        "bn.weight",
        "bn.bias",
        "bn.running_mean",
        "bn.running_var",
        "bn.num_batches_tracked",
        "head.1.weight",
        "tied.weight",
    ];
    assert_eq!(
        crate::common::names(&taken("made/module_zip.pt").tensors),
        names
    );
}

#[test]
fn torchscript_gives_its_attributes_and_runs_nothing() {
    for file in ["scripted", "traced"] {
        let name = format!("made/script_{file}.pt");
        let contents = std::fs::read(path(&name)).unwrap();
        assert_eq!(Format::of(&contents, 1 << 20).unwrap(), Format::TorchScript);
        assert_are(&taken(&name).tensors, "made/script.safetensors");
    }
    let error = refused("made/constants.pt");
    assert!(error.contains("holds no weights with names"), "{error}");
}

#[test]
fn an_archive_of_a_big_endian_machine_is_read() {
    let contents = std::fs::read(path("made/layouts_zip.pt")).unwrap();
    let plain = parsed(&contents).unwrap();
    let (kept, size) = ("float64", 8);
    let mut archive = Archive::open(&contents, 1 << 20).unwrap();
    let swapped = archive.rewrite(|name, mut contents| {
        match name {
            "byteorder" => contents = b"big".to_vec(),
            "data/0" => contents.chunks_exact_mut(size).for_each(<[u8]>::reverse),
            _ => {}
        }
        Ok(Some(contents))
    });
    let swapped = parsed(&swapped.unwrap()).unwrap();
    let find = |weights: &torch_twin_trace::weights::Weights| {
        let mut tensors = weights.tensors.iter();
        tensors.find(|(name, _)| name == kept).cloned().unwrap().1
    };
    assert_eq!(find(&swapped), find(&plain));
}

#[test]
fn an_archive_names_its_files_without_their_folder() {
    let contents = std::fs::read(path("made/layouts_zip.pt")).unwrap();
    let mut archive = Archive::open(&contents, 1 << 20).unwrap();
    assert_eq!(archive.folder(), "layouts_zip");
    assert!(archive.contains("data.pkl") && archive.names().any(|name| name == "data/0"));
    assert!(!archive.read("data.pkl").unwrap().is_empty());
}

/// Before version 0.4, a storage could be a part of another one.
#[test]
fn a_part_of_a_storage_of_an_old_file_is_read() {
    let magic =
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.";
    let read = |start: u8, length: u8| {
        let part = [b"X\x04\0\0\0partK", &[start][..], b"K", &[length], b"\x87"].concat();
        let storage = [
            b"((X\x07\0\0\0storagectorch.cuda\nIntStorage\nX\x01\0\0\x007X\x06\0\0\0cuda:0K\x05",
            &part[..],
            b"tQK\x01K\x02\x85K\x01\x85t",
        ];
        let tensor = [
            b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor\n",
            &storage.concat()[..],
            b"Rs.",
        ];
        let keys = b"\x80\x02]X\x01\0\0\x007a.\x05\0\0\0\0\0\0\0";
        let values = [1_i32, 2, 3, 4, 5].map(i32::to_le_bytes).concat();
        parsed(&[magic, &tensor.concat()[..], keys, &values].concat())
    };
    let weights = read(1, 3).unwrap();
    let expected = [3_i32, 4].map(i32::to_le_bytes).concat();
    assert_eq!(weights.tensors[0].1.bytes(), expected);
    for (start, length) in [(1, 2), (4, 3), (255, 255)] {
        let error = read(start, length).unwrap_err().to_string();
        assert!(error.contains("w reaches out of its storage"), "{error}");
    }
}
