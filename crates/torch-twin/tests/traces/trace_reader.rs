//! Traces that are cut off, altered, or no traces: what the reader makes of them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};
use tempfile::TempDir;
use torch_twin::nn::{Forward, ForwardPass, Linear, Module};
use torch_twin::trace::{Recorder, Trace};
use torch_twin::{Generator, to_tensor, weights};

/// A trace with a stage of every kind of place: values, and digests of larger tensors.
fn record(path: &Path) {
    let layer = Linear::new(3, 5, &mut Generator::manual_seed(0)).unwrap();
    let state_dict = layer.state_dict();
    let mut recorder = Recorder::default().digest_above(14);
    recorder.weights(&state_dict).unwrap();
    let mut step = recorder.step(1).unwrap();
    let input = Tensor::ones([2, 3], (Kind::Float, Device::Cpu));
    let pass = ForwardPass::train();
    let output = step.forward(&[&input], pass, |pass| layer.forward(&input, pass));
    step.loss(&output.unwrap().sum(Kind::Float)).unwrap();
    recorder.save(path).unwrap();
}

fn folder_with_trace() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.trace");
    record(&path);
    (folder, path)
}

/// A safetensors file with this header and these values.
pub fn write(path: &Path, header: &str, values: &[u8]) {
    let length = (header.len() as u64).to_le_bytes();
    fs::write(path, [&length, header.as_bytes(), values].concat()).unwrap();
}

/// A trace of one loss, whose header `alter` has changed.
fn write_altered(path: &Path, alter: impl FnOnce(&mut Value)) {
    let stages = json!([{"step": 1, "kind": "loss", "name": "loss", "call": 0, "index": 0}]);
    let mut header = json!({
        "__metadata__": {
            "format": "torch-twin trace",
            "version": "1",
            "stages": stages.to_string(),
        },
        "step1/loss/loss": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]},
    });
    alter(&mut header);
    write(path, &header.to_string(), &[0; 4]);
}

fn refusal(path: &Path) -> String {
    let Err(error) = Trace::open(path) else {
        panic!("{}: was taken", path.display());
    };
    let error = format!("{error:?}");
    let after_path = error.strip_prefix(&format!("{}: ", path.display()));
    after_path.expect("the error names its file").to_owned()
}

#[test]
fn what_was_recorded_is_read_tensor_by_tensor() {
    let (_folder, path) = folder_with_trace();
    let trace = Trace::open(&path).unwrap();
    assert_eq!(trace.settings().device, "cpu");
    let keys: Vec<_> = trace.stages().iter().map(|stage| stage.key()).collect();
    let expected = [
        "step0/weight/weight",
        "step0/weight/bias",
        "step1/input//1/0",
        "step1/output//1/0",
        "step1/loss/loss",
    ];
    assert_eq!(keys, expected);
    let loaded = weights::load(&path, weights::DEFAULT_MAX_BYTES)
        .unwrap()
        .tensors;
    for stage in trace.stages() {
        let array = trace.array(stage).unwrap();
        assert_eq!(array.is_none(), stage.digest.is_some());
        let tensor = array.map(|array| to_tensor(&array).unwrap());
        assert_eq!(tensor.as_ref(), loaded.get(&stage.key()));
    }
    assert_eq!(
        trace.form(&trace.stages()[0]).unwrap().to_string(),
        "F32 5×3"
    );
}

#[test]
fn a_trace_that_is_cut_off_anywhere_is_refused() {
    let (_folder, path) = folder_with_trace();
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let error = refusal(&path);
        let is_short = length < 9;
        let expected = if is_short {
            "no safetensors file"
        } else {
            "cut off: "
        };
        assert!(error.contains(expected), "{length}: {error}");
    }
}

#[test]
fn no_altered_byte_of_a_header_makes_the_reader_panic() {
    let (_folder, path) = folder_with_trace();
    let whole = fs::read(&path).unwrap();
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    for place in 0..header {
        for byte in [0, b'"', b'9', b'}', 0xff, whole[place] ^ 1] {
            let mut altered = whole.clone();
            altered[place] = byte;
            fs::write(&path, &altered).unwrap();
            if let Ok(trace) = Trace::open(&path) {
                for stage in trace.stages() {
                    let form = trace.form(stage).unwrap();
                    let array = trace.array(stage).unwrap();
                    assert!(array.is_none_or(|array| array.shape() == form.shape));
                }
            }
        }
    }
}

#[test]
fn what_is_no_trace_is_told_apart_from_what_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    assert_eq!(refusal(folder.path()), "not a file");
    assert!(refusal(&path).starts_with("cannot be read: No such file"));
    fs::write(&path, "some text, and more of it").unwrap();
    assert!(refusal(&path).starts_with("not a trace: no safetensors file; record one with"));
    let tensor = Tensor::ones([2], (Kind::Float, Device::Cpu));
    weights::save(&path, [("x", &tensor)], &Default::default()).unwrap();
    assert!(refusal(&path).starts_with("not a trace: a safetensors file that no recorder wrote"));
}

#[test]
fn another_version_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.trace");
    write_altered(&path, |header| {
        header["__metadata__"]["version"] = json!("2\u{1b}[31m")
    });
    let error = refusal(&path);
    assert!(
        error.starts_with(r"a trace of version 2\u{1b}[31m, and version 1 is read"),
        "{error}"
    );
}

type Lie = Box<dyn Fn(&mut Value)>;

#[test]
fn a_header_that_lies_is_refused_with_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.trace");
    write_altered(&path, |_| ());
    assert_eq!(Trace::open(&path).unwrap().stages().len(), 1, "unaltered");
    const TENSOR: &str = "step1/loss/loss";
    let stages = |text: &str| json!(text);
    let digest = r#"[{"step":1,"kind":"loss","name":"loss","call":0,"index":0,
        "digest":{"dtype":"F32","shape":[],"sha256":"","min":0,"max":0,"mean":0}}]"#;
    let lies: [(&str, Lie); 9] = [
        (
            "damaged trace",
            Box::new(|header| header[TENSOR]["data_offsets"] = json!([0, 3])),
        ),
        (
            "cut off: ",
            Box::new(|header| {
                header[TENSOR]["data_offsets"] = json!([0, 4_000_000_000_000_u64]);
                header[TENSOR]["shape"] = json!([1_000_000_000_000_u64]);
            }),
        ),
        (
            "damaged trace",
            Box::new(|header| header[TENSOR]["shape"] = json!([u64::MAX, 4])),
        ),
        (
            "4 bytes follow",
            Box::new(|header| {
                header[TENSOR]["shape"] = json!([0]);
                header[TENSOR]["data_offsets"] = json!([0, 0]);
            }),
        ),
        (
            "step1/loss/loss has values of type F8_E4M3, and compared are F32",
            Box::new(|header| {
                header[TENSOR]["dtype"] = json!("F8_E4M3");
                header[TENSOR]["shape"] = json!([4]);
            }),
        ),
        (
            "step1/loss/loss is there and not listed",
            Box::new(move |header| {
                header["__metadata__"]["stages"] = stages("[]");
            }),
        ),
        (
            "and its digest as well",
            Box::new(move |header| {
                header["__metadata__"]["stages"] = stages(digest);
            }),
        ),
        (
            "lists no stages",
            Box::new(|header| {
                header["__metadata__"]
                    .as_object_mut()
                    .unwrap()
                    .remove("stages");
            }),
        ),
        (
            "unknown variant `lost`",
            Box::new(|header| {
                let stages = header["__metadata__"]["stages"].as_str().unwrap();
                header["__metadata__"]["stages"] =
                    json!(stages.replace("\"kind\":\"loss\"", "\"kind\":\"lost\""));
            }),
        ),
    ];
    for (expected, lie) in lies {
        write_altered(&path, lie);
        let error = refusal(&path);
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn a_shape_that_no_tensor_has_is_refused_even_of_no_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.trace");
    write_altered(&path, |header| {
        header["step1/loss/loss"]["shape"] = json!([0, 1_u64 << 63]);
        header["step1/loss/loss"]["data_offsets"] = json!([0, 0]);
    });
    // Without the values, which such a tensor does not have.
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 4]).unwrap();
    let error = refusal(&path);
    assert!(
        error.contains("step1/loss/loss has a shape that no tensor has"),
        "{error}"
    );
}

#[test]
fn a_stage_that_is_listed_and_not_there_or_listed_twice_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.trace");
    let stage = |name| json!({"step": 1, "kind": "loss", "name": name, "call": 0, "index": 0});
    for (listed, expected) in [
        (
            [stage("loss"), stage("lost")],
            "step1/loss/lost is listed, and neither it nor its digest is there",
        ),
        (
            [stage("loss"), stage("loss")],
            "step1/loss/loss is listed twice",
        ),
    ] {
        write_altered(&path, |header| {
            header["__metadata__"]["stages"] = json!(json!(listed).to_string());
        });
        let error = refusal(&path);
        assert_eq!(
            error,
            format!("a damaged trace: {expected}; record it anew")
        );
    }
}

#[test]
fn a_header_that_claims_to_be_huge_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.trace");
    let length = (1_u64 << 60).to_le_bytes();
    fs::write(&path, [&length[..], b"{\"__metadata__\""].concat()).unwrap();
    let error = refusal(&path);
    assert!(
        error.starts_with("a header of 1152921504606846976 bytes"),
        "{error}"
    );
}
