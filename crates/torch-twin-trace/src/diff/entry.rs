use std::borrow::Cow;
use std::sync::Arc;

use super::DiffError;
use crate::Array;
use crate::trace::{Digest, Form, Kind, Stage, Trace};

/// A stage of one side, with its type and shape and the way to its values.
pub(super) struct Entry<'a> {
    pub stage: Cow<'a, Stage>,
    pub form: Arc<Form>,
    source: Source<'a>,
}

enum Source<'a> {
    /// The number of a stage of a trace.
    Trace(&'a Trace, usize),
    Array(&'a Array),
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
    pub fn weight(step: u64, name: &str, array: &'a Array) -> Self {
        let stage = Stage {
            step,
            kind: Kind::Weight,
            name: name.to_owned(),
            call: 0,
            index: 0,
            digest: None,
        };
        Self::computed(stage, array)
    }

    /// An array that stands for `stage`.
    pub fn computed(stage: Stage, array: &'a Array) -> Self {
        Self {
            stage: Cow::Owned(stage),
            form: Arc::new(Form::of(array)),
            source: Source::Array(array),
        }
    }

    /// What is there of its tensor.
    pub fn known(&self) -> Known<'_> {
        match &self.stage.digest {
            Some(digest) => Known::Digest(digest),
            None => Known::Values(Values {
                source: &self.source,
                bytes: self.form.bytes().unwrap_or_default(),
            }),
        }
    }
}

/// The values of a tensor, of which a part is read at a time.
pub(super) struct Values<'a> {
    source: &'a Source<'a>,
    pub bytes: u64,
}

impl Values<'_> {
    /// Reads from byte `start` on into `part`.
    pub fn read(&self, start: u64, part: &mut [u8]) -> Result<(), DiffError> {
        match self.source {
            Source::Trace(trace, number) => trace.read(*number, start, part)?,
            Source::Array(array) => {
                let start = start as usize;
                part.copy_from_slice(&array.bytes()[start..start + part.len()]);
            }
        }
        Ok(())
    }
}
