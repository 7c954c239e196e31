use super::by_epoch::{Moment, Schedule};
use super::{ByEpoch, LrSchedulerError};
use crate::optim::Optimizer;
use crate::optim::arithmetic::pow;

/// `torch.optim.lr_scheduler.MultiStepLR`: times `gamma` at each of some epochs.
pub type MultiStepLr = ByEpoch<Milestones>;

#[derive(Clone, Debug)]
pub struct Milestones {
    milestones: Vec<i64>,
    gamma: f64,
}

impl MultiStepLr {
    /// `MultiStepLR(optimizer, milestones, gamma)`; PyTorch's default of gamma is 0.1. A milestone
    /// that is there twice counts twice.
    ///
    /// # Errors
    /// None; all schedulers are made in one way.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        milestones: &[u32],
        gamma: f64,
    ) -> Result<Self, LrSchedulerError> {
        let milestones = milestones.iter().map(|&epoch| epoch.into()).collect();
        Self::begin(optimizer, Milestones { milestones, gamma })
    }
}

impl Schedule for Milestones {
    fn lr(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        let now = self.milestones.iter().filter(|&&at| at == moment.epoch);
        Ok(match now.count() {
            0 => moment.lr,
            times => moment.lr * pow(self.gamma, times as f64),
        })
    }

    fn closed_form(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        let passed = self.milestones.iter().filter(|&&at| at <= moment.epoch);
        Ok(moment.base_lr * pow(self.gamma, passed.count() as f64))
    }
}
