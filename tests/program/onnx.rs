//! `lenet5 convert IN OUT.onnx`: what ONNX Runtime makes of the file, beside libtorch.

use std::fs;
use std::path::Path;

use crate::common::{
    lenet5, libtorch_logits, mnist_folder, reference, repository, run, sample_folder, text,
    train_variant,
};
use lenet5::data::{self, Source};
use lenet5::variant::VARIANTS;
use tch::Tensor;
use torch_twin::tensor_bytes;

/// Lets ONNX's checker and ONNX Runtime have every variant, with the test images in `data`.
fn compare_with_onnx_runtime(name: &str, data: &Path) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let source = Source::Folder(data.to_owned());
    let test = data::load_test_set(Some(&source), &mut |_| {});
    let test = test.expect("a data set").test;
    let write = |name: &str, tensor: &Tensor| {
        let bytes = tensor_bytes(tensor).expect("bytes");
        fs::write(folder.join(name), bytes).expect("written");
    };
    write("images", &test.images);
    write("labels", &test.labels);
    for variant in VARIANTS.iter().map(|variant| variant.name) {
        let trained = train_variant(&folder, variant);
        for input in ["images", "pixels"] {
            let model = folder.join(format!("{variant}-{input}.onnx"));
            let mut convert = lenet5(&["convert", "--input", input]);
            convert.args([&trained, &model]).assert().success();
        }
        let logits = libtorch_logits(&trained, &test.images);
        write(&format!("{variant}.logits"), &logits);
        let mut eval = lenet5(&["eval", text(&trained), "--json", "--data", text(data)]);
        let evaluation = eval.assert().success().get_output().stdout.clone();
        fs::write(folder.join(format!("{variant}.json")), evaluation).expect("written");
    }
    let script = repository("tests/program/onnx_runtime.py");
    print!("{}", run(&reference().python.path, [&script, &folder]));
}

#[test]
fn onnx_runtime_gives_libtorchs_answers_for_the_samples_test_digits() {
    compare_with_onnx_runtime("onnx-sample", &sample_folder());
}

#[test]
#[ignore = "needs MNIST: make test includes it where LENET5_DATA names its folder"]
fn onnx_runtime_gives_libtorchs_answers_for_mnists_10_000_test_digits() {
    compare_with_onnx_runtime("onnx-mnist", &mnist_folder());
}
