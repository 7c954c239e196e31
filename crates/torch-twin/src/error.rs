use std::error::Error;
use std::fmt;

use tch::TchError;
use torch_twin_trace::readable_debug;

use crate::printable;

/// `std::result::Result`, whose error is a [`TorchError`] unless another is named.
pub type Result<T, E = TorchError> = std::result::Result<T, E>;

/// What went wrong, in one line, and in which module: ``in `layer1.0.conv1`: libtorch: …``.
///
/// libtorch puts its whole C++ stack trace into the text of an exception; only the first line
/// says what happened, and only that line is kept. `Debug` prints the same line as `Display`.
pub struct TorchError {
    /// The module that was being called, by its name in `named_modules()`.
    module: Option<String>,
    message: String,
}

impl TorchError {
    /// An error of code around libtorch, which `text` describes.
    pub fn new(text: &str) -> Self {
        // The parser of TorchScript begins with an empty line.
        let first = text.lines().find(|line| !line.trim().is_empty());
        Self {
            module: None,
            message: printable(first.unwrap_or_default()),
        }
    }

    /// The failure that libtorch describes by `text`.
    pub(crate) fn of_libtorch(text: &str) -> Self {
        let Self { module, message } = Self::new(text);
        let message = format!("libtorch: {message}");
        Self { module, message }
    }

    /// The same, which happened in the child `name` of the module that is being called.
    pub(crate) fn within(mut self, name: &str) -> Self {
        self.module = Some(match self.module {
            Some(module) => format!("{name}.{module}"),
            None => name.to_owned(),
        });
        self
    }
}

impl fmt::Display for TorchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(module) = &self.module {
            write!(f, "in `{}`: ", printable(module))?;
        }
        f.write_str(&self.message)
    }
}

readable_debug!(TorchError);

impl Error for TorchError {}

impl From<TchError> for TorchError {
    fn from(error: TchError) -> Self {
        match error {
            TchError::Torch(text) => Self::of_libtorch(&text),
            other => Self::of_libtorch(&other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Tensor, kind::FLOAT_CPU};

    #[test]
    fn a_cpp_stack_trace_is_left_out() {
        let wrong = Tensor::zeros([2, 3], FLOAT_CPU).f_matmul(&Tensor::zeros([2, 3], FLOAT_CPU));
        let error = TorchError::from(wrong.expect_err("2×3 times 2×3 must not multiply"));
        assert_eq!(
            error.to_string(),
            "libtorch: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"
        );
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
