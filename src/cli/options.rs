//! Options that several subcommands share.

use std::num::NonZeroU16;

use clap::Args;
use clap::builder::TypedValueParser;
use lenet5::device::{self, DeviceChoice, DeviceError};

/// Where and with how many threads tensors are computed.
#[derive(Args)]
pub struct ComputeOptions {
    /// Where to compute: auto, cpu, cuda, cuda:N or mps; auto takes a GPU where there is one
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,

    /// Threads inside an operation, as torch.set_num_threads; results are equal at equal counts
    #[arg(long, value_name = "N", value_parser = thread_count())]
    pub threads: Option<NonZeroU16>,
}

impl ComputeOptions {
    /// Finds the device and sets the threads. Nothing else of libtorch may be called before.
    pub fn apply(&self) -> Result<tch::Device, DeviceError> {
        let device = device::resolve(self.device)?;
        if let Some(threads) = self.threads {
            device::set_threads(threads);
        }
        Ok(device)
    }
}

fn thread_count() -> impl TypedValueParser<Value = NonZeroU16> {
    clap::value_parser!(u16)
        .range(1..=1024)
        .try_map(NonZeroU16::try_from)
}
