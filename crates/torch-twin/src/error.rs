use tch::TchError;
use thiserror::Error;

use crate::printable;

/// `std::result::Result`, whose error is a [`TorchError`] unless another is named.
pub type Result<T, E = TorchError> = std::result::Result<T, E>;

/// A failure inside libtorch, in one line.
///
/// libtorch puts its whole C++ stack trace into the text of an exception; only the first line
/// says what happened, and only that line is kept.
#[derive(Debug, Error)]
#[error("libtorch: {message}")]
pub struct TorchError {
    message: String,
}

impl TorchError {
    /// The failure that libtorch, or code in its place, describes by `text`.
    pub fn new(text: &str) -> Self {
        // The parser of TorchScript begins with an empty line.
        let first = text.lines().find(|line| !line.trim().is_empty());
        Self {
            message: printable(first.unwrap_or_default()),
        }
    }
}

impl From<TchError> for TorchError {
    fn from(error: TchError) -> Self {
        match error {
            TchError::Torch(text) => Self::new(&text),
            other => Self::new(&other.to_string()),
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
    }
}
