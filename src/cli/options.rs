//! Options that several subcommands share.

use clap::Args;

/// Where and with how many threads tensors are computed.
#[derive(Args)]
pub struct ComputeOptions {
    /// Where to compute: auto, cpu, cuda, cuda:N or mps; auto takes a GPU where there is one
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: lenet5::device::DeviceChoice,

    /// Threads inside an operation, as torch.set_num_threads; results are equal at equal counts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}
