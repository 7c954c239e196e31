use super::bindings::{twin_autocast_enter, twin_autocast_exit};
use super::outcome::outcome;
use crate::TorchError;

/// `torch.autocast` of this thread, until it is dropped.
pub struct Autocast {
    is_cuda: bool,
    was_enabled: bool,
    previous: i8,
}

impl Autocast {
    /// `dtype` is the number of `c10::ScalarType`; with `None`, nothing is cast.
    pub fn enter(is_cuda: bool, dtype: Option<i8>) -> Result<Self, TorchError> {
        let (mut was_enabled, mut previous) = (false, 0);
        // SAFETY: The function writes a value through each pointer.
        unsafe {
            outcome(twin_autocast_enter(
                is_cuda,
                dtype.is_some(),
                dtype.unwrap_or_default(),
                &mut was_enabled,
                &mut previous,
            ))?;
        }
        Ok(Self {
            is_cuda,
            was_enabled,
            previous,
        })
    }
}

impl Drop for Autocast {
    fn drop(&mut self) {
        let failure = twin_autocast_exit(self.is_cuda, self.was_enabled, self.previous);
        // SAFETY: The text came from there. What fails here is out of memory, which nobody can be told in a drop.
        let _ = unsafe { outcome(failure) };
    }
}
