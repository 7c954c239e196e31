use std::fmt::Display;

use thiserror::Error;

/// Why a figure cannot be drawn: what the drawing library said.
#[derive(Debug, Error)]
#[error("the figure cannot be drawn: {0}")]
pub struct FigureError(String);

impl FigureError {
    pub(super) fn new(fault: impl Display) -> Self {
        Self(fault.to_string())
    }
}
