use std::f64::consts::PI;

use super::LrScheduler;
use crate::optim::Optimizer;

/// `torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max)`: down to zero along half a cosine.
///
/// ```
/// use torch_twin::optim::lr_scheduler::{CosineAnnealingLr, LrScheduler};
/// use torch_twin::optim::{Optimizer, Sgd};
///
/// let mut optimizer = Sgd::new(Vec::new(), 0.1, 0.9, 0.0);
/// let mut scheduler = CosineAnnealingLr::new(&optimizer, 30);
/// for _epoch in 0..30 {
///     // train
///     scheduler.step(&mut optimizer);
/// }
/// assert_eq!(optimizer.lr(), 0.0);
/// ```
#[derive(Clone, Debug)]
pub struct CosineAnnealingLr {
    base_lr: f64,
    /// Epochs until the learning rate is zero.
    t_max: u32,
    /// Epochs done.
    last_epoch: u32,
}

impl CosineAnnealingLr {
    /// A schedule that starts with the optimiser's learning rate, over `t_max` epochs, at least one.
    pub fn new(optimizer: &dyn Optimizer, t_max: u32) -> Self {
        Self {
            base_lr: optimizer.lr(),
            t_max,
            last_epoch: 0,
        }
    }

    /// The learning rate that follows `lr`; PyTorch computes it from the last one, and each step
    /// rounds.
    fn next(&self, lr: f64) -> f64 {
        let (epoch, t_max) = (f64::from(self.last_epoch), f64::from(self.t_max));
        // An epoch after the lowest point, where the last learning rate is zero.
        if (epoch - 1.0 - t_max) % (2.0 * t_max) == 0.0 {
            return lr + self.base_lr * (1.0 - (PI / t_max).cos()) / 2.0;
        }
        (1.0 + (PI * epoch / t_max).cos()) / (1.0 + (PI * (epoch - 1.0) / t_max).cos()) * lr
    }
}

impl LrScheduler for CosineAnnealingLr {
    fn step(&mut self, optimizer: &mut dyn Optimizer) {
        self.last_epoch += 1;
        optimizer.set_lr(self.next(optimizer.lr()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::Sgd;

    /// ```python
    /// optimizer = torch.optim.SGD([torch.zeros(1)], 0.003)
    /// scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)
    /// for _ in range(8): scheduler.step(); print(repr(optimizer.param_groups[0]["lr"]))
    /// ```
    #[test]
    fn a_cosine_rounds_as_pytorchs_beyond_its_lowest_point_too() {
        let mut optimizer = Sgd::new(Vec::new(), 0.003, 0.0, 0.0);
        let mut scheduler = CosineAnnealingLr::new(&optimizer, 3);
        for expected in [
            0.0022500000000000003,
            0.0007500000000000004,
            0.0,
            0.0007499999999999998,
            0.0022500000000000016,
            0.003000000000000002,
            0.002250000000000002,
            0.0007500000000000016,
        ] {
            scheduler.step(&mut optimizer);
            assert_eq!(optimizer.lr(), expected);
        }
    }
}
