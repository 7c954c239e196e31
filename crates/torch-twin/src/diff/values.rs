//! The values of two stages, compared part by part.

use sha2::{Digest as _, Sha256};

use super::side::{Side, Values};
use super::{DiffError, Outcome};
use crate::TorchError;
use crate::compare::{Decode, Tally, Tolerance, decoder};
use crate::trace::{Digest, Form, Stage};

/// As much of each tensor is in memory at a time; the sizes of all types divide it.
const PART: u64 = 1 << 20;

/// What one side has of a tensor.
pub enum Known<'a> {
    Digest(&'a Digest),
    Values(Values<'a>),
}

impl<'a> Known<'a> {
    /// What `side` has of the tensor of `stage`.
    pub fn new(side: &'a Side, stage: &'a Stage, form: &Form) -> Result<Self, DiffError> {
        Ok(match &stage.digest {
            Some(digest) => Self::Digest(digest),
            None => Self::Values(side.values(stage, bytes_of(form)?)?),
        })
    }
}

/// How two tensors of one type and shape differ.
pub fn outcome(
    a: &Known<'_>,
    b: &Known<'_>,
    form: &Form,
    tolerance: Tolerance,
) -> Result<Outcome, DiffError> {
    Ok(match (a, b) {
        (Known::Values(a), Known::Values(b)) => {
            Outcome::Values(Box::new(tally(a, b, form, tolerance)?))
        }
        (Known::Digest(a), Known::Digest(b)) => digests((*a).clone(), (*b).clone()),
        (Known::Digest(a), Known::Values(b)) => digests((*a).clone(), digest_of(b, form)?),
        (Known::Values(a), Known::Digest(b)) => digests(digest_of(a, form)?, (*b).clone()),
    })
}

fn digests(a: Digest, b: Digest) -> Outcome {
    Outcome::Digests(Box::new([a, b]))
}

/// How the values of two tensors of one form differ.
fn tally(
    a: &Values<'_>,
    b: &Values<'_>,
    form: &Form,
    tolerance: Tolerance,
) -> Result<Tally, DiffError> {
    let reading = reading(form)?;
    let mut tally = Tally::default();
    let mut parts = [Vec::new(), Vec::new()];
    let mut start = 0;
    while let Some(end) = end_of_part(start, a.bytes) {
        let length = (end - start) as usize;
        parts.iter_mut().for_each(|part| part.resize(length, 0));
        a.read(start, &mut parts[0])?;
        b.read(start, &mut parts[1])?;
        tally.add((&parts[0], &parts[1]), reading, tolerance);
        start = end;
    }
    Ok(tally)
}

/// The digest of values, as the recorder makes it.
fn digest_of(values: &Values<'_>, form: &Form) -> Result<Digest, DiffError> {
    let (size, decode) = reading(form)?;
    let mut hasher = Sha256::new();
    let (mut min, mut max, mut sum) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
    let (mut part, mut start) = (Vec::new(), 0);
    while let Some(end) = end_of_part(start, values.bytes) {
        part.resize((end - start) as usize, 0);
        values.read(start, &mut part)?;
        hasher.update(&part);
        for value in part.chunks_exact(size).map(|bytes| decode(bytes).value) {
            // As in libtorch, one NaN makes all three NaN.
            (min, max) = match value.is_nan() {
                true => (value, value),
                false => (least(min, value), -least(-max, -value)),
            };
            sum += value;
        }
        start = end;
    }
    let finite = |value: f64| value.is_finite().then_some(value);
    Ok(Digest {
        dtype: form.dtype.clone(),
        shape: form.shape.clone(),
        sha256: format!("{:x}", hasher.finalize()),
        min: finite(min),
        max: finite(max),
        mean: finite(sum * size as f64 / values.bytes as f64),
    })
}

/// The lesser of the two, or the NaN that was found before.
fn least(found: f64, value: f64) -> f64 {
    if found.is_nan() || found < value {
        found
    } else {
        value
    }
}

/// Where the part from `start` on ends, if there is one.
fn end_of_part(start: u64, bytes: u64) -> Option<u64> {
    (start < bytes).then(|| bytes.min(start + PART))
}

fn reading(form: &Form) -> Result<(usize, Decode), DiffError> {
    let unknown = || TorchError::new(&format!("{} values are not compared", form.dtype));
    let kind = form.kind().ok_or_else(unknown)?;
    Ok((kind.elt_size_in_bytes(), decoder(kind)?))
}

/// As many bytes as the values of a tensor take.
pub fn bytes_of(form: &Form) -> Result<u64, DiffError> {
    let (size, _) = reading(form)?;
    Ok(form.shape.iter().product::<u64>() * size as u64)
}
