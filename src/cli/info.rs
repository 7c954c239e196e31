//! `lenet5 info`: what this program runs on.

use std::fmt::Display;
use std::io::{self, Write};

use lenet5::train::cpu_model;
use serde::Serialize;
use torch_twin::device::{self, DeviceChoice, cuda};
use torch_twin::{Processor, TorchError, libtorch, threads};

use super::options::ComputeOptions;
use super::output::StandardOutput;

const EXAMPLE: &str = "\
Example:
  lenet5 info
  lenet5 info --device cuda --json";

/// Show versions, libtorch, threads and devices
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    #[command(flatten)]
    compute: ComputeOptions,

    /// Print one JSON object on standard output, and nothing else there
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let info = Info::gather(&args.compute)?;
    if args.json {
        StandardOutput::new(true).json(&info)?;
    } else {
        info.print(&mut io::stdout().lock())?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Info {
    lenet5: &'static str,
    tch: &'static str,
    torch: &'static str,
    libtorch: String,
    cpu: Cpu,
    threads: Threads,
    device: String,
    devices: Vec<String>,
    cuda: Cuda,
}

#[derive(Serialize)]
struct Cpu {
    model: Option<String>,
    #[serde(flatten)]
    processor: Processor,
    mkl: bool,
    onednn: bool,
    openmp: bool,
}

#[derive(Serialize)]
struct Threads {
    intra_op: i32,
    inter_op: i32,
}

#[derive(Serialize)]
struct Cuda {
    available: bool,
    gpus: usize,
    runtime: Option<String>,
    cudnn: Option<String>,
    why_not: Option<String>,
}

impl Info {
    fn gather(compute: &ComputeOptions) -> anyhow::Result<Self> {
        // First, since libtorch takes up CUDA only before anything else is asked of it.
        let device = compute.apply_unchecked()?;
        if let Err(error) = threads::check() {
            say!("warning: {error}");
        }
        let cuda = Cuda::gather(compute.device);
        let mut devices = vec!["cpu".to_owned()];
        devices.extend((0..cuda.gpus).map(|index| format!("cuda:{index}")));
        if tch::utils::has_mps() {
            devices.push("mps".to_owned());
        }
        Ok(Self {
            lenet5: env!("CARGO_PKG_VERSION"),
            tch: libtorch::TCH_VERSION,
            torch: libtorch::TORCH_VERSION,
            libtorch: libtorch::directory().display().to_string(),
            cpu: Cpu::gather()?,
            threads: Threads {
                intra_op: tch::get_num_threads(),
                inter_op: tch::get_num_interop_threads(),
            },
            device: device::name(device),
            devices,
            cuda,
        })
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let threads = &self.threads;
        row(out, "lenet5", self.lenet5)?;
        row(out, "tch", self.tch)?;
        row(out, "torch", self.torch)?;
        row(out, "libtorch", &self.libtorch)?;
        row(out, "CPU", self.cpu.model.as_deref().unwrap_or("unknown"))?;
        row(out, "CPU kernels", self.cpu.describe_kernels())?;
        row(
            out,
            "threads",
            format_args!(
                "{} in an operation, {} between operations",
                threads.intra_op, threads.inter_op
            ),
        )?;
        row(out, "devices", self.devices.join(", "))?;
        row(out, "chosen device", &self.device)?;
        row(out, "CUDA", self.cuda.describe())?;
        out.flush()
    }
}

fn row(out: &mut impl Write, name: &str, value: impl Display) -> io::Result<()> {
    writeln!(out, "{name:<14} {value}")
}

impl Cpu {
    fn gather() -> Result<Self, TorchError> {
        Ok(Self {
            model: cpu_model(),
            processor: Processor::current()?,
            mkl: tch::utils::has_mkl(),
            onednn: tch::utils::has_mkldnn(),
            openmp: tch::utils::has_openmp(),
        })
    }

    fn describe_kernels(&self) -> String {
        let libraries = [
            ("MKL", self.mkl),
            ("oneDNN", self.onednn),
            ("OpenMP", self.openmp),
        ];
        let mut kernels = vec![self.processor.cpu_capability.as_str()];
        kernels.extend(
            libraries
                .iter()
                .filter(|library| library.1)
                .map(|library| library.0),
        );
        kernels.join(", ")
    }
}

impl Cuda {
    fn gather(choice: DeviceChoice) -> Self {
        let (gpus, why_not) = match choice {
            DeviceChoice::Cpu | DeviceChoice::Mps => (
                0,
                Some("not looked for, since another device was asked for".to_owned()),
            ),
            DeviceChoice::Auto | DeviceChoice::Cuda(_) => match cuda::device_count() {
                Ok(count) => (count, None),
                Err(absence) => (0, Some(absence.to_string())),
            },
        };
        let loaded = tch::utils::has_cudart();
        Self {
            available: gpus > 0,
            gpus,
            runtime: loaded.then(|| version(tch::utils::version_cudart(), 1000, 10)),
            cudnn: loaded.then(|| version(tch::utils::version_cudnn(), 10_000, 100)),
            why_not,
        }
    }

    fn describe(&self) -> String {
        let unknown = "unknown".to_owned();
        match &self.why_not {
            Some(reason) => format!("not available: {reason}"),
            None => format!(
                "{} GPU(s), CUDA {}, cuDNN {}",
                self.gpus,
                self.runtime.as_ref().unwrap_or(&unknown),
                self.cudnn.as_ref().unwrap_or(&unknown),
            ),
        }
    }
}

/// `MAJOR.MINOR` of a version that CUDA's libraries pack into one number: 13000 is CUDA 13.0,
/// and 92000 is cuDNN 9.20.
fn version(packed: i64, major: i64, minor: i64) -> String {
    format!("{}.{}", packed / major, packed % major / minor)
}
