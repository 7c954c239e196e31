use std::str::FromStr;

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
