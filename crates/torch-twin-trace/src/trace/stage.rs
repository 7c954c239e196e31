use std::fmt;

use serde::{Deserialize, Serialize};

use super::Digest;
use crate::array::byte_length;
use crate::{Array, Dtype};

/// One tensor of a trace: what it is of what, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// The step of training, from 1 on; 0 is what was there before.
    pub step: u64,
    /// What the tensor is.
    pub kind: Kind,
    /// The module's name in `named_modules()`, `""` for the network itself; a parameter's or buffer's in
    /// `state_dict()`; a key of an optimizer's state.
    pub name: String,
    /// Which call of the module in this step it belongs to, from 1 on; 0 where nothing is called.
    pub call: u64,
    /// Its place among the tensors of the call, from 0 on.
    pub index: u64,
    /// What is known of a tensor that is not in the file itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<Box<Digest>>,
}

/// What a tensor of a trace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A parameter or buffer, at the end of the step.
    Weight,
    /// What a module was called with.
    Input,
    /// What a module gave.
    Output,
    /// The loss.
    Loss,
    /// A parameter's gradient, before the optimizer's step.
    Gradient,
    /// What an optimizer keeps, after its step.
    Optimizer,
}

impl Stage {
    /// What tells it from all other stages of its trace.
    pub(crate) fn identity(&self) -> (u64, Kind, &str, u64, u64) {
        (self.step, self.kind, &self.name, self.call, self.index)
    }

    /// The same stage, of whose tensor no digest is known.
    pub(crate) fn without_digest(self) -> Self {
        Self {
            digest: None,
            ..self
        }
    }

    /// The tensor's name in the file: `step1/output/layer1.0.conv1/1/0`.
    pub fn key(&self) -> String {
        format!("{self}")
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, name, .. } = self;
        write!(f, "step{step}/{}/{name}", self.kind)?;
        match self.call {
            0 => Ok(()),
            call => write!(f, "/{call}/{}", self.index),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Weight => "weight",
            Self::Input => "input",
            Self::Output => "output",
            Self::Loss => "loss",
            Self::Gradient => "gradient",
            Self::Optimizer => "optimizer",
        })
    }
}

/// Type and shape of a stage's tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Form {
    /// The type of the values.
    pub dtype: Dtype,
    /// The sides.
    pub shape: Vec<u64>,
}

impl Form {
    /// Type and shape of an array.
    pub fn of(array: &Array) -> Self {
        let (dtype, shape) = (array.dtype(), array.shape().to_vec());
        Self { dtype, shape }
    }

    /// The bytes of its values; none where no file could hold them.
    pub(crate) fn bytes(&self) -> Option<u64> {
        byte_length(self.dtype, &self.shape)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides: Vec<_> = self.shape.iter().map(u64::to_string).collect();
        match sides.is_empty() {
            true => write!(f, "{} scalar", self.dtype),
            false => write!(f, "{} {}", self.dtype, sides.join("×")),
        }
    }
}
