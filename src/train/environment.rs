use serde::{Deserialize, Serialize};
use torch_twin::{Processor, TorchError, device, libtorch};

/// What a result's bits depend on beside settings and data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of libtorch, as `torch.__version__`.
    pub torch: String,
    /// The processor, and which code libtorch runs on it.
    #[serde(flatten)]
    pub processor: Processor,
    /// Threads inside an operation, as `torch.get_num_threads()`.
    pub threads: i32,
    /// The device, as PyTorch names it.
    pub device: String,
}

impl Environment {
    /// That of this process, with computations on `device`.
    ///
    /// # Errors
    /// If libtorch fails, for example when memory runs out.
    pub fn current(device: tch::Device) -> Result<Self, TorchError> {
        Ok(Self {
            torch: libtorch::TORCH_VERSION.to_owned(),
            processor: Processor::current()?,
            threads: tch::get_num_threads(),
            device: device::name(device),
        })
    }

    /// What differs between this environment, in which a run began, and the one of now: a line each.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let compared = self.named().into_iter().zip(now.named());
        let different = compared.filter(|((_, then), (_, now))| then != now);
        let lines =
            different.map(|((name, then), (_, now))| format!("{name}: {then} then, {now} now"));
        lines.collect()
    }

    /// Each part with its name for people.
    fn named(&self) -> [(&'static str, String); 7] {
        let Processor {
            cpu_vendor,
            cpu_capability,
            mkl_branch,
            onednn_isa,
        } = self.processor.clone();
        [
            ("libtorch", self.torch.clone()),
            ("CPU vendor", cpu_vendor),
            ("CPU kernels", cpu_capability),
            ("MKL branch", mkl_branch),
            ("oneDNN ISA", onednn_isa),
            ("threads", self.threads.to_string()),
            ("device", self.device.clone()),
        ]
    }
}
