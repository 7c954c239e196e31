use thiserror::Error;
use torch_twin::TorchError;

use crate::data::Split;

/// The images to train on, and those held out to tell the best epoch, if any are.
pub struct TrainingData {
    /// The images to train on.
    pub train: Split,
    /// The images held out.
    pub validation: Option<Split>,
}

/// More images are held out than there are.
#[derive(Debug, Error)]
pub enum NothingToTrainOn {
    /// No image is left.
    #[error(
        "--validation {held_out} leaves nothing to train on: there are {images} training images"
    )]
    AllHeldOut {
        /// How many were to be held out.
        held_out: usize,
        /// How many there are.
        images: usize,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

impl TrainingData {
    /// Holds out the last `held_out` images of `split`.
    ///
    /// # Errors
    /// As many as there are, or more.
    pub fn hold_out(split: &Split, held_out: usize) -> Result<Self, NothingToTrainOn> {
        let images = split.len();
        if held_out >= images {
            return Err(NothingToTrainOn::AllHeldOut { held_out, images });
        }
        let (train, validation) = split.split_at(images - held_out)?;
        Ok(Self {
            train,
            validation: (held_out > 0).then_some(validation),
        })
    }
}
