use super::by_epoch::{Moment, Schedule, check, quotient};
use super::{ByEpoch, LrSchedulerError};
use crate::optim::Optimizer;

/// `torch.optim.lr_scheduler.ConstantLR`: `factor` of the learning rate for `total_iters` epochs.
pub type ConstantLr = ByEpoch<Constant>;

#[derive(Clone, Debug)]
pub struct Constant {
    factor: f64,
    total_iters: i64,
}

impl ConstantLr {
    /// `ConstantLR(optimizer, factor, total_iters)`; PyTorch's defaults are ⅓ and 5.
    ///
    /// # Errors
    /// A factor that is not from 0 to 1.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        factor: f64,
        total_iters: u32,
    ) -> Result<Self, LrSchedulerError> {
        let is_good = (0.0..=1.0).contains(&factor);
        check("factor", factor, is_good, "a number from 0 to 1")?;
        let total_iters = total_iters.into();
        Self::begin(
            optimizer,
            Constant {
                factor,
                total_iters,
            },
        )
    }
}

impl Schedule for Constant {
    fn lr(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        Ok(match moment.epoch {
            0 => moment.lr * self.factor,
            epoch if epoch == self.total_iters => moment.lr * quotient(1.0, self.factor)?,
            _ => moment.lr,
        })
    }

    fn closed_form(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        let is_over = f64::from(u8::from(moment.epoch >= self.total_iters));
        Ok(moment.base_lr * (self.factor + is_over * (1.0 - self.factor)))
    }
}
