use super::by_epoch::{Moment, Schedule};
use super::{ByEpoch, LrSchedulerError};
use crate::optim::Optimizer;
use crate::optim::arithmetic::pow;

/// `torch.optim.lr_scheduler.ExponentialLR`: times `gamma` after every epoch.
pub type ExponentialLr = ByEpoch<Exponential>;

#[derive(Clone, Debug)]
pub struct Exponential {
    gamma: f64,
}

impl ExponentialLr {
    /// `ExponentialLR(optimizer, gamma)`.
    ///
    /// # Errors
    /// None; all schedulers are made in one way.
    pub fn new(optimizer: &mut dyn Optimizer, gamma: f64) -> Result<Self, LrSchedulerError> {
        Self::begin(optimizer, Exponential { gamma })
    }
}

impl Schedule for Exponential {
    fn lr(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        Ok(match moment.is_initial {
            true => moment.lr,
            false => moment.lr * self.gamma,
        })
    }

    fn closed_form(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        Ok(moment.base_lr * pow(self.gamma, moment.epoch as f64))
    }
}
