use sha2::{Digest, Sha256};

use crate::TorchError;
use crate::data::Dataset;
use crate::nn::tensor_bytes;

/// SHA-256, in hexadecimal, of the training images, training labels, test images and test labels
/// as they are in memory: pixels as bytes, labels as little-endian int64.
///
/// # Errors
/// What libtorch refuses when the values are copied out.
pub fn data_sha256(dataset: &Dataset) -> Result<String, TorchError> {
    let mut hasher = Sha256::new();
    for split in [&dataset.train, &dataset.test] {
        for tensor in [&split.images, &split.labels] {
            hasher.update(tensor_bytes(tensor)?);
        }
    }
    Ok(format!("{:x}", hasher.finalize()))
}
