use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Form;
use crate::Array;
use crate::compare::Number;

/// What is kept of a tensor that is too large for the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// The type of the values, as safetensors names it: `F32`.
    pub dtype: String,
    /// The sides.
    pub shape: Vec<u64>,
    /// SHA-256 of the values' bytes, in hexadecimal.
    pub sha256: String,
    /// The least value, if it is a finite one.
    pub min: Option<f64>,
    /// The largest value, if it is a finite one.
    pub max: Option<f64>,
    /// The mean of the values in double precision, if it is finite.
    pub mean: Option<f64>,
}

impl Digest {
    /// The digest of an array.
    pub fn of(array: &Array) -> Self {
        let form = Form::of(array);
        let mut digest = Digesting::new(&form);
        digest.add(array.bytes());
        digest.finish()
    }

    /// Whether a tensor can have it.
    pub(super) fn is_possible(&self) -> bool {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        self.sha256.len() == 64 && self.sha256.bytes().all(is_digit)
    }
}

/// A digest of values that are read part by part.
pub(crate) struct Digesting<'f> {
    form: &'f Form,
    hasher: Sha256,
    count: u64,
    min: f64,
    max: f64,
    sum: f64,
}

impl<'f> Digesting<'f> {
    pub fn new(form: &'f Form) -> Self {
        Self {
            form,
            hasher: Sha256::new(),
            count: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: 0.0,
        }
    }

    /// Adds the next values.
    pub fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        let (size, decode) = (self.form.dtype.size(), Number::decoder(self.form.dtype));
        for value in bytes.chunks_exact(size).map(|bytes| decode(bytes).value) {
            // As in libtorch, one NaN makes all three NaN.
            (self.min, self.max) = match value.is_nan() {
                true => (value, value),
                false => (least(self.min, value), -least(-self.max, -value)),
            };
            self.sum += value;
            self.count += 1;
        }
    }

    pub fn finish(self) -> Digest {
        // JSON has no NaN and no infinity.
        let finite = |value: f64| value.is_finite().then_some(value);
        Digest {
            dtype: self.form.dtype.name().to_owned(),
            shape: self.form.shape.clone(),
            sha256: format!("{:x}", self.hasher.finalize()),
            min: finite(self.min),
            max: finite(self.max),
            mean: finite(self.sum / self.count as f64),
        }
    }
}

/// The lesser of the two, or the NaN that was found before.
fn least(found: f64, value: f64) -> f64 {
    if found.is_nan() || found < value {
        found
    } else {
        value
    }
}
