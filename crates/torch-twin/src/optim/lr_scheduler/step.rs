use super::by_epoch::{Moment, Schedule, check};
use super::{ByEpoch, LrSchedulerError};
use crate::optim::Optimizer;
use crate::optim::arithmetic::pow;

/// `torch.optim.lr_scheduler.StepLR`: times `gamma` after every `step_size` epochs.
///
/// ```
/// use torch_twin::optim::lr_scheduler::{LrScheduler, StepLr};
/// use torch_twin::optim::{Adadelta, AdadeltaOptions, Optimizer};
/// # use tch::{Tensor, kind::FLOAT_CPU};
/// # let parameters = vec![Tensor::zeros([3], FLOAT_CPU)];
///
/// let mut optimizer = Adadelta::new(parameters, AdadeltaOptions::default())?;
/// // scheduler = StepLR(optimizer, step_size=1, gamma=0.7)
/// let mut scheduler = StepLr::new(&mut optimizer, 1, 0.7)?;
/// scheduler.step(&mut optimizer)?;
/// assert_eq!(optimizer.lr(), 0.7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type StepLr = ByEpoch<Steps>;

#[derive(Clone, Debug)]
pub struct Steps {
    step_size: i64,
    gamma: f64,
}

impl StepLr {
    /// `StepLR(optimizer, step_size, gamma)`; PyTorch's default of gamma is 0.1.
    ///
    /// # Errors
    /// A step size of zero, at which PyTorch fails at the first step.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        step_size: u32,
        gamma: f64,
    ) -> Result<Self, LrSchedulerError> {
        check("step_size", step_size.into(), step_size > 0, "at least 1")?;
        let step_size = step_size.into();
        Self::begin(optimizer, Steps { step_size, gamma })
    }
}

impl Schedule for Steps {
    fn lr(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        Ok(match moment.epoch {
            0 => moment.lr,
            epoch if epoch % self.step_size != 0 => moment.lr,
            _ => moment.lr * self.gamma,
        })
    }

    fn closed_form(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        let times = moment.epoch.div_euclid(self.step_size);
        Ok(moment.base_lr * pow(self.gamma, times as f64))
    }
}
