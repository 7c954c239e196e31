use std::f64::consts::PI;

use super::by_epoch::{Moment, Schedule, check, quotient};
use super::{ByEpoch, LrSchedulerError};
use crate::optim::Optimizer;

/// `torch.optim.lr_scheduler.CosineAnnealingLR`: down to `eta_min` along half a cosine.
///
/// ```
/// use torch_twin::optim::lr_scheduler::{CosineAnnealingLr, LrScheduler};
/// use torch_twin::optim::{Optimizer, Sgd, SgdOptions};
/// # use tch::{Tensor, kind::FLOAT_CPU};
/// # let parameters = vec![Tensor::zeros([3], FLOAT_CPU)];
///
/// let options = SgdOptions { lr: 0.1, ..SgdOptions::default() };
/// let mut optimizer = Sgd::new(parameters, options)?;
/// let mut scheduler = CosineAnnealingLr::new(&mut optimizer, 30, 0.0)?;
/// for _epoch in 0..30 {
///     // train
///     scheduler.step(&mut optimizer)?;
/// }
/// assert_eq!(optimizer.lr(), 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type CosineAnnealingLr = ByEpoch<CosineAnnealing>;

#[derive(Clone, Debug)]
pub struct CosineAnnealing {
    t_max: i64,
    eta_min: f64,
}

impl CosineAnnealingLr {
    /// `CosineAnnealingLR(optimizer, T_max, eta_min)`: over `t_max` epochs; PyTorch's default of
    /// eta_min is 0.
    ///
    /// # Errors
    /// No epoch, at which PyTorch fails at the first step.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        t_max: u32,
        eta_min: f64,
    ) -> Result<Self, LrSchedulerError> {
        check("T_max", t_max.into(), t_max > 0, "at least 1")?;
        let t_max = t_max.into();
        Self::begin(optimizer, CosineAnnealing { t_max, eta_min })
    }
}

impl Schedule for CosineAnnealing {
    /// From the last learning rate, and each step rounds.
    fn lr(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        let &Moment {
            epoch, lr, base_lr, ..
        } = moment;
        let Self { t_max, eta_min } = *self;
        if moment.is_initial {
            return Ok(lr);
        }
        let length = t_max as f64;
        // An epoch after the lowest point, where the last learning rate is `eta_min`.
        if (epoch - 1 - t_max).rem_euclid(2 * t_max) == 0 {
            return Ok(lr + (base_lr - eta_min) * (1.0 - (PI / length).cos()) / 2.0);
        }
        let height = |epoch: i64| 1.0 + (PI * epoch as f64 / length).cos();
        Ok(quotient(height(epoch), height(epoch - 1))? * (lr - eta_min) + eta_min)
    }

    fn closed_form(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        let height = 1.0 + (PI * moment.epoch as f64 / self.t_max as f64).cos();
        Ok(self.eta_min + (moment.base_lr - self.eta_min) * height / 2.0)
    }
}
