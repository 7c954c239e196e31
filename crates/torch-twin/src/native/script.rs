use super::bindings::twin_print_to_stderr;
use super::outcome::outcome;
use crate::TorchError;

/// Sends what TorchScript programs print to standard error, for the rest of the process's life.
pub fn print_to_stderr() -> Result<(), TorchError> {
    // SAFETY: The text is the function's own.
    unsafe { outcome(twin_print_to_stderr()) }
}
