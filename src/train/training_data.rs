use super::{Settings, SettingsError};
use crate::data::Split;

/// The images to train on, and those held out to tell the best epoch, if any are.
pub struct TrainingData {
    /// The images to train on.
    pub train: Split,
    /// The images held out.
    pub validation: Option<Split>,
}

impl TrainingData {
    /// Holds out the last images of `split`, as many as `settings` say.
    ///
    /// # Errors
    /// Settings that leave no image, or batches that the network cannot be trained on.
    pub fn hold_out(split: &Split, settings: &Settings) -> Result<Self, SettingsError> {
        let (held_out, images) = (settings.validation, split.len());
        if held_out >= images {
            return Err(SettingsError::AllHeldOut { held_out, images });
        }
        let images = images - held_out;
        let batch_size = settings.recipe.batch_size;
        let last = match images % batch_size {
            0 => batch_size,
            rest => rest,
        };
        let (variant, least) = (settings.variant.name, settings.variant.least_batch);
        if last < least {
            return Err(SettingsError::SmallBatch {
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
