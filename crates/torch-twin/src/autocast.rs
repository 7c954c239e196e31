use tch::{Device, Kind};

use crate::native::Autocast;
use crate::{Result, TorchError};

/// Computes with operators that cast floating-point inputs to `kind` where that is faster, and to float32 where it has
/// to be exact: `with torch.autocast(device_type, dtype=kind)`. `None` is `enabled=False`: within it nothing is cast.
///
/// # Errors
/// For a `kind` other than `BFloat16` and `Half`, for a device other than a CPU and a CUDA device, and what `compute` gives.
///
/// ```
/// use torch_twin::{autocast, prelude::*};
///
/// let x = Tensor::ones([2, 2], (Kind::Float, Device::Cpu));
/// let product = autocast(Device::Cpu, Some(Kind::BFloat16), || Ok(x.f_matmul(&x)?))?;
/// assert_eq!(product.kind(), Kind::BFloat16);
/// # Ok::<(), TorchError>(())
/// ```
pub fn autocast<T>(
    device: Device,
    kind: Option<Kind>,
    compute: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let is_cuda = match device {
        Device::Cpu => false,
        Device::Cuda(_) => true,
        Device::Mps | Device::Vulkan => {
            return Err(TorchError::new(&format!(
                "there is no autocast for {device:?}"
            )));
        }
    };
    // The numbers of c10::ScalarType.
    let dtype = match kind {
        None => None,
        Some(Kind::Half) => Some(5),
        Some(Kind::BFloat16) => Some(15),
        Some(kind) => {
            let text = format!("autocast casts to BFloat16 or Half, and was asked for {kind:?}");
            return Err(TorchError::new(&text));
        }
    };
    let _autocast = Autocast::enter(is_cuda, dtype)?;
    compute()
}
