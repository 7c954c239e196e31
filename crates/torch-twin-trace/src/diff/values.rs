//! The values of two stages, compared part by part.

use super::entry::{Entry, Known, Values};
use super::{DiffError, Outcome};
use crate::compare::{Decode, Number, Tally, Tolerance};
use crate::trace::{Digest, Digesting, Form};

/// As much of each tensor is in memory at a time; the sizes of all types divide it.
const PART: u64 = 1 << 20;

/// How the tensors of two entries differ.
pub fn outcome(a: &Entry<'_>, b: &Entry<'_>, tolerance: Tolerance) -> Result<Outcome, DiffError> {
    if a.form != b.form {
        return Ok(Outcome::Form);
    }
    let form = &a.form;
    Ok(match (a.known(), b.known()) {
        (Known::Values(a), Known::Values(b)) => {
            Outcome::Values(Box::new(tally(&a, &b, form, tolerance)?))
        }
        (Known::Digest(a), Known::Digest(b)) => digests(a.clone(), b.clone()),
        (Known::Digest(a), Known::Values(b)) => digests(a.clone(), digest_of(&b, form)?),
        (Known::Values(a), Known::Digest(b)) => digests(digest_of(&a, form)?, b.clone()),
    })
}

/// Whether the tensors of two entries have the same bits.
pub fn is_identical(a: &Entry<'_>, b: &Entry<'_>) -> Result<bool, DiffError> {
    Ok(outcome(a, b, Tolerance::default())?.is_identical())
}

/// Whether a tensor has two values or more, all of them of the same bits.
pub fn is_constant(entry: &Entry<'_>) -> Result<bool, DiffError> {
    let values = match entry.known() {
        Known::Values(values) => values,
        Known::Digest(digest) => return Ok(digest.min.is_some() && digest.min == digest.max),
    };
    let size = entry.form.dtype.size();
    let (mut first, mut part, mut start) = (Vec::new(), Vec::new(), 0);
    while let Some(end) = end_of_part(start, values.bytes) {
        part.resize((end - start) as usize, 0);
        values.read(start, &mut part)?;
        if start == 0 {
            first = part[..size].to_vec();
        }
        if part.chunks_exact(size).any(|value| value != first) {
            return Ok(false);
        }
        start = end;
    }
    Ok(values.bytes > size as u64)
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
    let reading: (usize, Decode) = (form.dtype.size(), Number::decoder(form.dtype));
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
    let mut digest = Digesting::new(form);
    let (mut part, mut start) = (Vec::new(), 0);
    while let Some(end) = end_of_part(start, values.bytes) {
        part.resize((end - start) as usize, 0);
        values.read(start, &mut part)?;
        digest.add(&part);
        start = end;
    }
    Ok(digest.finish())
}

/// Where the part from `start` on ends, if there is one.
fn end_of_part(start: u64, bytes: u64) -> Option<u64> {
    (start < bytes).then(|| bytes.min(start + PART))
}
