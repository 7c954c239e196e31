use std::collections::BTreeMap;

use serde::Serialize;

/// What decides bits beside program and seed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Who recorded: `torch-twin 0.1.0` or `torch_twin 0.1.0 (Python)`.
    pub recorder: String,
    /// libtorch's version, such as `2.13.0+cpu`.
    pub torch: String,
    /// The threads among which an operation is shared out.
    pub threads: String,
    /// The processor's vendor, such as `GenuineIntel`.
    pub cpu_vendor: String,
    /// Which of its CPU kernels libtorch takes, such as `AVX512`.
    pub cpu_capability: String,
    /// Where the tensors were, such as `cpu` or `cuda:0`.
    pub device: String,
}

impl Settings {
    /// Those of a program that computes without libtorch on the CPU, by its name and version.
    pub fn of_program(recorder: &str) -> Self {
        Self {
            recorder: recorder.to_owned(),
            device: "cpu".to_owned(),
            ..Self::default()
        }
    }

    /// Name and value of each, as they stand in a trace's metadata.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("recorder", self.recorder.as_str()),
            ("torch", &self.torch),
            ("threads", &self.threads),
            ("cpu_vendor", &self.cpu_vendor),
            ("cpu_capability", &self.cpu_capability),
            ("device", &self.device),
        ]
        .into_iter()
    }

    /// Those that stand in a trace's metadata; what is missing is empty.
    pub fn from_metadata(metadata: &BTreeMap<String, String>) -> Self {
        let value = |name: &str| metadata.get(name).cloned().unwrap_or_default();
        Self {
            recorder: value("recorder"),
            torch: value("torch"),
            threads: value("threads"),
            cpu_vendor: value("cpu_vendor"),
            cpu_capability: value("cpu_capability"),
            device: value("device"),
        }
    }
}
