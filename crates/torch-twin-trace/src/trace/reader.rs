use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::header::{Header, Place};
use super::{Form, Remarks, Settings, Stage, TraceError};
use crate::Array;

/// A trace in a file, of which the header alone is in memory: tensors are read when they are asked for.
///
/// ```
/// use torch_twin_trace::Array;
/// use torch_twin_trace::trace::{Kind, Settings, Trace, Writer};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("ours.trace");
/// let mut writer = Writer::default();
/// writer.step(1)?;
/// writer.record(Kind::Loss, "loss", Array::from_f32(&[], &[0.5])?);
/// writer.save(&path, &Settings::of_program("my-program 1.0"))?;
///
/// let trace = Trace::open(&path)?;
/// let loss = &trace.stages()[0];
/// assert_eq!(loss.key(), "step1/loss/loss");
/// assert_eq!(trace.array(loss)?, Some(Array::from_f32(&[], &[0.5])?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Trace {
    file: File,
    header: Header,
}

impl Trace {
    /// Opens a trace, and checks all that its header tells.
    ///
    /// # Errors
    /// A file that cannot be read, is no trace, or is damaged; the error names it.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        Self::open_unnamed(path).map_err(|error| TraceError::File {
            file: path.display().to_string(),
            error: Box::new(error),
        })
    }

    /// The same, where the caller's error names the file.
    pub(crate) fn open_unnamed(path: &Path) -> Result<Self, TraceError> {
        let metadata = fs::metadata(path).map_err(TraceError::Io)?;
        if !metadata.is_file() {
            return Err(TraceError::NotAFile);
        }
        let mut file = File::open(path).map_err(TraceError::Io)?;
        let header = Header::read(&mut file, metadata.len())?;
        Ok(Self { file, header })
    }

    /// What decided bits when it was recorded.
    pub fn settings(&self) -> &Settings {
        &self.header.settings
    }

    /// What the recorder remarked.
    pub fn remarks(&self) -> &Remarks {
        &self.header.remarks
    }

    /// Its stages, in the order in which they were computed.
    pub fn stages(&self) -> &[Stage] {
        &self.header.stages
    }

    /// Type and shape of the tensor of one of its [stages](Self::stages); none for the stage of another trace.
    pub fn form(&self, stage: &Stage) -> Option<&Form> {
        Some(&self.place(self.find(stage)?).form)
    }

    /// The tensor of one of its [stages](Self::stages); none where the trace has its digest alone.
    ///
    /// # Errors
    /// A file that cannot be read any more.
    pub fn array(&self, stage: &Stage) -> Result<Option<Array>, TraceError> {
        let Some(number) = self.find(stage) else {
            return Ok(None);
        };
        if self.stages()[number].digest.is_some() {
            return Ok(None);
        }
        let place = self.place(number);
        let mut bytes = vec![0; place.length as usize];
        self.read(number, 0, &mut bytes)?;
        let Form { dtype, shape } = &*place.form;
        Ok(Some(Array::new(*dtype, shape.clone(), bytes)?))
    }

    /// Fills `bytes` with those of the values of the stage of this number, from byte `offset` on.
    pub(crate) fn read(
        &self,
        number: usize,
        offset: u64,
        bytes: &mut [u8],
    ) -> Result<(), TraceError> {
        let start = self.place(number).start;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(start + offset))
            .map_err(TraceError::Io)?;
        file.read_exact(bytes).map_err(TraceError::Io)
    }

    /// The number of the stage of another trace that is the same of the same.
    pub(crate) fn find(&self, stage: &Stage) -> Option<usize> {
        self.header.find(stage)
    }

    /// Where the tensor of the stage of this number is.
    pub(crate) fn place(&self, number: usize) -> &Place {
        self.header.place(number)
    }
}
