use crate::{Generator, TorchError};
use tch::Tensor;

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

/// `torch.utils.data.Subset(dataset, indices)`.
pub struct Subset<'a, D> {
    dataset: &'a D,
    indices: Vec<i64>,
}

impl<'a, D: Dataset> Subset<'a, D> {
    /// The samples of `dataset` at `indices`.
    pub fn new(dataset: &'a D, indices: Vec<i64>) -> Self {
        Self { dataset, indices }
    }

    /// `subset.indices`.
    pub fn indices(&self) -> &[i64] {
        &self.indices
    }
}

impl<D: Dataset> Dataset for Subset<'_, D> {
    type Batch = D::Batch;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn get(&self, indices: &[i64]) -> Result<D::Batch, TorchError> {
        let own = |&index: &i64| {
            let place = usize::try_from(index).ok();
            let place = place.and_then(|place| self.indices.get(place));
            place.copied().ok_or_else(|| {
                let length = self.indices.len();
                TorchError::new(&format!(
                    "index {index} is out of range of {length} samples"
                ))
            })
        };
        let indices = indices.iter().map(own).collect::<Result<Vec<_>, _>>()?;
        self.dataset.get(&indices)
    }
}

/// `torch.utils.data.random_split(dataset, lengths, generator)`.
///
/// ```
/// use tch::{Device, Kind, Tensor};
/// use torch_twin::Generator;
/// use torch_twin::data::{Dataset, TensorDataset, fractions_of, random_split};
///
/// let rows = Tensor::arange(10, (Kind::Float, Device::Cpu));
/// let dataset = TensorDataset::new(rows.shallow_clone(), rows)?;
/// let mut generator = Generator::manual_seed(42);
/// // random_split(dataset, [0.8, 0.2], torch.Generator().manual_seed(42))
/// let lengths = fractions_of(dataset.len(), &[0.8, 0.2])?;
/// let parts = random_split(&dataset, &lengths, &mut generator)?;
/// assert_eq!((parts[0].len(), parts[1].len()), (8, 2));
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
///
/// # Errors
/// Lengths that do not sum to the number of samples.
pub fn random_split<'a, D: Dataset>(
    dataset: &'a D,
    lengths: &[usize],
    generator: &mut Generator,
) -> Result<Vec<Subset<'a, D>>, TorchError> {
    let sum = lengths
        .iter()
        .try_fold(0, |sum: usize, &length| sum.checked_add(length));
    if sum != Some(dataset.len()) {
        return Err(TorchError::new(
            "Sum of input lengths does not equal the length of the input dataset!",
        ));
    }
    let order = Vec::<i64>::try_from(&generator.randperm(dataset.len())?)?;
    let mut rest = order.into_iter();
    let parts = lengths.iter().map(|&length| {
        let indices = rest.by_ref().take(length).collect();
        Subset::new(dataset, indices)
    });
    Ok(parts.collect())
}

/// The lengths that `random_split` makes of fractions of `length` samples: rounded down, and what is left is dealt
/// out one by one.
///
/// # Errors
/// Fractions that are not from 0 to 1, or whose sum is above 1 or not close to it (`math.isclose`).
pub fn fractions_of(length: usize, fractions: &[f64]) -> Result<Vec<usize>, TorchError> {
    const CLOSE: f64 = 1e-9;
    let sum: f64 = fractions.iter().sum();
    let is_whole = sum <= 1.0 && 1.0 - sum <= CLOSE;
    if !is_whole
        || fractions
            .iter()
            .any(|fraction| !(0.0..=1.0).contains(fraction))
    {
        return Err(TorchError::new(&format!(
            "the fractions {fractions:?} have to be from 0 to 1 and to sum to 1"
        )));
    }
    let floor = |fraction: &f64| (length as f64 * fraction).floor() as usize;
    let mut lengths: Vec<usize> = fractions.iter().map(floor).collect();
    let taken = lengths
        .iter()
        .try_fold(0_usize, |sum, &part| sum.checked_add(part));
    let Some(left) = taken.and_then(|taken| length.checked_sub(taken)) else {
        return Err(TorchError::new(&format!(
            "the parts {lengths:?} are more than {length}: above 2^53, f64 rounds them up"
        )));
    };
    let parts = lengths.len();
    for (index, part) in lengths.iter_mut().enumerate() {
        *part += left / parts + usize::from(index < left % parts);
    }
    Ok(lengths)
}
