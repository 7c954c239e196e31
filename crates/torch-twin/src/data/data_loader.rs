use super::Dataset;
use crate::{Generator, TorchError};

/// Hands out a data set batch by batch, as `torch.utils.data.DataLoader` with its default sampler.
///
/// ```
/// use tch::Tensor;
/// use torch_twin::Generator;
/// use torch_twin::data::{DataLoader, TensorDataset};
///
/// let rows = Tensor::arange(10, (tch::Kind::Float, tch::Device::Cpu));
/// let dataset = TensorDataset::new(rows.shallow_clone(), rows)?;
/// // torch.manual_seed(0)
/// let mut generator = Generator::manual_seed(0);
/// // for inputs, targets in DataLoader(dataset, batch_size=4, shuffle=True)
/// for batch in DataLoader::new(&dataset, 4).shuffle(true).iter(&mut generator)? {
///     let (inputs, _targets) = batch?;
///     assert!(inputs.size()[0] <= 4);
/// }
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
pub struct DataLoader<'a, D> {
    dataset: &'a D,
    batch_size: usize,
    shuffle: bool,
}

impl<'a, D: Dataset> DataLoader<'a, D> {
    /// `DataLoader(dataset, batch_size)`; a size of 0 counts as 1.
    pub fn new(dataset: &'a D, batch_size: usize) -> Self {
        Self {
            dataset,
            batch_size: batch_size.max(1),
            shuffle: false,
        }
    }

    /// `shuffle=False`.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// `loader.dataset`.
    pub fn dataset(&self) -> &'a D {
        self.dataset
    }

    /// `len(loader)`: the number of batches, the last one perhaps smaller.
    pub fn len(&self) -> usize {
        self.dataset.len().div_ceil(self.batch_size)
    }

    /// Whether there is no batch.
    pub fn is_empty(&self) -> bool {
        self.dataset.is_empty()
    }

    /// `iter(loader)`: the batches of an epoch. `generator` is the one that `torch.manual_seed`
    /// seeds in Python.
    ///
    /// Each epoch draws a seed for worker processes, used or not (`_BaseDataLoaderIter`); what is
    /// drawn after an evaluation depends on that. A shuffled one then draws the seed of the
    /// generator that shuffles (`RandomSampler`). Python draws that one with the first batch, so
    /// epochs that are begun before either has given one, as by `zip`, have another order there.
    ///
    /// # Errors
    /// Too little memory.
    pub fn iter(&self, generator: &mut Generator) -> Result<Batches<'a, D>, TorchError> {
        let _base_seed = generator.random_seed()?;
        let order = if self.shuffle {
            let seed = generator.random_seed()?;
            let order = Generator::manual_seed(seed).randperm(self.dataset.len())?;
            Vec::<i64>::try_from(&order)?
        } else {
            (0..self.dataset.len() as i64).collect()
        };
        Ok(Batches {
            dataset: self.dataset,
            batch_size: self.batch_size,
            order,
            position: 0,
        })
    }
}

/// The batches of an epoch, see [`DataLoader::iter`].
pub struct Batches<'a, D> {
    dataset: &'a D,
    batch_size: usize,
    order: Vec<i64>,
    position: usize,
}

impl<D: Dataset> Iterator for Batches<'_, D> {
    type Item = Result<D::Batch, TorchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let indices = self.order[self.position..].chunks(self.batch_size).next()?;
        self.position += indices.len();
        Some(self.dataset.get(indices))
    }
}
