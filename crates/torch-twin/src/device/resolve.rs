use tch::Device;
use thiserror::Error;

use torch_twin_trace::readable_debug;

use super::choice::DeviceChoice;
use super::cuda::{self, CudaAbsence};

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
