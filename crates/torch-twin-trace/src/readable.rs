use std::error::Error;
use std::fmt;

/// Makes `Debug` of an error as readable as `Display`: a `main` that returns a `Result` prints it.
#[doc(hidden)]
#[macro_export]
macro_rules! readable_debug {
    ($Error:ty) => {
        impl std::fmt::Debug for $Error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::with_causes(self, f)
            }
        }
    };
}

/// An error and its causes, as `cannot be used: No such file or directory (os error 2)`.
#[doc(hidden)]
pub fn with_causes(error: &dyn Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    match error.source() {
        Some(cause) => {
            f.write_str(": ")?;
            with_causes(cause, f)
        }
        None => Ok(()),
    }
}
