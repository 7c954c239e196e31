use std::path::{Path, PathBuf};

use tch::{Device, Kind, TchError, Tensor};
use torch_twin::{TorchError, data};

use super::idx::{Idx, IdxError};
use super::{DataError, DatasetFile};

/// Height and width of MNIST's images.
pub const SIDE: u32 = 28;

/// Of MNIST's, and of those that are padded already.
const SIDES: [u32; 2] = [SIDE, 32];

/// The part of a data set to train on, or the part to test on.
#[derive(Debug)]
pub struct Split {
    /// N×28×28 or N×32×32, uint8, on the CPU.
    pub images: Tensor,
    /// N, int64, on the CPU.
    pub labels: Tensor,
    /// Where the labels came from, for messages.
    labels_path: PathBuf,
}

/// An IDX file that was read, with the name that messages give it.
pub(super) struct NamedIdx {
    pub path: PathBuf,
    pub idx: Idx,
}

impl Split {
    /// Joins images with their labels.
    fn new(images: NamedIdx, labels: NamedIdx) -> Result<Self, DataError> {
        let side = |index| images.idx.shape.get(index).copied().unwrap_or_default();
        let (count, rows, columns) = (side(0), side(1), side(2));
        if rows != columns || !SIDES.contains(&rows) {
            return Err(DataError::File {
                path: images.path,
                error: IdxError::ImageSize { rows, columns },
            });
        }
        if count as usize != labels.idx.bytes.len() {
            return Err(DataError::Count {
                images: count as usize,
                images_path: images.path,
                labels: labels.idx.bytes.len(),
                labels_path: labels.path,
            });
        }
        let shape = [count, rows, columns].map(i64::from);
        Ok(Self {
            images: into_tensor(images.idx.bytes)?.f_view(shape)?,
            labels: Tensor::f_from_slice(&labels.idx.bytes)?.f_to_kind(Kind::Int64)?,
            labels_path: labels.path,
        })
    }

    /// The number of images.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one image")]
    pub fn len(&self) -> usize {
        self.labels.size()[0] as usize
    }

    /// The first `count` images and the rest; both share the memory of this split.
    ///
    /// # Errors
    ///
    /// A count above [`Split::len`].
    pub fn split_at(&self, count: usize) -> Result<(Self, Self), TorchError> {
        let part = |start: usize, length: usize| -> Result<Self, TorchError> {
            let (start, length) = (start as i64, length as i64);
            Ok(Self {
                images: self.images.f_narrow(0, start, length)?,
                labels: self.labels.f_narrow(0, start, length)?,
                labels_path: self.labels_path.clone(),
            })
        };
        Ok((
            part(0, count)?,
            part(count, self.len().saturating_sub(count))?,
        ))
    }

    /// Makes sure that every label is a class.
    fn check_labels(&self, num_classes: usize) -> Result<(), DataError> {
        let labels = Vec::<i64>::try_from(&self.labels)?;
        let is_class = |&label: &i64| (label as usize) < num_classes;
        match labels.iter().position(|label| !is_class(label)) {
            None => Ok(()),
            Some(index) => Err(DataError::Label {
                index,
                label: labels[index] as u8,
                path: self.labels_path.clone(),
                num_classes,
                begin_at_one: labels
                    .iter()
                    .all(|&label| is_class(&(label - 1)) && label > 0),
            }),
        }
    }

    /// Counts the classes from 0, where the labels count them from `first`.
    fn count_labels_from(&mut self, first: u8) -> Result<(), DataError> {
        let labels = Vec::<i64>::try_from(&self.labels)?;
        if let Some(index) = labels.iter().position(|&label| label < first.into()) {
            return Err(DataError::LabelBelow {
                index,
                label: labels[index] as u8,
                path: self.labels_path.clone(),
                first,
            });
        }
        self.labels = self.labels.f_sub_scalar(i64::from(first))?;
        Ok(())
    }
}

impl data::Dataset for Split {
    /// B×28×28 or B×32×32 uint8 images and B int64 labels.
    type Batch = (Tensor, Tensor);

    fn len(&self) -> usize {
        Split::len(self)
    }

    fn get(&self, indices: &[i64]) -> Result<(Tensor, Tensor), TorchError> {
        let indices = Tensor::f_from_slice(indices)?;
        Ok((
            self.images.f_index_select(0, &indices)?,
            self.labels.f_index_select(0, &indices)?,
        ))
    }
}

/// A data set in memory.
#[derive(Debug)]
pub struct Dataset {
    /// Where it came from, for people.
    pub origin: String,
    /// The part to train on.
    pub train: Split,
    /// The part to test on.
    pub test: Split,
    /// Set if the data is not what was asked for. To be shown where nobody can miss it.
    pub warning: Option<String>,
}

/// The part of a data set to test on, without the one to train on.
#[derive(Debug)]
pub struct TestSet {
    /// Where it came from, for people.
    pub origin: String,
    /// The images and labels.
    pub test: Split,
    /// As [`Dataset::warning`].
    pub warning: Option<String>,
}

/// What is made of some of a data set's files, which are all that is read.
pub(super) trait FromFiles: Sized {
    /// The files.
    const FILES: &[DatasetFile];

    /// Makes it of what `read` gives for each file.
    fn assemble(
        origin: String,
        read: impl FnMut(DatasetFile) -> Result<NamedIdx, DataError>,
    ) -> Result<Self, DataError>;

    /// The same with a warning.
    fn warned(self, warning: String) -> Self;
}

impl FromFiles for Dataset {
    const FILES: &[DatasetFile] = &DatasetFile::ALL;

    fn assemble(
        origin: String,
        mut read: impl FnMut(DatasetFile) -> Result<NamedIdx, DataError>,
    ) -> Result<Self, DataError> {
        let mut split = |images, labels| Split::new(read(images)?, read(labels)?);
        Ok(Self {
            origin,
            train: split(DatasetFile::TrainImages, DatasetFile::TrainLabels)?,
            test: split(DatasetFile::TestImages, DatasetFile::TestLabels)?,
            warning: None,
        })
    }

    fn warned(self, warning: String) -> Self {
        Self {
            warning: Some(warning),
            ..self
        }
    }
}

impl FromFiles for TestSet {
    const FILES: &[DatasetFile] = &[DatasetFile::TestImages, DatasetFile::TestLabels];

    fn assemble(
        origin: String,
        mut read: impl FnMut(DatasetFile) -> Result<NamedIdx, DataError>,
    ) -> Result<Self, DataError> {
        Ok(Self {
            origin,
            test: Split::new(
                read(DatasetFile::TestImages)?,
                read(DatasetFile::TestLabels)?,
            )?,
            warning: None,
        })
    }

    fn warned(self, warning: String) -> Self {
        Self {
            warning: Some(warning),
            ..self
        }
    }
}

impl Dataset {
    /// Counts the classes from 0, where the labels count them from `first`, as EMNIST's letters do
    /// from 1.
    ///
    /// # Errors
    ///
    /// The first label below `first`.
    pub fn count_labels_from(&mut self, first: u8) -> Result<(), DataError> {
        self.train.count_labels_from(first)?;
        self.test.count_labels_from(first)
    }

    /// Makes sure that every label is one of `num_classes` classes.
    ///
    /// # Errors
    ///
    /// The first label that is not.
    pub fn check_labels(&self, num_classes: usize) -> Result<(), DataError> {
        self.train.check_labels(num_classes)?;
        self.test.check_labels(num_classes)
    }
}

impl TestSet {
    /// As [`Dataset::count_labels_from`].
    ///
    /// # Errors
    ///
    /// The first label below `first`.
    pub fn count_labels_from(&mut self, first: u8) -> Result<(), DataError> {
        self.test.count_labels_from(first)
    }

    /// Makes sure that every label is one of `num_classes` classes.
    ///
    /// # Errors
    ///
    /// The first label that is not.
    pub fn check_labels(&self, num_classes: usize) -> Result<(), DataError> {
        self.test.check_labels(num_classes)
    }
}

/// The bytes as a tensor. They go as they are copied, so that no more than a part is there twice.
fn into_tensor(mut bytes: Vec<u8>) -> Result<Tensor, TchError> {
    const PART: usize = 1 << 20;
    let tensor = Tensor::f_empty(bytes.len() as i64, (Kind::Uint8, Device::Cpu))?;
    while !bytes.is_empty() {
        let start = bytes.len().saturating_sub(PART);
        let part = Tensor::f_from_slice(&bytes[start..])?;
        let mut place = tensor.f_narrow(0, start as i64, part.size()[0])?;
        place.f_copy_(&part)?;
        bytes.truncate(start);
        bytes.shrink_to_fit();
    }
    Ok(tensor)
}

impl NamedIdx {
    /// What was read under the name `path`, or what is wrong with it.
    pub fn new(path: &Path, idx: Result<Idx, IdxError>) -> Result<Self, DataError> {
        match idx {
            Ok(idx) => Ok(Self {
                path: path.to_owned(),
                idx,
            }),
            Err(error) => Err(DataError::File {
                path: path.to_owned(),
                error,
            }),
        }
    }
}
