use super::LrScheduler;
use crate::optim::Optimizer;

/// `torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)`: the learning rate stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConstantLr;

impl LrScheduler for ConstantLr {
    fn step(&mut self, _optimizer: &mut dyn Optimizer) {}
}
