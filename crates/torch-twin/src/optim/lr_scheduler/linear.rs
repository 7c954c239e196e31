use super::by_epoch::{Moment, Schedule, check, quotient};
use super::{ByEpoch, LrSchedulerError};
use crate::optim::Optimizer;

/// `torch.optim.lr_scheduler.LinearLR`: from `start_factor` to `end_factor` of the learning rate in
/// `total_iters` epochs.
pub type LinearLr = ByEpoch<Linear>;

#[derive(Clone, Debug)]
pub struct Linear {
    start_factor: f64,
    end_factor: f64,
    total_iters: i64,
}

impl LinearLr {
    /// `LinearLR(optimizer, start_factor, end_factor, total_iters)`; PyTorch's defaults are ⅓, 1 and 5.
    ///
    /// # Errors
    /// A first factor that is not above 0 and up to 1, a last one that is not from 0 to 1.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        start_factor: f64,
        end_factor: f64,
        total_iters: u32,
    ) -> Result<Self, LrSchedulerError> {
        let is_good = start_factor > 0.0 && start_factor <= 1.0;
        let expected = "a number above 0 and up to 1";
        check("start_factor", start_factor, is_good, expected)?;
        let is_good = (0.0..=1.0).contains(&end_factor);
        check("end_factor", end_factor, is_good, "a number from 0 to 1")?;
        Self::begin(
            optimizer,
            Linear {
                start_factor,
                end_factor,
                total_iters: total_iters.into(),
            },
        )
    }
}

impl Schedule for Linear {
    fn lr(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        if moment.epoch == 0 {
            return Ok(moment.lr * self.start_factor);
        }
        if moment.is_initial || moment.epoch > self.total_iters {
            return Ok(moment.lr);
        }
        let change = self.end_factor - self.start_factor;
        let last = self.total_iters as f64 * self.start_factor + (moment.epoch - 1) as f64 * change;
        Ok(moment.lr * (1.0 + quotient(change, last)?))
    }

    fn closed_form(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        let change = self.end_factor - self.start_factor;
        let done = moment.epoch.min(self.total_iters) as f64;
        let part = quotient(change * done, self.total_iters as f64)?;
        Ok(moment.base_lr * (self.start_factor + part))
    }
}
