use thiserror::Error;
use torch_twin::TorchError;

use super::Settings;
use crate::data::Split;

/// The images to train on, and those held out to tell the best epoch, if any are.
pub struct TrainingData {
    /// The images to train on.
    pub train: Split,
    /// The images held out.
    pub validation: Option<Split>,
}

/// Why settings and data do not go together.
#[derive(Debug, Error)]
pub enum TrainingDataError {
    /// No image is left to train on.
    #[error(
        "--validation {held_out} leaves nothing to train on: there are {images} training images"
    )]
    AllHeldOut {
        /// How many were to be held out.
        held_out: usize,
        /// How many there are.
        images: usize,
    },
    /// An epoch's last batch is too small for the network.
    #[error(
        "the last of an epoch's batches would have {last} of the {images} training images, and \
         {variant} trains on {least} at once at the least; choose another --batch-size or \
         --validation"
    )]
    SmallBatch {
        /// The network's variant.
        variant: &'static str,
        /// The fewest images that it can be trained on at once.
        least: usize,
        /// Images in the last batch.
        last: usize,
        /// Images of an epoch.
        images: usize,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

impl TrainingData {
    /// Holds out the last images of `split`, as many as `settings` say.
    ///
    /// # Errors
    /// Settings that leave no image, or batches that the network cannot be trained on.
    pub fn hold_out(split: &Split, settings: &Settings) -> Result<Self, TrainingDataError> {
        let (held_out, images) = (settings.validation, split.len());
        if held_out >= images {
            return Err(TrainingDataError::AllHeldOut { held_out, images });
        }
        let images = images - held_out;
        let batch_size = settings.recipe.batch_size;
        let last = match images % batch_size {
            0 => batch_size,
            rest => rest,
        };
        let (variant, least) = (settings.variant.name, settings.variant.least_batch);
        if last < least {
            return Err(TrainingDataError::SmallBatch {
                variant,
                least,
                last,
                images,
            });
        }
        let (train, validation) = split.split_at(images)?;
        Ok(Self {
            train,
            validation: (held_out > 0).then_some(validation),
        })
    }
}
