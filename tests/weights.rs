//! Weights between PyTorch and Rust: every format in, and every refusal.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use lenet5::data::to_input;
use lenet5::model;
use lenet5::nn::Generator;
use lenet5::weights::{self, Loaded, WeightsError};
use tch::{Device, Kind, Tensor, kind::FLOAT_CPU};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use common::{assert_identical, reference, repository, run, sample_folder};

/// What `export_formats.py` writes of the network with seed 0, in PyTorch.
fn exported(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("formats");
        let script = repository("python_ref/export_formats.py");
        let arguments = [script.as_path(), "--out".as_ref(), &folder];
        run(&reference().python, arguments);
        folder
    });
    folder.join(name)
}

/// The same network's weights in Rust.
fn expected() -> BTreeMap<String, Tensor> {
    let network = (model::VARIANTS[0].build)(10, &mut Generator::manual_seed(0)).unwrap();
    let state_dict = network.state_dict();
    let entries = state_dict.entries().iter();
    entries
        .map(|entry| (entry.name.clone(), entry.tensor.detach()))
        .collect()
}

fn load_network(path: &Path) -> Result<Loaded, WeightsError> {
    weights::load_network(path, None, Device::Cpu)
}

/// The error of loading `path` in each way that there is.
fn refusals(path: &Path) -> Vec<String> {
    let run_it = load_network(path).map(|_| ());
    let take_it = weights::load_native(path, None, Device::Cpu).map(|_| ());
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

/// Runs a program of one string in the reference's Python, in `folder`.
fn python(folder: &TempDir, program: &str) {
    let program = format!("import os, torch; os.chdir({:?})\n{program}", folder.path());
    run(&reference().python, ["-c", &program]);
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
        let loaded = weights::load_native(&exported(file), None, Device::Cpu).unwrap();
        assert!(loaded.notes.is_empty(), "{file}: {:?}", loaded.notes);
        for entry in loaded.network.state_dict().entries() {
            let name = format!("{file}: {}", entry.name);
            assert_identical(&name, &expected[&entry.name], &entry.tensor);
        }
    }
}

#[test]
fn the_content_tells_the_format_and_not_the_name() {
    let folder = TempDir::new().unwrap();
    for file in ["model.safetensors", "legacy.pth", "scripted.pt"] {
        let contents = fs::read(exported(file)).unwrap();
        let renamed = written(&folder, "weights.txt", &contents);
        load_network(&renamed).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

#[test]
fn floats_of_other_sizes_are_converted_and_it_is_said() {
    for (kind, name) in [
        (Kind::Half, "float16"),
        (Kind::BFloat16, "bfloat16"),
        (Kind::Double, "float64"),
    ] {
        let loaded = load_network(&exported(&format!("{name}.pt"))).unwrap();
        let expected = expected();
        for entry in loaded.network.state_dict().entries() {
            let rounded = expected[&entry.name].to_kind(kind).to_kind(Kind::Float);
            assert_identical(&entry.name, &rounded, &entry.tensor);
        }
        let [note] = &loaded.notes[..] else {
            panic!("{name}: {} notes", loaded.notes.len())
        };
        let start = format!("converted from {name} to float32: conv1.weight, conv1.bias, ");
        assert!(note.to_string().starts_with(&start), "{note}");
    }
}

#[test]
fn torchscript_gives_the_logits_of_python() {
    let sample = sample_folder();
    let threads = tch::get_num_threads().to_string();
    let arguments = ["stages", "--threads", &threads, "--data"].map(std::ffi::OsStr::new);
    let arguments = arguments.into_iter().chain([sample.as_os_str()]);
    let python = reference().export(arguments).unwrap();
    let test = common::load(&sample).test;
    for file in ["scripted.pt", "traced.pt"] {
        let loaded = load_network(&exported(file)).unwrap();
        assert!(loaded.variant.is_none(), "{file} runs as it is");
        let _no_grad = tch::no_grad_guard();
        let order: Vec<i64> = (0..test.len()).collect();
        let batches = order.chunks(1000).map(|indices| {
            let (images, _) = test.select(indices).unwrap();
            let images = to_input(&images, Device::Cpu).unwrap();
            loaded.network.forward(&images).unwrap()
        });
        let logits = Tensor::cat(&batches.collect::<Vec<_>>(), 0);
        assert_identical(file, &python["test/logits"], &logits);
    }
}

#[test]
fn a_torchscript_module_that_is_no_lenet5_runs_as_it_is() {
    let folder = TempDir::new().unwrap();
    python(
        &folder,
        "from torch import nn
layers = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(1024), nn.Dropout(), nn.Linear(1024, 7))
layers[1].running_mean.fill_(3)
torch.jit.script(layers).save('other.pt')",
    );
    let path = folder.path().join("other.pt");
    let loaded = load_network(&path).unwrap();
    assert_eq!(loaded.num_classes, 7);
    let images = Tensor::rand([3, 1, 32, 32], FLOAT_CPU);
    let [once, twice] = [(), ()].map(|()| loaded.network.forward(&images).unwrap());
    assert_identical("logits without dropout", &once, &twice);
    let tensors = weights::load(&path).unwrap().tensors;
    let threes = Tensor::full([1024], 3.0, FLOAT_CPU);
    assert_identical("running statistics", &threes, &tensors["1.running_mean"]);
    assert_eq!(tensors["1.num_batches_tracked"].kind(), Kind::Int64);
    let error = weights::load_native(&path, None, Device::Cpu)
        .err()
        .unwrap()
        .to_string();
    for fault in [
        "conv1.weight is missing",
        "1.running_mean is not in this network",
    ] {
        assert!(error.contains(fault), "{error}");
    }
}

#[test]
fn a_torchscript_module_of_another_form_is_refused() {
    let folder = TempDir::new().unwrap();
    let modules = [
        ("x, x", "gives something else than one tensor"),
        ("x", "found Float [1, 1, 32, 32]"),
        (
            "x.view(1, -1)[:, :10]",
            "expected Float logits of shape [2, classes]",
        ),
        ("x.flatten(1)[:, :10].double()", "found Double [1, 10]"),
        (
            "x.flatten(1)[:, :10] / 0",
            "gives logits that are infinite or NaN",
        ),
        (
            "x.flatten(1)[:, :8 + x.size(0)]",
            "gives 9 logits for an image and 10",
        ),
        (
            "x.flatten(1) @ x.flatten(1)",
            "RuntimeError: mat1 and mat2 shapes cannot be multiplied",
        ),
    ];
    for (index, (output, reason)) in modules.iter().enumerate() {
        let module = format!(
            "module = torch.jit.ScriptModule()\nmodule.define('def forward(self, x):\\n  return {output}\\n')\n\
             module.save('{index}.pt')"
        );
        python(&folder, &module);
        let error = load_network(&folder.path().join(format!("{index}.pt")));
        let error = error.err().expect(output).to_string();
        assert!(error.contains(reason), "{output}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
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
    let bias = Tensor::from_slice(&[
        1.0,
        f32::NAN,
        f32::INFINITY,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
    ]);
    tensors.insert("fc2.bias".to_owned(), bias);
    // Finite, but not as a float32.
    let huge = Tensor::full([10, 84], 1e300, (Kind::Double, Device::Cpu));
    tensors.insert("fc2.weight".to_owned(), huge);
    let tensors: Vec<_> = tensors.into_iter().collect();
    Tensor::write_safetensors(&tensors, &path).unwrap();
    assert_eq!(
        load_network(&path).err().unwrap().to_string(),
        format!(
            "{}: not the weights of classic:
  conv1.bias is missing (expected shape [6])
  conv2.bias: expected shape [16], found [17]
  fc1.bias: expected float32 values, found int64
  fc2.weight: expected finite values, found 840 infinite or NaN
  fc2.bias: expected finite values, found 2 infinite or NaN
  bn1.weight is not in this network (found shape [6])",
            path.display()
        )
    );
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
    let text = written(&folder, "text.pt", b"The quick brown fox");
    for error in refusals(&text) {
        assert!(
            error.ends_with("neither safetensors, nor written by torch.save or torch.jit.save")
        );
    }
    for error in refusals(folder.path()) {
        assert!(error.ends_with("not a file"), "{error}");
    }
    python(&folder, "torch.save({'epoch': 5}, 'none.pt')");
    for error in refusals(&folder.path().join("none.pt")) {
        assert!(error.contains("holds no tensor"), "{error}");
    }
    let both =
        "w = torch.ones(1); torch.save({'model': {'w': w}, 'state_dict': {'w': w}}, 'both.pt')";
    python(&folder, both);
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
    python(
        &folder,
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
fn programs_that_would_crash_libtorch_are_refused() {
    let folder = TempDir::new().unwrap();
    python(
        &folder,
        "module = torch.jit.ScriptModule()
module.define('def forward(self, x):\\n  return x.flatten(1)\\n')
module.save('module.pt')",
    );
    let module = fs::read(folder.path().join("module.pt")).unwrap();
    let code = "code/__torch__/torch/jit/_script.py";
    let deep = [b"\x80\x02)", &[0x85; 1_000_000][..], b"."].concat();
    let changes: [(&str, Vec<u8>); 4] = [
        (code, format!("x = {}1", "(".repeat(100_000)).into()),
        (code, format!("x = {}1", "-".repeat(100_000)).into()),
        ("data.pkl", deep.clone()),
        ("constants.pkl", deep),
    ];
    for (name, contents) in changes {
        let path = folder.path().join("changed.pt");
        write_changed(&path, &module, &format!("module/{name}"), &contents);
        let error = load_network(&path).err().unwrap().to_string();
        assert!(
            error.ends_with(&format!("has a {name} that torch.jit.save does not write")),
            "{error}"
        );
    }
}

/// Writes an archive with other contents for its file `name`.
fn write_changed(path: &Path, archive: &[u8], name: &str, contents: &[u8]) {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut changed = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let mut is_changed = false;
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).unwrap();
        if file.name().unwrap() == name {
            is_changed = true;
            changed
                .start_file(name, SimpleFileOptions::default())
                .unwrap();
            changed.write_all(contents).unwrap();
        } else {
            changed.raw_copy_file(file).unwrap();
        }
    }
    changed.finish().unwrap();
    assert!(is_changed, "no {name}");
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
    run(
        &reference().python,
        [
            "-c".as_ref(),
            "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))".as_ref(),
            path.as_os_str(),
        ],
    );
    assert!(marker.exists(), "Python runs it");
    fs::remove_file(&marker).unwrap();
    refusals(&path);
    assert!(!marker.exists());
}
