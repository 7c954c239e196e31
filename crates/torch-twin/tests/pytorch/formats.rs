//! Files of weights: what Python wrote is read, and Python reads what was written, by bits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tch::{Device, Kind, Tensor};
use torch_twin::nn::{BatchNorm2d, Conv2d, Forward, ForwardPass, Linear, Module, module};
use torch_twin::weights::{
    self, DEFAULT_MAX_BYTES, ScriptModule, drop_prefix, load, load_state_dict,
};
use torch_twin::{Generator, Tensors, TorchError};

use crate::common::{Record, Reference, assert_identical, reference_from};

module! {
    struct Small(generator: &mut Generator) {
        conv: Conv2d = Conv2d::builder(1, 3, 3).stride(2).padding(1).build(generator)?,
        bn: BatchNorm2d = BatchNorm2d::new(3)?,
        fc: Linear = Linear::new(48, 10, generator)?,
    }
}

impl Forward for Small {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let x = self.bn.forward(&self.conv.forward(x, pass)?, pass)?.relu();
        self.fc.forward(&x.flatten(1, -1), pass)
    }
}

fn small(seed: u64) -> Small {
    Small::new(&mut Generator::manual_seed(seed)).unwrap()
}

/// What the function of `formats.py` recorded that wrote into `folder`, or read there.
fn with_folder(folder: &Path, function: &str) -> Reference {
    reference_from(&[folder], "formats.py", function)
}

/// The tensors whose names begin with `weights.`, without that.
fn weights_of(reference: &Reference) -> Tensors {
    let tensors = reference.tensors.iter();
    let named = tensors.filter_map(|(name, tensor)| {
        Some((
            name.strip_prefix("weights.")?.to_owned(),
            tensor.shallow_clone(),
        ))
    });
    named.collect()
}

fn assert_same_tensors(file: &Path, expected: &Tensors, actual: &Tensors) {
    let names = |tensors: &Tensors| tensors.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(expected), names(actual), "{}", file.display());
    for (name, tensor) in expected {
        assert_identical(
            &format!("{}: {name}", file.display()),
            tensor,
            &actual[name],
        );
    }
}

fn script_module(file: &Path) -> ScriptModule {
    ScriptModule::load(&fs::read(file).unwrap(), Device::Cpu, DEFAULT_MAX_BYTES).unwrap()
}

#[test]
fn every_kind_of_file_that_python_writes_gives_its_weights_and_its_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let reference = with_folder(folder.path(), "written");
    let (x, output) = (&reference.tensors["x"], &reference.tensors["output"]);
    let mut files = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let file = entry.unwrap().path();
        let loaded = load(&file, DEFAULT_MAX_BYTES).unwrap();
        assert_same_tensors(&file, &weights_of(&reference), &loaded.tensors);

        let network = small(0);
        load_state_dict(&loaded.tensors, &network.state_dict()).unwrap();
        let actual = network.forward(x, &mut ForwardPass::eval()).unwrap();
        assert_identical(&file.display().to_string(), output, &actual);
        files += 1;
    }
    assert_eq!(files, 8);
    for name in ["scripted.pt", "traced.pt"] {
        let actual = script_module(&folder.path().join(name)).run(x).unwrap();
        assert_identical(name, output, &actual);
    }
}

#[test]
fn weights_in_several_files_are_read_by_their_index() {
    let folder = tempfile::tempdir().unwrap();
    let reference = with_folder(folder.path(), "in_parts");
    let index = folder.path().join("model.safetensors.index.json");
    let loaded = load(&index, DEFAULT_MAX_BYTES).unwrap();
    assert_same_tensors(&index, &weights_of(&reference), &loaded.tensors);

    let text = fs::read_to_string(&index).unwrap();
    let part = "model-00002-of-00002.safetensors";
    let outside = format!("../{part}");
    for (changed, words) in [
        (
            text.replace(part, "gone.safetensors"),
            "gone.safetensors: cannot be used",
        ),
        (
            text.replace(part, &outside),
            "is no name of a file beside it",
        ),
        (
            text.replace("fc.bias", "fc.scale"),
            "fc.scale is not in model-",
        ),
        (
            text.replace("\"weight_map\"", "\"weight_map\" 1"),
            "not a valid index",
        ),
    ] {
        assert_ne!(changed, text);
        fs::write(&index, changed).unwrap();
        let error = load(&index, DEFAULT_MAX_BYTES).unwrap_err();
        let told = format!("{error:?}");
        assert!(told.contains(words), "{told}");
    }
    fs::write(&index, &text).unwrap();
    let length = fs::metadata(folder.path().join(part)).unwrap().len();
    load(&index, length + 100).unwrap_err();
}

#[test]
fn what_wraps_a_network_leaves_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let reference = with_folder(folder.path(), "wrapped");
    let state_dict = small(0).state_dict();
    let mut prefixes = BTreeSet::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let file = entry.unwrap().path();
        let loaded = load(&file, DEFAULT_MAX_BYTES).unwrap();
        let unprefixed = drop_prefix(loaded.tensors, &state_dict);
        assert_same_tensors(&file, &weights_of(&reference), &unprefixed.tensors);
        assert!(unprefixed.others.is_empty());
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let ending = if name.ends_with(".pt") {
            "pt"
        } else {
            "safetensors"
        };
        let expected = name
            .strip_suffix(ending)
            .unwrap()
            .split('+')
            .next()
            .unwrap();
        assert_eq!(
            unprefixed.prefix.trim_end_matches('.'),
            expected.trim_end_matches('.'),
            "{name}"
        );
        let left_out = unprefixed
            .left_out
            .iter()
            .map(|name| name.split('.').next().unwrap());
        let left_out: BTreeSet<_> = left_out.collect();
        let rest = match name.as_str() {
            "module+n_averaged.pt" => BTreeSet::from(["n_averaged"]),
            "net.pt" => BTreeSet::from(["optimizer"]),
            _ => BTreeSet::new(),
        };
        assert_eq!(left_out, rest, "{name}");
        prefixes.insert(unprefixed.prefix);
    }
    assert_eq!(prefixes.len(), 5);
}

#[test]
fn tensors_of_every_type_and_layout_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let reference = with_folder(folder.path(), "layouts");
    for name in ["zip.pt", "legacy.pt"] {
        let file = folder.path().join(name);
        let loaded = load(&file, DEFAULT_MAX_BYTES).unwrap();
        assert_same_tensors(&file, &reference.tensors, &loaded.tensors);
    }
}

/// Training scripts keep a whole `state_dict` under `model`.
#[test]
fn a_part_of_the_network_may_be_called_model() {
    let folder = tempfile::tempdir().unwrap();
    let reference = with_folder(folder.path(), "part_called_model");
    for name in ["zip.pt", "legacy.pt"] {
        let file = folder.path().join(name);
        let loaded = load(&file, DEFAULT_MAX_BYTES).unwrap();
        assert_same_tensors(&file, &weights_of(&reference), &loaded.tensors);
    }
}

/// PyTorch puts a file's name into it, and fills up the rest of the place in ways that depend on
/// the name's length.
#[test]
fn files_whose_names_have_one_to_a_hundred_bytes_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let [saved, scripted] = ["saved", "scripted"].map(|name| folder.path().join(name));
    fs::create_dir(&saved).unwrap();
    fs::create_dir(&scripted).unwrap();
    let reference = with_folder(folder.path(), "names_of_every_length");
    let (x, output) = (&reference.tensors["x"], &reference.tensors["output"]);
    for length in 1..=100 {
        let name = format!("{}.pt", "n".repeat(length));
        for file in [saved.join(&name), scripted.join(&name)] {
            let loaded = load(&file, DEFAULT_MAX_BYTES);
            let loaded = loaded.unwrap_or_else(|error| panic!("{length} bytes: {error}"));
            assert_same_tensors(&file, &weights_of(&reference), &loaded.tensors);
        }
        let actual = script_module(&scripted.join(&name)).run(x).unwrap();
        assert_identical(&name, output, &actual);
    }
}

/// Tensors of every type, all of them as far as a file can tell.
fn tensors_of_every_type() -> Tensors {
    let numbers = Tensor::arange(6, (Kind::Float, Device::Cpu)).reshape([2, 3]);
    let kinds = [
        Kind::Float,
        Kind::Double,
        Kind::Half,
        Kind::BFloat16,
        Kind::Int64,
        Kind::Int,
        Kind::Int16,
        Kind::Int8,
        Kind::Uint8,
        Kind::Bool,
    ];
    let named = kinds.map(|kind| (format!("{kind:?}"), numbers.to_kind(kind)));
    let mut tensors = Tensors::from(named);
    tensors.insert("transposed".to_owned(), numbers.tr());
    tensors.insert("scalar".to_owned(), Tensor::from(2.5_f32));
    tensors.insert(
        "none".to_owned(),
        Tensor::zeros([0, 3], (Kind::Float, Device::Cpu)),
    );
    tensors
}

#[test]
fn python_finds_in_our_safetensors_what_was_put_there() {
    let nothing = BTreeMap::new();
    let metadata = [("epoch", "3"), ("said", "\"{}\",\n")];
    let metadata = metadata
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    let network = small(7).state_dict();
    let network = network
        .iter()
        .map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone()));
    let files = [
        ("empty", Tensors::new(), &nothing),
        ("empty_but_for_metadata", Tensors::new(), &metadata),
        ("network", network.collect(), &metadata),
        ("types", tensors_of_every_type(), &nothing),
    ];

    let folder = tempfile::tempdir().unwrap();
    let mut record = Record::default();
    for (stem, tensors, metadata) in &files {
        let file = folder.path().join(format!("{stem}.safetensors"));
        let named = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor));
        weights::save(&file, named, metadata).unwrap();
        let loaded = load(&file, DEFAULT_MAX_BYTES).unwrap();
        assert_same_tensors(&file, tensors, &loaded.tensors);
        assert_eq!(loaded.metadata, **metadata);

        let metadata = serde_json::to_vec(metadata).unwrap();
        let bytes: Vec<i64> = metadata.into_iter().map(i64::from).collect();
        record.keep(format!("{stem}.metadata"), &Tensor::from_slice(&bytes));
        record.keep_all(
            stem,
            tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)),
        );
    }
    record.assert_identical_to(&with_folder(folder.path(), "safetensors_of_ours"));
}

#[test]
fn python_runs_our_torchscript_under_any_name_of_one_to_a_hundred_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let network = small(7);
    let mut x = Tensor::zeros([3, 1, 8, 8], (Kind::Float, Device::Cpu));
    Generator::manual_seed(8).normal_(&mut x, 0.0, 1.0).unwrap();
    let output = network.forward(&x, &mut ForwardPass::eval()).unwrap();
    let input = folder.path().join("x.safetensors");
    weights::save(&input, [("x", &x)], &BTreeMap::new()).unwrap();

    let lengths = (1..=100).map(|length| "n".repeat(length));
    let words = ["7 small-networks", "if"].map(str::to_owned);
    let names: BTreeSet<String> = lengths.chain(words).collect();
    for name in &names {
        let file = folder.path().join(format!("{name}.pt"));
        let metadata = BTreeMap::from([("length".to_owned(), name.len().to_string())]);
        weights::save_torchscript(&file, name, &network, &x.narrow(0, 0, 1), &metadata).unwrap();
        let actual = script_module(&file).run(&x).unwrap();
        assert_identical(name, &output, &actual);
    }
    let reference = with_folder(folder.path(), "torchscript_of_ours");
    assert!(reference.tensors.keys().eq(&names));
    for (name, actual) in &reference.tensors {
        assert_identical(name, &output, actual);
    }
    assert!(
        network.fc.module().weight.requires_grad(),
        "tracing leaves it trainable"
    );
}

#[test]
fn modules_are_read_and_an_optimizer_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let reference = with_folder(folder.path(), "modules_and_optimizers");
    let optimizer = "left out: optimizer (torch.optim.sgd.SGD)".to_owned();
    for (name, notes) in [
        ("old_module.pt", vec![]),
        ("checkpoint.pt", vec![optimizer]),
    ] {
        let file = folder.path().join(name);
        let loaded = load(&file, DEFAULT_MAX_BYTES).unwrap();
        assert_same_tensors(&file, &weights_of(&reference), &loaded.tensors);
        assert_eq!(loaded.notes, notes, "{name}");
    }
    let refused = load(&folder.path().join("optimizer.pt"), DEFAULT_MAX_BYTES).unwrap_err();
    let message = format!("{refused:?}");
    for part in [
        "torch.optim.sgd.SGD",
        "torch.save(model.state_dict(), FILE)",
    ] {
        assert!(message.contains(part), "{message}");
    }
}
