//! TorchScript modules from Python, which are run as they are.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::common::{assert_identical, classify, exported, python_in, reference, sample_folder};
use lenet5::data::to_input;
use lenet5::variant::{LoadError, LoadOptions, MAX_WEIGHTS_BYTES, load_network};
use tch::{Device, Kind, Tensor, kind::FLOAT_CPU};
use tempfile::TempDir;
use torch_twin::data::Dataset;
use torch_twin::weights::{self, Fault};
use zip::write::SimpleFileOptions;

#[test]
fn torchscript_gives_the_logits_of_python() {
    let sample = sample_folder();
    let threads = tch::get_num_threads().to_string();
    let arguments = ["trace", "--threads", &threads, "--data"].map(std::ffi::OsStr::new);
    let arguments = arguments.into_iter().chain([sample.as_os_str()]);
    let python = reference().export(arguments).unwrap();
    let test = crate::common::load(&sample).test;
    for file in ["scripted.pt", "traced.pt"] {
        let loaded = classify(&exported(file)).unwrap();
        assert!(loaded.variant.is_none(), "{file} runs as it is");
        let _no_grad = tch::no_grad_guard();
        let order: Vec<i64> = (0..test.len() as i64).collect();
        let batches = order.chunks(1000).map(|indices| {
            let (images, _) = test.get(indices).unwrap();
            let images = to_input(&images, Device::Cpu).unwrap();
            loaded.classifier.logits(&images).unwrap()
        });
        let logits = Tensor::cat(&batches.collect::<Vec<_>>(), 0);
        assert_identical(file, &python["step0/output/test/1/0"], &logits);
    }
}

#[test]
fn a_torchscript_module_that_is_no_lenet5_runs_as_it_is() {
    let folder = TempDir::new().unwrap();
    python_in(
        folder.path(),
        "from torch import nn
layers = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(1024), nn.Dropout(), nn.Linear(1024, 7))
layers[1].running_mean.fill_(3)
torch.jit.script(layers).save('other.pt')",
    );
    let path = folder.path().join("other.pt");
    let loaded = classify(&path).unwrap();
    assert_eq!(loaded.num_classes, 7);
    let images = Tensor::rand([3, 1, 32, 32], FLOAT_CPU);
    let [once, twice] = [(), ()].map(|()| loaded.classifier.logits(&images).unwrap());
    assert_identical("logits without dropout", &once, &twice);
    let tensors = weights::load(&path, MAX_WEIGHTS_BYTES).unwrap().tensors;
    let threes = Tensor::full([1024], 3.0, FLOAT_CPU);
    assert_identical("running statistics", &threes, &tensors["1.running_mean"]);
    assert_eq!(tensors["1.num_batches_tracked"].kind(), Kind::Int64);
    let error = load_network(&path, &LoadOptions::default(), Device::Cpu)
        .err()
        .unwrap();
    let message = error.to_string();
    assert!(message.contains("conv1.weight is missing"), "{message}");
    assert!(message.contains("and 7 more"), "{message}");
    // A message names the first ten faults; the error has them all.
    let LoadError::NotOfVariant { faults, .. } = &error else {
        panic!("{message}")
    };
    let mut texts = faults.iter().map(Fault::to_string);
    let words = "1.running_mean is not in this network";
    assert!(texts.any(|text| text.starts_with(words)), "{faults:?}");
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
        python_in(folder.path(), &module);
        let path = folder.path().join(format!("{index}.pt"));
        let loaded = classify(&path);
        let error = loaded.err().expect(output).to_string();
        assert!(error.contains(reason), "{output}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn programs_that_would_crash_libtorch_are_refused() {
    let folder = TempDir::new().unwrap();
    python_in(
        folder.path(),
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
        let error = classify(&path).err().unwrap().to_string();
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
