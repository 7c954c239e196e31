use std::borrow::Cow;
use std::sync::Arc;

use tch::Tensor;

use super::DiffError;
use crate::trace::{Digest, Form, Kind, Stage, Trace};
use crate::{TorchError, tensor_bytes};

/// A stage of one side, with its type and shape and the way to its values.
pub(super) struct Entry<'a> {
    pub stage: Cow<'a, Stage>,
    pub form: Arc<Form>,
    source: Source<'a>,
}

enum Source<'a> {
    /// The number of a stage of a trace.
    Trace(&'a Trace, usize),
    Tensor(&'a Tensor),
}

/// What a side has of a tensor.
pub(super) enum Known<'a> {
    Digest(&'a Digest),
    Values(Values<'a>),
}

impl<'a> Entry<'a> {
    /// The stage of a trace that has this number.
    pub fn recorded(trace: &'a Trace, number: usize) -> Self {
        Self {
            stage: Cow::Borrowed(&trace.stages()[number]),
            form: trace.place(number).form.clone(),
            source: Source::Trace(trace, number),
        }
    }

    /// A weight of a file, as one of step `step`.
    pub fn weight(step: u64, name: &str, tensor: &'a Tensor) -> Result<Self, DiffError> {
        let stage = Stage {
            step,
            kind: Kind::Weight,
            name: name.to_owned(),
            call: 0,
            index: 0,
            digest: None,
        };
        Self::computed(stage, tensor)
    }

    /// A tensor that stands for `stage`.
    pub fn computed(stage: Stage, tensor: &'a Tensor) -> Result<Self, DiffError> {
        Ok(Self {
            stage: Cow::Owned(stage),
            form: Arc::new(Form::of(tensor)?),
            source: Source::Tensor(tensor),
        })
    }

    /// What is there of its tensor.
    pub fn known(&self) -> Result<Known<'_>, DiffError> {
        if let Some(digest) = &self.stage.digest {
            return Ok(Known::Digest(digest));
        }
        let source = match self.source {
            Source::Trace(trace, number) => ValueSource::Trace(trace, number),
            Source::Tensor(tensor) => ValueSource::Tensor(
                tensor
                    .f_detach()
                    .and_then(|tensor| tensor.f_flatten(0, -1))
                    .map_err(TorchError::from)?,
            ),
        };
        let bytes = self.form.bytes().unwrap_or_default();
        Ok(Known::Values(Values { source, bytes }))
    }
}

/// The values of a tensor, of which a part is read at a time.
pub(super) struct Values<'a> {
    source: ValueSource<'a>,
    pub bytes: u64,
}

enum ValueSource<'a> {
    Trace(&'a Trace, usize),
    /// One dimension.
    Tensor(Tensor),
}

impl Values<'_> {
    /// Reads from byte `start` on into `part`.
    pub fn read(&self, start: u64, part: &mut [u8]) -> Result<(), DiffError> {
        match &self.source {
            ValueSource::Trace(trace, number) => trace.read(*number, start, part)?,
            ValueSource::Tensor(tensor) => {
                let size = tensor.kind().elt_size_in_bytes() as i64;
                let (first, count) = (start as i64 / size, part.len() as i64 / size);
                let values = tensor.f_narrow(0, first, count).map_err(TorchError::from)?;
                part.copy_from_slice(&tensor_bytes(&values)?);
            }
        }
        Ok(())
    }
}
