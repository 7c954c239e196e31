use std::fs;
use std::path::Path;

use tch::{Kind, Tensor};
use torch_twin::{TorchError, tensor_bytes};

use super::ParityError;
use crate::data::{Dataset, DatasetFile};

/// Writes a data set as four plain IDX files, for the reference to read.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_dataset(dataset: &Dataset, folder: &Path) -> Result<(), ParityError> {
    for file in DatasetFile::ALL {
        let values = match file {
            DatasetFile::TrainImages => &dataset.train.images,
            DatasetFile::TrainLabels => &dataset.train.labels,
            DatasetFile::TestImages => &dataset.test.images,
            DatasetFile::TestLabels => &dataset.test.labels,
        };
        let bytes = idx(file, values)?;
        let written = fs::write(folder.join(file.name()), bytes);
        written.map_err(ParityError::TemporaryFolder)?;
    }
    Ok(())
}

fn idx(file: DatasetFile, values: &Tensor) -> Result<Vec<u8>, TorchError> {
    let mut bytes = file.kind().magic().to_be_bytes().to_vec();
    for side in values.size() {
        // IDX counts in 32 bits, and so did the file that these came from.
        bytes.extend((side as u32).to_be_bytes());
    }
    bytes.extend(tensor_bytes(&values.f_to_kind(Kind::Uint8)?)?);
    Ok(bytes)
}
