use super::{LrScheduler, LrSchedulerError, Restartable};
use crate::optim::Optimizer;

/// What a schedule computes.
pub trait Schedule {
    /// `get_lr()`: the learning rate of a group for the epoch `moment.epoch`.
    ///
    /// # Errors
    /// A schedule of a fixed length that is at its end.
    fn lr(&self, moment: &Moment) -> Result<f64, LrSchedulerError>;

    /// `_get_closed_form_lr()`, with which a schedule begins after another one.
    ///
    /// # Errors
    /// As [`Schedule::lr`].
    fn closed_form(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        self.lr(moment)
    }

    /// The momentum of that epoch; none where it stays.
    fn momentum(&self, _epoch: i64) -> Option<f64> {
        None
    }
}

/// When a learning rate is asked for.
pub struct Moment {
    /// The number of the group of parameters.
    pub group: usize,
    /// The number of the epoch that follows, from 0.
    pub epoch: i64,
    /// Whether this is for the first epoch, when the scheduler is made.
    pub is_initial: bool,
    /// The group's learning rate now.
    pub lr: f64,
    /// The group's learning rate before any scheduler.
    pub base_lr: f64,
}

/// A scheduler that counts epochs, by the schedule `S`.
#[derive(Clone, Debug)]
pub struct ByEpoch<S> {
    schedule: S,
    base_lrs: Vec<f64>,
    last_epoch: i64,
}

impl<S: Schedule> ByEpoch<S> {
    pub(super) fn begin(
        optimizer: &mut dyn Optimizer,
        schedule: S,
    ) -> Result<Self, LrSchedulerError> {
        let mut scheduler = Self {
            schedule,
            base_lrs: optimizer.initial_lrs(),
            last_epoch: -1,
        };
        scheduler.initial_step(optimizer)?;
        Ok(scheduler)
    }

    fn set(
        &self,
        optimizer: &mut dyn Optimizer,
        is_initial: bool,
        lr: impl Fn(&S, &Moment) -> Result<f64, LrSchedulerError>,
    ) -> Result<(), LrSchedulerError> {
        let groups = optimizer.lrs().into_iter().zip(&self.base_lrs).enumerate();
        let lrs = groups.map(|(group, (now, &base_lr))| {
            let moment = Moment {
                group,
                epoch: self.last_epoch,
                is_initial,
                lr: now,
                base_lr,
            };
            lr(&self.schedule, &moment)
        });
        let lrs = lrs.collect::<Result<Vec<_>, _>>()?;
        optimizer.set_lrs(&lrs)?;
        if let Some(momentum) = self.schedule.momentum(self.last_epoch) {
            let momenta = optimizer.momenta().into_iter().flatten();
            momenta.for_each(|place| *place = momentum);
        }
        Ok(())
    }
}

impl<S: Schedule> LrScheduler for ByEpoch<S> {
    fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError> {
        self.last_epoch += 1;
        self.set(optimizer, false, S::lr)
    }
}

impl<S: Schedule> Restartable for ByEpoch<S> {
    fn undo_initial_step(&mut self) {
        self.last_epoch -= 1;
    }

    fn initial_step(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError> {
        self.last_epoch += 1;
        self.set(optimizer, true, S::lr)
    }

    fn restart(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError> {
        self.last_epoch = 0;
        self.set(optimizer, false, S::closed_form)
    }
}

/// Python's `dividend / divisor` of floats.
///
/// # Errors
/// A divisor of zero.
pub(super) fn quotient(dividend: f64, divisor: f64) -> Result<f64, LrSchedulerError> {
    match divisor == 0.0 {
        true => Err(LrSchedulerError::DivisionByZero),
        false => Ok(dividend / divisor),
    }
}

/// Refuses an argument that is out of its range. NaN is in all of PyTorch's ranges: it asks whether a number is
/// outside.
pub(super) fn check(
    name: &'static str,
    value: f64,
    is_good: bool,
    expected: &'static str,
) -> Result<(), LrSchedulerError> {
    match is_good || value.is_nan() {
        true => Ok(()),
        false => Err(LrSchedulerError::Argument {
            name,
            value,
            expected,
        }),
    }
}
