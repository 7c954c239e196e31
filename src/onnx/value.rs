use super::messages::{
    DataType, Dimension, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use std::fmt;
use thiserror::Error;
use torch_twin::TorchError;

/// What the number of images is called, which is known when the model runs.
const BATCH: &str = "N";

/// What goes from node to node: for each of N images an array.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The name by which a model's user can ask for it.
    pub(super) name: String,
    pub(super) kind: DataType,
    /// The array's size, without the N before it.
    pub(super) size: Vec<i64>,
}

impl Value {
    pub(super) fn new(name: &str, kind: DataType, size: &[i64]) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            size: size.to_vec(),
        }
    }

    /// What comes of it by an operation that keeps its size, called by its name and `word`.
    pub(super) fn then(&self, word: &str) -> Self {
        Self {
            name: format!("{}.{word}", self.name),
            ..self.clone()
        }
    }

    /// What a file says of it, and `about` for people.
    pub(super) fn info(&self, about: &str) -> ValueInfoProto {
        let batch = Dimension {
            dim_param: Some(BATCH.to_owned()),
            dim_value: None,
        };
        let sides = self.size.iter().map(|&side| Dimension {
            dim_value: Some(side),
            dim_param: None,
        });
        let shape = TensorShapeProto {
            dim: [batch].into_iter().chain(sides).collect(),
        };
        ValueInfoProto {
            name: self.name.clone(),
            r#type: Some(TypeProto {
                tensor_type: Some(TensorTypeProto {
                    elem_type: self.kind.into(),
                    shape: Some(shape),
                }),
            }),
            doc_string: about.to_owned(),
        }
    }
}

/// As in a comment: `N×6×14×14`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(BATCH)?;
        self.size.iter().try_for_each(|side| write!(f, "×{side}"))
    }
}

/// Why a network became no ONNX model.
#[derive(Debug, Error)]
pub enum OnnxError {
    /// A tensor that the network does not have.
    #[error("the network has no {name}")]
    Missing {
        /// The tensor's name in the `state_dict`.
        name: String,
    },
    /// A tensor of another shape than its layer needs for what comes to it.
    #[error("{name}: expected shape {expected:?}, found {found:?}")]
    Shape {
        /// The tensor's name in the `state_dict`.
        name: String,
        /// The shape that fits.
        expected: Vec<i64>,
        /// The tensor's.
        found: Vec<i64>,
    },
    /// A layer that cannot take what the layer before it gives.
    #[error("{layer} takes {expected}, not {found}")]
    Input {
        /// The layer's name in PyTorch.
        layer: String,
        /// What it takes, in words.
        expected: &'static str,
        /// What comes to it.
        found: String,
    },
    /// A graph that does not end with logits.
    #[error("the network gives {found}, not a logit for each of {classes} classes")]
    Logits {
        /// The classes.
        classes: usize,
        /// What it gives.
        found: String,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
