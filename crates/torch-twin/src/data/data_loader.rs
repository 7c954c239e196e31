use super::Dataset;
use crate::{Generator, TorchError};
use tch::{Kind, Tensor};

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
    order: Order<'a>,
    drop_last: bool,
}

/// The order of the samples.
enum Order<'a> {
    AsTheyAre,
    Shuffled,
    Weighted(&'a WeightedRandomSampler),
}

impl<'a, D: Dataset> DataLoader<'a, D> {
    /// `DataLoader(dataset, batch_size)`; a size of 0 counts as 1.
    pub fn new(dataset: &'a D, batch_size: usize) -> Self {
        Self {
            dataset,
            batch_size: batch_size.max(1),
            order: Order::AsTheyAre,
            drop_last: false,
        }
    }

    /// `shuffle=False`.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.order = match shuffle {
            true => Order::Shuffled,
            false => Order::AsTheyAre,
        };
        self
    }

    /// `sampler=sampler`, in place of the order or of shuffling.
    pub fn sampler(mut self, sampler: &'a WeightedRandomSampler) -> Self {
        self.order = Order::Weighted(sampler);
        self
    }

    /// `drop_last=False`: whether a last batch that is smaller is left out.
    pub fn drop_last(mut self, drop_last: bool) -> Self {
        self.drop_last = drop_last;
        self
    }

    /// `loader.dataset`.
    pub fn dataset(&self) -> &'a D {
        self.dataset
    }

    /// `len(loader)`: the number of batches, the last one perhaps smaller.
    pub fn len(&self) -> usize {
        let samples = match self.order {
            Order::Weighted(sampler) => sampler.len(),
            Order::AsTheyAre | Order::Shuffled => self.dataset.len(),
        };
        match self.drop_last {
            true => samples / self.batch_size,
            false => samples.div_ceil(self.batch_size),
        }
    }

    /// Whether there is no batch.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
        let order = match self.order {
            Order::AsTheyAre => self.in_order(),
            Order::Shuffled => {
                let seed = generator.random_seed()?;
                self.shuffled(&mut Generator::manual_seed(seed))?
            }
            Order::Weighted(sampler) => sampler.indices(generator)?,
        };
        Ok(self.batches(order))
    }

    /// `iter(DataLoader(…, generator=generator))`: the batches of an epoch, with a generator of the
    /// loader's own, which shuffles by itself.
    ///
    /// # Errors
    /// Too little memory, and a sampler: it draws from the default generator in Python, and has no use
    /// for this one.
    pub fn iter_from(&self, generator: &mut Generator) -> Result<Batches<'a, D>, TorchError> {
        let _base_seed = generator.random_seed()?;
        let order = match self.order {
            Order::AsTheyAre => self.in_order(),
            Order::Shuffled => {
                let order = self.shuffled(generator)?;
                // RandomSampler draws an order for the samples beyond the first pass, of which there are
                // none. In Python it does so as the epoch ends.
                let _beyond = generator.randperm(self.dataset.len())?;
                order
            }
            Order::Weighted(_) => {
                let words = "a sampler draws from the default generator: use iter";
                return Err(TorchError::new(words));
            }
        };
        Ok(self.batches(order))
    }

    fn in_order(&self) -> Vec<i64> {
        (0..self.dataset.len() as i64).collect()
    }

    fn shuffled(&self, generator: &mut Generator) -> Result<Vec<i64>, TorchError> {
        let order = generator.randperm(self.dataset.len())?;
        Ok(Vec::<i64>::try_from(&order)?)
    }

    fn batches(&self, mut order: Vec<i64>) -> Batches<'a, D> {
        if self.drop_last {
            order.truncate(self.len() * self.batch_size);
        }
        Batches {
            dataset: self.dataset,
            batch_size: self.batch_size,
            order,
            position: 0,
        }
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

/// `torch.utils.data.WeightedRandomSampler(weights, num_samples, replacement)`: draws samples as often as
/// their weights say.
///
/// ```
/// use torch_twin::Generator;
/// use torch_twin::data::WeightedRandomSampler;
///
/// let sampler = WeightedRandomSampler::new(&[0.0, 3.0, 1.0], 5, true)?;
/// let indices = sampler.indices(&mut Generator::manual_seed(0))?;
/// assert!(indices.len() == 5 && !indices.contains(&0));
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
pub struct WeightedRandomSampler {
    weights: Tensor,
    num_samples: usize,
    replacement: bool,
}

impl WeightedRandomSampler {
    /// A sampler of so many samples by these weights, which need not sum to 1; PyTorch's default of
    /// `replacement` is true.
    ///
    /// # Errors
    /// No samples to draw.
    pub fn new(weights: &[f64], num_samples: usize, replacement: bool) -> Result<Self, TorchError> {
        if num_samples == 0 {
            return Err(TorchError::new("num_samples should be a positive integer"));
        }
        Ok(Self {
            weights: Tensor::f_from_slice(weights)?.f_to_kind(Kind::Double)?,
            num_samples,
            replacement,
        })
    }

    /// `len(sampler)`.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one sample")]
    pub fn len(&self) -> usize {
        self.num_samples
    }

    /// `list(sampler)`, drawn from the generator that `torch.manual_seed` seeds in Python.
    ///
    /// # Errors
    /// Weights that libtorch refuses: negative ones, none above zero, or too few without replacement.
    pub fn indices(&self, generator: &mut Generator) -> Result<Vec<i64>, TorchError> {
        let drawn = generator.multinomial(&self.weights, self.num_samples, self.replacement)?;
        Ok(Vec::<i64>::try_from(&drawn)?)
    }
}
