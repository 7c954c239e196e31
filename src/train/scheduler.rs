use torch_twin::optim::Optimizer;
use torch_twin::optim::lr_scheduler::{
    ConstantLr, CosineAnnealingLr, ExponentialLr, LinearLr, LrScheduler, LrSchedulerError,
    MultiStepLr, OneCycleLr, OneCycleLrOptions, ReduceLrOnPlateau, ReduceLrOnPlateauOptions,
    StepLr,
};

use crate::variant::{Recipe, Schedule};

/// Sets an optimiser's learning rate as a recipe has it, at the times when PyTorch's scheduler would
/// be stepped.
pub enum Scheduler {
    /// Stepped after each epoch.
    Epochs(Box<dyn LrScheduler>),
    /// Stepped after each batch.
    Batches(OneCycleLr),
    /// Stepped with the loss on the images held out.
    Losses(ReduceLrOnPlateau),
}

impl Scheduler {
    /// The scheduler of `recipe`, which sets the learning rate of the first step.
    ///
    /// # Errors
    /// Arguments that PyTorch's refuses.
    pub fn new(
        recipe: &Recipe,
        optimizer: &mut dyn Optimizer,
        steps_per_epoch: usize,
    ) -> Result<Self, LrSchedulerError> {
        let epochs = recipe.epochs;
        let by_epoch: Box<dyn LrScheduler> = match &recipe.schedule {
            Schedule::Constant => Box::new(ConstantLr::new(optimizer, 1.0, epochs)?),
            Schedule::Cosine => Box::new(CosineAnnealingLr::new(optimizer, epochs, 0.0)?),
            Schedule::Linear { end_factor } => {
                Box::new(LinearLr::new(optimizer, 1.0, *end_factor, epochs)?)
            }
            Schedule::Exponential { gamma } => Box::new(ExponentialLr::new(optimizer, *gamma)?),
            Schedule::Step { step_size, gamma } => {
                Box::new(StepLr::new(optimizer, *step_size, *gamma)?)
            }
            Schedule::MultiStep { milestones, gamma } => {
                Box::new(MultiStepLr::new(optimizer, milestones, *gamma)?)
            }
            Schedule::OneCycle => {
                let total_steps = u64::from(epochs) * steps_per_epoch as u64;
                let options = OneCycleLrOptions::new(recipe.lr, total_steps);
                return Ok(Self::Batches(OneCycleLr::new(optimizer, options)?));
            }
            Schedule::Plateau {
                gamma,
                plateau_patience,
            } => {
                let options = ReduceLrOnPlateauOptions {
                    factor: *gamma,
                    patience: *plateau_patience,
                    ..ReduceLrOnPlateauOptions::default()
                };
                return Ok(Self::Losses(ReduceLrOnPlateau::new(options)?));
            }
        };
        Ok(Self::Epochs(by_epoch))
    }

    /// To be called after each batch.
    ///
    /// # Errors
    /// A schedule that is at its end.
    pub fn after_step(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError> {
        match self {
            Self::Batches(scheduler) => scheduler.step(optimizer),
            Self::Epochs(_) | Self::Losses(_) => Ok(()),
        }
    }

    /// To be called after each epoch.
    ///
    /// # Errors
    /// A schedule that is at its end.
    pub fn after_epoch(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError> {
        match self {
            Self::Epochs(scheduler) => scheduler.step(optimizer),
            Self::Batches(_) | Self::Losses(_) => Ok(()),
        }
    }

    /// To be called with the loss on the images held out, after each epoch.
    ///
    /// # Errors
    /// As [`ReduceLrOnPlateau::step`].
    pub fn after_validation(
        &mut self,
        loss: f64,
        optimizer: &mut dyn Optimizer,
    ) -> Result<(), LrSchedulerError> {
        match self {
            Self::Losses(scheduler) => scheduler.step(loss, optimizer),
            Self::Epochs(_) | Self::Batches(_) => Ok(()),
        }
    }

    /// Brings the learning rate to where `progress` is: a scheduler keeps nothing but what its
    /// steps so far lead to.
    ///
    /// # Errors
    /// A schedule that is at its end.
    pub fn replay(
        &mut self,
        optimizer: &mut dyn Optimizer,
        epochs: u32,
        total_steps: u64,
        mut validation_losses: impl Iterator<Item = f64>,
    ) -> Result<(), LrSchedulerError> {
        match self {
            Self::Epochs(scheduler) => (0..epochs).try_for_each(|_| scheduler.step(optimizer)),
            Self::Batches(scheduler) => {
                (0..total_steps).try_for_each(|_| scheduler.step(optimizer))
            }
            Self::Losses(scheduler) => {
                validation_losses.try_for_each(|loss| scheduler.step(loss, optimizer))
            }
        }
    }
}
