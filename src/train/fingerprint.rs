use torch_twin::{TorchError, sha256};

use crate::data::Dataset;

/// SHA-256, in hexadecimal, of the training images, training labels, test images and test labels
/// as they are in memory: pixels as bytes, labels as little-endian int64.
///
/// # Errors
/// What libtorch refuses when the values are copied out.
pub fn data_sha256(dataset: &Dataset) -> Result<String, TorchError> {
    let splits = [&dataset.train, &dataset.test];
    sha256(
        splits
            .iter()
            .flat_map(|split| [&split.images, &split.labels]),
    )
}
