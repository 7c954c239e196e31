use super::{LrScheduler, LrSchedulerError, Restartable};
use crate::optim::Optimizer;

/// `torch.optim.lr_scheduler.SequentialLR`: one scheduler after the other.
///
/// ```
/// use torch_twin::optim::lr_scheduler::{CosineAnnealingLr, LinearLr, SequentialLr};
/// use torch_twin::optim::{AdamW, AdamWOptions, Optimizer};
/// # use tch::{Tensor, kind::FLOAT_CPU};
/// # let parameters = vec![Tensor::zeros([3], FLOAT_CPU)];
///
/// let mut optimizer = AdamW::new(parameters, AdamWOptions::default())?;
/// // SequentialLR(optimizer, [LinearLR(optimizer, 0.1, total_iters=10),
/// //                          CosineAnnealingLR(optimizer, T_max=90)], milestones=[10])
/// let warm_up = LinearLr::new(&mut optimizer, 0.1, 1.0, 10)?;
/// let cosine = CosineAnnealingLr::new(&mut optimizer, 90, 0.0)?;
/// let schedulers = SequentialLr::new(
///     &mut optimizer,
///     vec![Box::new(warm_up), Box::new(cosine)],
///     &[10],
/// )?;
/// assert_eq!(optimizer.lr(), 0.0001);
/// # let _ = schedulers;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SequentialLr {
    schedulers: Vec<Box<dyn Restartable>>,
    milestones: Vec<u32>,
    last_epoch: u32,
}

impl SequentialLr {
    /// `SequentialLR(optimizer, schedulers, milestones)`: each scheduler but the first begins at its
    /// milestone. They have been made, in this order, of the same optimiser.
    ///
    /// # Errors
    /// No scheduler, and not one milestone less than schedulers.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        schedulers: Vec<Box<dyn Restartable>>,
        milestones: &[u32],
    ) -> Result<Self, LrSchedulerError> {
        if schedulers.len() != milestones.len() + 1 {
            return Err(LrSchedulerError::Milestones {
                schedulers: schedulers.len(),
                milestones: milestones.len(),
            });
        }
        let initial = optimizer.initial_lrs();
        optimizer.set_lrs(&initial)?;
        let mut sequence = Self {
            schedulers,
            milestones: milestones.to_vec(),
            last_epoch: 0,
        };
        for scheduler in &mut sequence.schedulers {
            scheduler.undo_initial_step();
        }
        let first = sequence.place();
        sequence.schedulers[first].initial_step(optimizer)?;
        Ok(sequence)
    }

    /// The scheduler whose turn it is, `bisect_right(milestones, last_epoch)`.
    fn place(&self) -> usize {
        self.milestones
            .partition_point(|&milestone| milestone <= self.last_epoch)
    }
}

impl LrScheduler for SequentialLr {
    fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError> {
        self.last_epoch += 1;
        let place = self.place();
        let begins = place > 0 && self.milestones[place - 1] == self.last_epoch;
        let scheduler = &mut self.schedulers[place];
        match begins {
            true => scheduler.restart(optimizer),
            false => scheduler.step(optimizer),
        }
    }
}
