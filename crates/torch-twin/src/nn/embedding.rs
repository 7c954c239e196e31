use tch::{Device, Kind, Tensor};

use super::{Forward, ForwardPass, Memo, Module, init};
use crate::{Generator, TorchError};

/// `torch.nn.Embedding(num_embeddings, embedding_dim)`: a table of vectors.
#[non_exhaustive]
pub struct Embedding {
    /// num_embeddings × embedding_dim.
    pub weight: Tensor,
    /// The row that stays as it is, or -1.
    padding_idx: i64,
}

/// The arguments of an [`Embedding`] that are not the defaults.
///
/// ```
/// use torch_twin::Generator;
/// use torch_twin::nn::Embedding;
///
/// // nn.Embedding(10, 3, padding_idx=-1)
/// let layer = Embedding::builder(10, 3).padding_idx(-1).build(&mut Generator::manual_seed(0))?;
/// assert_eq!(layer.weight.get(9).abs().max().double_value(&[]), 0.0);
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Debug)]
pub struct EmbeddingBuilder {
    num_embeddings: usize,
    embedding_dim: usize,
    padding_idx: Option<i64>,
}

impl Embedding {
    /// A table with PyTorch's initial values, normally distributed.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(
        num_embeddings: usize,
        embedding_dim: usize,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        Self::builder(num_embeddings, embedding_dim).build(generator)
    }

    /// A table whose other arguments are to be set.
    pub fn builder(num_embeddings: usize, embedding_dim: usize) -> EmbeddingBuilder {
        EmbeddingBuilder {
            num_embeddings,
            embedding_dim,
            padding_idx: None,
        }
    }
}

impl EmbeddingBuilder {
    /// `padding_idx=None`: a row that is zero, and is not trained; -1 is the last.
    pub fn padding_idx(mut self, padding_idx: impl Into<Option<i64>>) -> Self {
        self.padding_idx = padding_idx.into();
        self
    }

    /// The table, with PyTorch's initial values.
    ///
    /// # Errors
    /// A `padding_idx` that the table does not have, and what libtorch refuses, too little memory above all.
    pub fn build(self, generator: &mut Generator) -> Result<Embedding, TorchError> {
        let rows = self.num_embeddings as i64;
        let padding_idx = match self.padding_idx {
            Some(row) if row < -rows || row >= rows => return Err(outside(row, rows)),
            Some(row) if row < 0 => Some(rows + row),
            other => other,
        };
        let size = [rows, self.embedding_dim as i64];
        let mut weight = Tensor::f_empty(size, (Kind::Float, Device::Cpu))?;
        init::normal_(&mut weight, 0.0, 1.0, generator)?;
        if let Some(row) = padding_idx {
            let _ = weight.f_get(row)?.f_zero_()?;
        }
        Ok(Embedding {
            weight: weight.set_requires_grad(true),
            padding_idx: padding_idx.unwrap_or(-1),
        })
    }
}

impl Forward for Embedding {
    /// Any shape of int64 indices to that shape × embedding_dim.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        // Python refuses it here as well, libtorch does not.
        let rows = self.weight.size().first().copied().unwrap_or_default();
        if self.padding_idx >= rows {
            return Err(outside(self.padding_idx, rows));
        }
        Ok(Tensor::f_embedding(
            &self.weight,
            input,
            self.padding_idx,
            false,
            false,
        )?)
    }
}

fn outside(padding_idx: i64, rows: i64) -> TorchError {
    TorchError::new(&format!(
        "padding_idx {padding_idx} is not within the {rows} rows of the embedding"
    ))
}

impl Module for Embedding {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        vec![("weight", &self.weight)]
    }

    fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        Ok(Self {
            weight: memo.copy(&self.weight)?,
            ..*self
        })
    }
}
