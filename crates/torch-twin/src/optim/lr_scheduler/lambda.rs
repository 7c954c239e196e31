use std::fmt;

use super::by_epoch::{Moment, Schedule};
use super::{ByEpoch, LrSchedulerError};
use crate::optim::Optimizer;

/// `torch.optim.lr_scheduler.LambdaLR`: the first learning rate times what a function gives for the
/// epoch.
///
/// ```
/// use torch_twin::optim::lr_scheduler::{LambdaLr, LrScheduler};
/// use torch_twin::optim::{AdamW, AdamWOptions, Optimizer};
/// # use tch::{Tensor, kind::FLOAT_CPU};
/// # let parameters = vec![Tensor::zeros([3], FLOAT_CPU)];
///
/// let mut optimizer = AdamW::new(parameters, AdamWOptions::default())?;
/// // LambdaLR(optimizer, lambda step: min(1, (step + 1) / 10))
/// let warm_up = |step| (f64::from(step + 1) / 10.0).min(1.0);
/// let mut scheduler = LambdaLr::new(&mut optimizer, warm_up)?;
/// assert_eq!(optimizer.lr(), 0.0001);
/// scheduler.step(&mut optimizer)?;
/// assert_eq!(optimizer.lr(), 0.0002);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type LambdaLr = ByEpoch<Lambda>;

pub struct Lambda {
    lr_lambda: Box<dyn Fn(u32) -> f64>,
}

impl fmt::Debug for Lambda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lambda")
    }
}

impl LambdaLr {
    /// `LambdaLR(optimizer, lr_lambda)`, one function for all groups.
    ///
    /// # Errors
    /// None; all schedulers are made in one way.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        lr_lambda: impl Fn(u32) -> f64 + 'static,
    ) -> Result<Self, LrSchedulerError> {
        let lr_lambda = Box::new(lr_lambda);
        Self::begin(optimizer, Lambda { lr_lambda })
    }
}

impl Schedule for Lambda {
    fn lr(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        let epoch = u32::try_from(moment.epoch).unwrap_or(u32::MAX);
        Ok(moment.base_lr * (self.lr_lambda)(epoch))
    }
}
