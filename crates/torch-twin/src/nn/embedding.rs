use tch::{Device, Kind, Tensor};

use super::{Forward, ForwardPass, Module, init};
use crate::{Generator, TorchError};

/// `torch.nn.Embedding(num_embeddings, embedding_dim, padding_idx=None)`: a table of vectors.
pub struct Embedding {
    /// num_embeddings × embedding_dim.
    pub weight: Tensor,
    /// The row that stays as it is, or -1.
    padding_idx: i64,
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
        let size = [num_embeddings as i64, embedding_dim as i64];
        let mut weight = Tensor::f_empty(size, (Kind::Float, Device::Cpu))?;
        init::normal_(&mut weight, 0.0, 1.0, generator)?;
        Ok(Self {
            weight: weight.set_requires_grad(true),
            padding_idx: -1,
        })
    }

    /// `padding_idx`: a row that is zero, and is not trained.
    ///
    /// # Errors
    /// A row that the table does not have.
    pub fn with_padding_idx(mut self, padding_idx: usize) -> Result<Self, TorchError> {
        let place = i64::try_from(padding_idx).unwrap_or(i64::MAX);
        check(place, &self.weight)?;
        let _no_grad = tch::no_grad_guard();
        let mut row = self.weight.f_get(place)?;
        let _ = row.f_zero_()?;
        self.padding_idx = place;
        Ok(self)
    }
}

impl Forward for Embedding {
    /// Any shape of int64 indices to that shape × embedding_dim.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        check(self.padding_idx, &self.weight)?;
        Ok(Tensor::f_embedding(
            &self.weight,
            input,
            self.padding_idx,
            false,
            false,
        )?)
    }
}

/// Python refuses a row that the table does not have, when the layer is made and when it is called.
fn check(padding_idx: i64, weight: &Tensor) -> Result<(), TorchError> {
    let rows = weight.size().first().copied().unwrap_or_default();
    match padding_idx < rows {
        true => Ok(()),
        false => Err(TorchError::new(&format!(
            "padding_idx {padding_idx} is not within the {rows} rows of the embedding"
        ))),
    }
}

impl Module for Embedding {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        vec![("weight", &self.weight)]
    }
}
