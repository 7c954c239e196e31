//! Traces that are written stage by stage, without a program that computes them.

use std::path::Path;

use serde_json::{Map, Value, json};
use torch_twin::diff::{Options, Report, Side};

use super::trace_reader::write;

/// The stages of a trace, each a vector of float32.
#[derive(Clone, Default)]
pub struct Written {
    stages: Vec<Value>,
    tensors: Map<String, Value>,
    values: Vec<u8>,
    pub metadata: Map<String, Value>,
}

impl Written {
    /// Adds a stage by its key, such as `step1/output/conv1/1/0` or `step1/loss/loss`.
    pub fn stage(mut self, key: &str, values: &[f32]) -> Self {
        let (step, rest) = key.split_once('/').unwrap();
        let (kind, rest) = rest.split_once('/').unwrap();
        let is_of_call = kind == "input" || kind == "output";
        let (name, call, index) = match is_of_call {
            true => {
                let mut parts = rest.rsplitn(3, '/');
                let index: u64 = parts.next().unwrap().parse().unwrap();
                let call: u64 = parts.next().unwrap().parse().unwrap();
                (parts.next().unwrap(), call, index)
            }
            false => (rest, 0, 0),
        };
        let step: u64 = step.strip_prefix("step").unwrap().parse().unwrap();
        self.stages
            .push(json!({"step": step, "kind": kind, "name": name, "call": call, "index": index}));
        let start = self.values.len();
        self.values
            .extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let info = json!({"dtype": "F32", "shape": [values.len()], "data_offsets": [start, self.values.len()]});
        self.tensors.insert(key.to_owned(), info);
        self
    }

    /// Adds the one input and the one output of the first call of a module.
    pub fn call(self, step: u64, name: &str, input: f32, output: f32) -> Self {
        self.stage(&format!("step{step}/input/{name}/1/0"), &[input])
            .stage(&format!("step{step}/output/{name}/1/0"), &[output])
    }

    pub fn save(&self, path: &Path) {
        let mut metadata = self.metadata.clone();
        metadata.insert("format".to_owned(), json!("torch-twin trace"));
        metadata.insert("version".to_owned(), json!("1"));
        let stages = Value::from(self.stages.clone()).to_string();
        metadata.insert("stages".to_owned(), json!(stages));
        let mut header = self.tensors.clone();
        header.insert("__metadata__".to_owned(), Value::from(metadata));
        write(path, &Value::from(header).to_string(), &self.values);
    }
}

/// Compares two traces, and holds the verdict with sides swapped to the same outcome.
pub fn compared(a: &Written, b: &Written) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = [("a", a), ("b", b)].map(|(name, written)| {
        let path = folder.path().join(name);
        written.save(&path);
        Side::open(&path).unwrap()
    });
    let report = Report::new(&a, &b, Options::default()).unwrap();
    let swapped = Report::new(&b, &a, Options::default()).unwrap();
    assert_eq!(report.is_equal(), swapped.is_equal());
    report
}
