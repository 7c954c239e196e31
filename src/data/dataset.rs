use tch::{Kind, Tensor};

use super::idx::Idx;
use super::{DataError, DatasetFile};
use crate::TorchError;

/// Height and width of an image on disk.
const SIDE: u32 = 28;

/// The part of a data set to train on, or the part to test on.
#[derive(Debug)]
pub struct Split {
    /// N×28×28, uint8, on the CPU.
    pub images: Tensor,
    /// N, int64, on the CPU.
    pub labels: Tensor,
}

impl Split {
    /// Joins images with their labels.
    fn new(images: Idx, labels: Idx, num_classes: i64) -> Result<Self, DataError> {
        let &[_, rows @ SIDE, columns @ SIDE] = images.shape.as_slice() else {
            return Err(DataError::ImageSize {
                rows: images.shape.get(1).copied().unwrap_or_default(),
                columns: images.shape.get(2).copied().unwrap_or_default(),
                path: images.path,
            });
        };
        let count = images.bytes.len() / (rows * columns) as usize;
        if count != labels.bytes.len() {
            return Err(DataError::Count {
                images: count,
                images_path: images.path,
                labels: labels.bytes.len(),
                labels_path: labels.path,
            });
        }
        let is_class = |&label: &u8| i64::from(label) < num_classes;
        if let Some(index) = labels.bytes.iter().position(|label| !is_class(label)) {
            return Err(DataError::Label {
                index,
                label: labels.bytes[index],
                path: labels.path,
                num_classes,
            });
        }
        Ok(Self {
            images: Tensor::f_from_slice(&images.bytes)?.f_view((
                -1,
                i64::from(rows),
                i64::from(columns),
            ))?,
            labels: Tensor::f_from_slice(&labels.bytes)?.f_to_kind(Kind::Int64)?,
        })
    }

    /// The number of images.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one image")]
    pub fn len(&self) -> i64 {
        self.labels.size()[0]
    }

    /// The first `count` images and the rest; both share the memory of this split.
    ///
    /// # Errors
    ///
    /// A count that is negative or above [`Split::len`].
    pub fn split_at(&self, count: i64) -> Result<(Self, Self), TorchError> {
        let part = |start, length| -> Result<Self, TorchError> {
            Ok(Self {
                images: self.images.f_narrow(0, start, length)?,
                labels: self.labels.f_narrow(0, start, length)?,
            })
        };
        Ok((part(0, count)?, part(count, self.len() - count)?))
    }

    /// Images and labels at `indices`, in that order, as `images[indices], labels[indices]` does
    /// in Python: B×28×28 uint8 and B int64.
    ///
    /// # Errors
    ///
    /// An index that is not below [`Split::len`].
    pub fn select(&self, indices: &[i64]) -> Result<(Tensor, Tensor), TorchError> {
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
    /// Every label is below this.
    pub num_classes: i64,
}

impl Dataset {
    /// Makes a data set of what `read` gives for each of its four files.
    pub(super) fn assemble(
        origin: String,
        num_classes: i64,
        mut read: impl FnMut(DatasetFile) -> Result<Idx, DataError>,
    ) -> Result<Self, DataError> {
        let mut split = |images, labels| Split::new(read(images)?, read(labels)?, num_classes);
        Ok(Self {
            origin,
            train: split(DatasetFile::TrainImages, DatasetFile::TrainLabels)?,
            test: split(DatasetFile::TestImages, DatasetFile::TestLabels)?,
            num_classes,
        })
    }
}
