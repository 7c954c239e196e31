use super::cuda::{self, CudaAbsence};
use std::str::FromStr;
use tch::Device;
use thiserror::Error;
use torch_twin_trace::readable_debug;

/// Which device to compute on, as a user names it: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first GPU where there is one, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The NVIDIA GPU of this index; `cuda` is `cuda:0`.
    Cuda(usize),
    /// The GPU of an Apple computer.
    Mps,
}

impl FromStr for DeviceChoice {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<Self, UnknownDevice> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "mps" => Ok(Self::Mps),
            _ => text
                .strip_prefix("cuda:")
                .filter(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|index| index.parse().ok())
                .map(Self::Cuda)
                .ok_or(UnknownDevice),
        }
    }
}

/// A text that names no device.
#[derive(Error)]
#[error("it is none of auto, cpu, cuda, cuda:N and mps")]
pub struct UnknownDevice;

readable_debug!(UnknownDevice);

/// A device that was asked for and is not there.
#[derive(Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// There is no CUDA.
    #[error("CUDA is not available: {0}; the CPU works everywhere")]
    NoCuda(CudaAbsence),
    /// There is CUDA, but no GPU of this index.
    #[error("there is no device cuda:{index}: GPUs are numbered from 0, and there are {count}")]
    NoSuchGpu {
        /// The index asked for.
        index: usize,
        /// How many GPUs there are.
        count: usize,
    },
    /// There is no MPS.
    #[error("MPS is not available: it needs an Apple computer; the CPU works everywhere")]
    NoMps,
}

readable_debug!(DeviceError);

/// Finds the device that was chosen.
///
/// Call it before anything else of libtorch: see [`cuda::device_count`], which is asked for every
/// choice but `cpu` and `mps`.
///
/// # Errors
///
/// The device is not there. `auto` and `cpu` never fail.
///
/// # Example
///
/// ```
/// let device = torch_twin::device::resolve("auto".parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn resolve(choice: DeviceChoice) -> Result<Device, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(Device::Cpu),
        DeviceChoice::Cuda(index) => {
            let count = cuda::device_count().map_err(DeviceError::NoCuda)?;
            if index < count {
                Ok(Device::Cuda(index))
            } else {
                Err(DeviceError::NoSuchGpu { index, count })
            }
        }
        DeviceChoice::Mps if tch::utils::has_mps() => Ok(Device::Mps),
        DeviceChoice::Mps => Err(DeviceError::NoMps),
        DeviceChoice::Auto if cuda::device_count().is_ok() => Ok(Device::Cuda(0)),
        DeviceChoice::Auto if tch::utils::has_mps() => Ok(Device::Mps),
        DeviceChoice::Auto => Ok(Device::Cpu),
    }
}

/// The name that PyTorch gives a device, such as `cuda:0`.
pub fn name(device: Device) -> String {
    match device {
        Device::Cpu => "cpu".to_owned(),
        Device::Cuda(index) => format!("cuda:{index}"),
        Device::Mps => "mps".to_owned(),
        Device::Vulkan => "vulkan".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_pytorch_writes_them() {
        let read = |text: &str| text.parse().ok();
        assert_eq!(read("auto"), Some(DeviceChoice::Auto));
        assert_eq!(read("cpu"), Some(DeviceChoice::Cpu));
        assert_eq!(read("cuda"), Some(DeviceChoice::Cuda(0)));
        assert_eq!(read("cuda:3"), Some(DeviceChoice::Cuda(3)));
        assert_eq!(read("mps"), Some(DeviceChoice::Mps));
        for wrong in [
            "", "CPU", "gpu", "cuda:", "cuda:-1", "cuda:+1", "cuda:x", "cuda:1 ",
        ] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
        assert_eq!(read("cuda:99999999999999999999999"), None);
    }
}
