use serde::{Deserialize, Serialize};
use torch_twin::{TorchError, backends, device, libtorch};

/// What a result's bits depend on beside settings and data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of libtorch, as `torch.__version__`.
    pub torch: String,
    /// The kernels that libtorch picked, as `torch.backends.cpu.get_cpu_capability()`.
    pub cpu_capability: Option<String>,
    /// Threads inside an operation, as `torch.get_num_threads()`.
    pub threads: i32,
    /// The device, as PyTorch names it.
    pub device: String,
}

impl Environment {
    /// That of this process, with computations on `device`.
    ///
    /// # Errors
    /// What libtorch refuses to tell.
    pub fn current(device: tch::Device) -> Result<Self, TorchError> {
        Ok(Self {
            torch: libtorch::TORCH_VERSION.to_owned(),
            cpu_capability: Some(backends::cpu_capability()?),
            threads: tch::get_num_threads(),
            device: device::name(device),
        })
    }

    /// What differs between this environment, in which a run began, and the one of now: a line each.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let capability = |environment: &Self| {
            let capability = environment.cpu_capability.clone();
            capability.unwrap_or_else(|| "unknown".to_owned())
        };
        let compared = [
            ("libtorch", self.torch.clone(), now.torch.clone()),
            ("CPU kernels", capability(self), capability(now)),
            ("threads", self.threads.to_string(), now.threads.to_string()),
            ("device", self.device.clone(), now.device.clone()),
        ];
        let different = compared.into_iter().filter(|(_, then, now)| then != now);
        let lines = different.map(|(name, then, now)| format!("{name}: {then} then, {now} now"));
        lines.collect()
    }
}
