//! Weights between PyTorch and Rust: every format in, and every refusal.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::common::{
    assert_identical, classify, exported, lenet5, python, python_in, short_training, text,
};
use lenet5::variant::{LoadError, LoadOptions, LoadedNetwork, Note, VARIANTS, load_network};
use tch::{Device, Kind, Tensor, kind::FLOAT_CPU};
use tempfile::TempDir;
use torch_twin::{Generator, Tensors, weights};
use zip::write::SimpleFileOptions;

/// The weights of the network with seed 0, which Python exported, in Rust.
fn expected() -> Tensors {
    let network = (VARIANTS[0].build)(10, &mut Generator::manual_seed(0)).unwrap();
    let state_dict = network.state_dict();
    let tensors = state_dict.iter();
    tensors
        .map(|(name, tensor)| (name.to_owned(), tensor.detach()))
        .collect()
}

fn network(path: &Path) -> Result<LoadedNetwork, LoadError> {
    load_network(path, &LoadOptions::default(), Device::Cpu)
}

/// The error of loading `path` in each way that there is.
fn refusals(path: &Path) -> Vec<String> {
    let run_it = classify(path).map(|_| ());
    let take_it = network(path).map(|_| ());
    let refusals = [run_it, take_it].map(|result| match result {
        Ok(()) => panic!("{}: loaded", path.display()),
        Err(error) => error.to_string(),
    });
    refusals.into()
}

fn written(folder: &TempDir, name: &str, contents: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, contents).unwrap();
    path
}

#[test]
fn every_format_of_pytorch_gives_the_bits_that_python_saved() {
    let files = [
        "model.safetensors",
        "state_dict.pt",
        "legacy.pth",
        "whole_module.pt",
        "data_parallel.bin",
        "under_state_dict.pt",
        "under_model.pt",
        "under_model_state_dict.pt",
        "scripted.pt",
        "traced.pt",
    ];
    let expected = expected();
    for file in files {
        let loaded = network(&exported(file)).unwrap();
        let prefix = Note::Prefix("module.".to_owned());
        let notes = match file {
            "data_parallel.bin" => vec![prefix],
            "scripted.pt" | "traced.pt" => vec![Note::ProgramNotRun],
            "under_state_dict.pt" | "under_model.pt" | "under_model_state_dict.pt" => {
                vec![Note::File("left out: optimizer (a dict)".to_owned())]
            }
            _ => Vec::new(),
        };
        assert_eq!(loaded.notes, notes, "{file}");
        for (name, tensor) in loaded.network.state_dict().iter() {
            assert_identical(&format!("{file}: {name}"), &expected[name], tensor);
        }
    }
}

#[test]
fn the_content_tells_the_format_and_not_the_name() {
    let folder = TempDir::new().unwrap();
    for file in ["model.safetensors", "legacy.pth", "scripted.pt"] {
        let contents = fs::read(exported(file)).unwrap();
        let renamed = written(&folder, "weights.txt", &contents);
        classify(&renamed).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

#[test]
fn floats_of_other_sizes_are_converted_and_it_is_said() {
    for (kind, from) in [
        (Kind::Half, "float16"),
        (Kind::BFloat16, "bfloat16"),
        (Kind::Double, "float64"),
    ] {
        let path = exported(&format!("{from}.pt"));
        let loaded = network(&path).unwrap();
        let expected = expected();
        for (name, tensor) in loaded.network.state_dict().iter() {
            let rounded = expected[name].to_kind(kind).to_kind(Kind::Float);
            assert_identical(name, &rounded, tensor);
        }
        let [conversion] = &loaded.notes[..] else {
            panic!("{from}: {:?}", loaded.notes)
        };
        let start = format!("converted from {from} to float32: conv1.weight, conv1.bias, ");
        assert!(conversion.to_string().starts_with(&start), "{conversion}");
        assert_eq!(classify(&path).unwrap().notes, loaded.notes);
    }
}

#[test]
fn weights_without_metadata_show_their_variant_by_their_tensors() {
    let folder = TempDir::new().unwrap();
    for variant in VARIANTS {
        let network = (variant.build)(10, &mut Generator::manual_seed(0)).unwrap();
        let path = folder.path().join(variant.name);
        weights::save(&path, network.state_dict().iter(), &Default::default()).unwrap();
        let loaded = classify(&path).unwrap();
        assert_eq!(loaded.variant.map(|found| found.name), Some(variant.name));
        assert_eq!(loaded.num_classes, 10);
    }
}

#[test]
fn all_faults_of_a_file_are_named_at_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("faulty.safetensors");
    let mut tensors = expected();
    tensors.remove("conv1.bias");
    tensors.insert("bn1.weight".to_owned(), Tensor::ones([6], FLOAT_CPU));
    tensors.insert("conv2.bias".to_owned(), Tensor::ones([17], FLOAT_CPU));
    tensors.insert(
        "fc1.bias".to_owned(),
        Tensor::ones([84], (Kind::Int64, Device::Cpu)),
    );
    let mut bias = [1.0; 10];
    bias[1..3].copy_from_slice(&[f32::NAN, f32::INFINITY]);
    tensors.insert("fc2.bias".to_owned(), Tensor::from_slice(&bias));
    // Finite, but not as a float32.
    let huge = Tensor::full([10, 84], 1e300, (Kind::Double, Device::Cpu));
    tensors.insert("fc2.weight".to_owned(), huge);
    let tensors: Vec<_> = tensors.into_iter().collect();
    Tensor::write_safetensors(&tensors, &path).unwrap();
    let faults = "not the weights of classic:
  conv1.bias is missing (expected shape [6])
  conv2.bias: expected shape [16], found [17]
  fc1.bias: expected float32 values, found int64
  fc2.weight: expected finite values, found 840 infinite or NaN
  fc2.bias: expected finite values, found 2 infinite or NaN
  bn1.weight is not in this network (found shape [6])";
    assert_eq!(classify(&path).err().unwrap().to_string(), faults);
    let eval = lenet5(&["eval", text(&path), "--data", "sample"])
        .assert()
        .code(1);
    eval.stderr(format!("error: {}: {faults}\n", path.display()));
}

#[test]
fn the_folder_of_a_run_and_its_checkpoints_are_weights() {
    let folder = TempDir::new().unwrap();
    let run = folder.path().join("run");
    short_training(&run)
        .args(["--variant", "modern"])
        .assert()
        .success();
    let weights = network(&run.join("model.safetensors")).unwrap();
    let digest = weights.network.state_dict().sha256().unwrap();
    // The last of them, after the one epoch of 16 steps.
    for path in [run.clone(), run.join("checkpoint-00000016.safetensors")] {
        let loaded = network(&path).unwrap();
        assert_eq!(loaded.variant.name, "modern", "{path:?}");
        let state_dict = loaded.network.state_dict();
        assert_eq!(state_dict.sha256().unwrap(), digest, "{path:?}");
        assert_eq!(classify(&path).unwrap().num_classes, 10);
    }
    let mut eval = lenet5(&["eval", text(&run), "--data", "sample"]);
    eval.assert().success();
}

#[test]
fn what_other_programs_write_is_recognised_and_what_to_do_is_said() {
    let folder = TempDir::new().unwrap();
    python_in(
        folder.path(),
        "program = torch.export.export(torch.nn.Linear(4, 2), (torch.zeros(1, 4),))
torch.export.save(program, 'exported.pt2')",
    );
    let onnx = b"\x08\x07\x12\x07pytorch\x1a\x052.13.0";
    for (path, words) in [
        (folder.path().join("exported.pt2"), "an exported program"),
        (written(&folder, "model.onnx", onnx), "an ONNX model"),
    ] {
        for error in refusals(&path) {
            assert!(error.contains(words), "{error}");
            assert!(error.contains("save"), "what to do: {error}");
        }
    }
}

#[test]
fn damaged_files_are_refused_without_a_crash() {
    let folder = TempDir::new().unwrap();
    for file in [
        "model.safetensors",
        "state_dict.pt",
        "legacy.pth",
        "scripted.pt",
        "traced.pt",
    ] {
        let contents = fs::read(exported(file)).unwrap();
        let lengths = [0, 1, 4, 9, 100, contents.len() / 2, contents.len() - 1];
        for length in lengths {
            refusals(&written(&folder, file, &contents[..length]));
        }
    }
}

#[test]
fn a_changed_weight_in_an_archive_is_noticed() {
    let folder = TempDir::new().unwrap();
    for file in ["state_dict.pt", "scripted.pt"] {
        let mut contents = fs::read(exported(file)).unwrap();
        let middle = contents.len() / 2;
        contents[middle] ^= 1;
        refusals(&written(&folder, file, &contents));
    }
}

#[test]
fn what_holds_no_weights_is_refused() {
    let folder = TempDir::new().unwrap();
    let prose = written(&folder, "text.pt", b"The quick brown fox");
    for error in refusals(&prose) {
        assert!(
            error.ends_with("neither safetensors, nor written by torch.save or torch.jit.save")
        );
    }
    for error in refusals(folder.path()) {
        assert!(error.ends_with("not a file"), "{error}");
    }
    python_in(folder.path(), "torch.save({'epoch': 5}, 'none.pt')");
    for error in refusals(&folder.path().join("none.pt")) {
        assert!(error.contains("holds no tensor"), "{error}");
    }
    let both =
        "w = torch.ones(1); torch.save({'model': {'w': w}, 'state_dict': {'w': w}}, 'both.pt')";
    python_in(folder.path(), both);
    for error in refusals(&folder.path().join("both.pt")) {
        assert!(
            error.contains("under more than one key: state_dict, model"),
            "{error}"
        );
    }
}

#[test]
fn claims_of_great_size_are_refused_before_memory_is_taken() {
    let folder = TempDir::new().unwrap();
    let header = [&90_000_000_u64.to_le_bytes()[..], b"{\"w\":"].concat();
    refusals(&written(&folder, "header.safetensors", &header));
    python_in(
        folder.path(),
        "torch.save({'w': torch.ones(1).expand(1 << 30)}, 'expanded.pt')",
    );
    let bomb = folder.path().join("bomb.pt");
    write_bomb(&bomb);
    for path in [folder.path().join("expanded.pt"), bomb] {
        for error in refusals(&path) {
            assert!(
                error.contains("bytes are more than a weights file may hold"),
                "{error}"
            );
        }
    }
}

#[test]
fn an_archive_that_holds_more_than_it_says_is_refused() {
    let folder = TempDir::new().unwrap();
    let bomb = folder.path().join("bomb.pt");
    write_bomb(&bomb);
    let mut contents = fs::read(&bomb).unwrap();
    let (size, lie) = ((257_u32 << 20).to_le_bytes(), 1_u32.to_le_bytes());
    let mut lies = 0;
    for start in 0..contents.len() - size.len() {
        let place = &mut contents[start..][..size.len()];
        if place == size {
            place.copy_from_slice(&lie);
            lies += 1;
        }
    }
    assert_eq!(lies, 2, "before the file and in the directory");
    for error in refusals(&written(&folder, "lying.pt", &contents)) {
        assert!(error.contains("not a valid zip archive"), "{error}");
    }
}

/// A TorchScript archive of a quarter of a megabyte that unpacks to 257 MiB.
fn write_bomb(path: &Path) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for file in [
        "bomb/data.pkl",
        "bomb/constants.pkl",
        "bomb/code/__torch__.py",
    ] {
        archive
            .start_file(file, SimpleFileOptions::default())
            .unwrap();
    }
    for _ in 0..257 {
        archive.write_all(&[b' '; 1 << 20]).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn a_pickle_that_calls_a_program_calls_nothing() {
    let folder = TempDir::new().unwrap();
    let marker = folder.path().join("called");
    let command = format!("touch {}", marker.display());
    let call = [
        b"\x80\x02cposix\nsystem\nX",
        &(command.len() as u32).to_le_bytes()[..],
    ]
    .concat();
    let pickle = [&call[..], command.as_bytes(), b"\x85R."].concat();
    let path = written(&folder, "call.pt", &pickle);
    python(
        "import pickle; pickle.load(open(sys.argv[1], 'rb'))",
        [&path],
    );
    assert!(marker.exists(), "Python runs it");
    fs::remove_file(&marker).unwrap();
    refusals(&path);
    assert!(!marker.exists());
}
