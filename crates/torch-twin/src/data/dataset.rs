use tch::Tensor;

use crate::TorchError;

/// Samples by their index, as `torch.utils.data.Dataset`, fetched a batch at a time.
pub trait Dataset {
    /// Several samples, as a `DataLoader` collates them.
    type Batch;

    /// The number of samples, `len(dataset)`.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples at `indices`, in that order.
    ///
    /// # Errors
    /// What libtorch refuses, an index beyond the last sample above all.
    fn get(&self, indices: &[i64]) -> Result<Self::Batch, TorchError>;
}

/// `torch.utils.data.TensorDataset(inputs, targets)`: a sample is a row of each.
pub struct TensorDataset {
    inputs: Tensor,
    targets: Tensor,
}

impl TensorDataset {
    /// The rows of `inputs` with those of `targets`.
    ///
    /// # Errors
    /// Tensors that differ in their number of rows.
    pub fn new(inputs: Tensor, targets: Tensor) -> Result<Self, TorchError> {
        let (rows, others) = (inputs.size(), targets.size());
        if rows.is_empty() || rows.first() != others.first() {
            return Err(TorchError::new(&format!(
                "size mismatch between tensors: {rows:?} and {others:?}"
            )));
        }
        Ok(Self { inputs, targets })
    }
}

impl Dataset for TensorDataset {
    type Batch = (Tensor, Tensor);

    fn len(&self) -> usize {
        self.inputs.size()[0] as usize
    }

    fn get(&self, indices: &[i64]) -> Result<(Tensor, Tensor), TorchError> {
        let indices = Tensor::f_from_slice(indices)?;
        Ok((
            self.inputs.f_index_select(0, &indices)?,
            self.targets.f_index_select(0, &indices)?,
        ))
    }
}
