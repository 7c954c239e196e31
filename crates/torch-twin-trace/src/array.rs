use crate::Dtype;

/// More sides than any tensor of a program has.
pub(crate) const MAX_SIDES: usize = 64;

/// A tensor outside of any framework: the type and the shape of its values, and their bytes.
///
/// ```
/// use torch_twin_trace::{Array, Dtype};
///
/// let values = [1.0_f32, 2.0, 3.0].map(f32::to_le_bytes).concat();
/// let array = Array::new(Dtype::F32, vec![3, 1], values)?;
/// assert_eq!(array.shape(), [3, 1]);
/// assert_eq!(array, Array::from_f32(&[3, 1], &[1.0, 2.0, 3.0])?);
/// # Ok::<(), torch_twin_trace::ArrayError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Array {
    dtype: Dtype,
    shape: Vec<u64>,
    bytes: Vec<u8>,
}

/// Why bytes are not those of an array.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// The bytes are more or fewer than the shape tells.
    #[error(
        "{found} bytes for values {dtype} of the shape {shape:?}: give as many bytes as the values have"
    )]
    Bytes {
        /// The type.
        dtype: Dtype,
        /// The sides.
        shape: Vec<u64>,
        /// As many as were given.
        found: usize,
    },
}

impl Array {
    /// The values in `bytes`: row by row, each little-endian; a bool is a byte.
    ///
    /// # Errors
    /// Bytes that are more or fewer than the shape tells, and more than 64 sides.
    pub fn new(dtype: Dtype, shape: Vec<u64>, bytes: Vec<u8>) -> Result<Self, ArrayError> {
        let length = byte_length(dtype, &shape);
        if shape.len() > MAX_SIDES || length != Some(bytes.len() as u64) {
            let found = bytes.len();
            return Err(ArrayError::Bytes {
                dtype,
                shape,
                found,
            });
        }
        Ok(Self {
            dtype,
            shape,
            bytes,
        })
    }

    /// The float32 values `values`, row by row.
    ///
    /// # Errors
    /// More or fewer values than the shape tells.
    pub fn from_f32(shape: &[u64], values: &[f32]) -> Result<Self, ArrayError> {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        Self::new(Dtype::F32, shape.to_vec(), bytes.collect())
    }

    /// The type of its values.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Its sides.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Its values, row by row, each little-endian.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Whether a tensor can have these sides: libtorch counts values in 63 bits.
pub(crate) fn is_possible(shape: &[u64]) -> bool {
    let mut sides = shape.iter().map(|&side| i64::try_from(side).ok());
    let count = sides.try_fold(1_i64, |count, side| count.checked_mul(side?.max(1)));
    count.is_some() && shape.len() <= MAX_SIDES
}

/// As many bytes as the values of a type and shape have; none where no file could hold them.
pub(crate) fn byte_length(dtype: Dtype, shape: &[u64]) -> Option<u64> {
    let mut sides = shape.iter();
    sides.try_fold(dtype.size() as u64, |bytes, &side| bytes.checked_mul(side))
}

impl std::fmt::Debug for Array {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.dtype, self.shape)
    }
}
