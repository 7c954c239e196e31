use super::LrSchedulerError;
use super::by_epoch::check;
use crate::optim::Optimizer;

/// `torch.optim.lr_scheduler.ReduceLROnPlateau`: times `factor` where a figure does not become better.
///
/// ```
/// use torch_twin::optim::lr_scheduler::{ReduceLrOnPlateau, ReduceLrOnPlateauOptions};
/// use torch_twin::optim::{Optimizer, Sgd, SgdOptions};
/// # use tch::{Tensor, kind::FLOAT_CPU};
/// # let parameters = vec![Tensor::zeros([3], FLOAT_CPU)];
///
/// let options = SgdOptions { lr: 0.1, ..SgdOptions::default() };
/// let mut optimizer = Sgd::new(parameters, options)?;
/// let options = ReduceLrOnPlateauOptions { patience: 1, ..Default::default() };
/// let mut scheduler = ReduceLrOnPlateau::new(options)?;
/// for validation_loss in [0.3, 0.4, 0.4] {
///     scheduler.step(validation_loss, &mut optimizer)?;
/// }
/// assert_eq!(optimizer.lr(), 0.1 * 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReduceLrOnPlateau {
    options: ReduceLrOnPlateauOptions,
    best: f64,
    num_bad_epochs: u32,
    cooldown_counter: u32,
}

/// The options of [`ReduceLrOnPlateau`]; their defaults are PyTorch's.
#[derive(Clone, Debug)]
pub struct ReduceLrOnPlateauOptions {
    /// Whether smaller or larger is better.
    pub mode: Mode,
    /// What the learning rates are multiplied by.
    pub factor: f64,
    /// Epochs without a better figure that are borne.
    pub patience: u32,
    /// How much better counts as better.
    pub threshold: f64,
    /// In what the threshold is measured.
    pub threshold_mode: ThresholdMode,
    /// Epochs after a reduction in which nothing is counted.
    pub cooldown: u32,
    /// Learning rates are not reduced below this.
    pub min_lr: f64,
    /// Smaller reductions are left out.
    pub eps: f64,
}

/// Which figures are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Smaller ones, as of a loss.
    Min,
    /// Larger ones, as of an accuracy.
    Max,
}

/// In what a threshold is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThresholdMode {
    /// In parts of the best figure.
    Rel,
    /// In the figure's own unit.
    Abs,
}

impl Default for ReduceLrOnPlateauOptions {
    fn default() -> Self {
        Self {
            mode: Mode::Min,
            factor: 0.1,
            patience: 10,
            threshold: 1e-4,
            threshold_mode: ThresholdMode::Rel,
            cooldown: 0,
            min_lr: 0.0,
            eps: 1e-8,
        }
    }
}

impl ReduceLrOnPlateau {
    /// `ReduceLROnPlateau(optimizer, mode, factor, …)`.
    ///
    /// # Errors
    /// A factor that is not below 1.
    pub fn new(options: ReduceLrOnPlateauOptions) -> Result<Self, LrSchedulerError> {
        let factor = options.factor;
        check("factor", factor, factor < 1.0, "a number below 1")?;
        Ok(Self {
            best: match options.mode {
                Mode::Min => f64::INFINITY,
                Mode::Max => f64::NEG_INFINITY,
            },
            options,
            num_bad_epochs: 0,
            cooldown_counter: 0,
        })
    }

    /// `scheduler.step(metrics)`, after each epoch.
    ///
    /// # Errors
    /// An optimiser that does not take as many learning rates as it has.
    pub fn step(
        &mut self,
        metrics: f64,
        optimizer: &mut dyn Optimizer,
    ) -> Result<(), LrSchedulerError> {
        if self.is_better(metrics) {
            self.best = metrics;
            self.num_bad_epochs = 0;
        } else {
            self.num_bad_epochs = self.num_bad_epochs.saturating_add(1);
        }
        if self.cooldown_counter > 0 {
            self.cooldown_counter -= 1;
            self.num_bad_epochs = 0;
        }
        if self.num_bad_epochs > self.options.patience {
            self.reduce(optimizer)?;
            self.cooldown_counter = self.options.cooldown;
            self.num_bad_epochs = 0;
        }
        Ok(())
    }

    fn reduce(&self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError> {
        let reduced = optimizer.lrs().into_iter().map(|lr| {
            let reduced = (lr * self.options.factor).max(self.options.min_lr);
            if lr - reduced > self.options.eps {
                reduced
            } else {
                lr
            }
        });
        let reduced: Vec<_> = reduced.collect();
        Ok(optimizer.set_lrs(&reduced)?)
    }

    fn is_better(&self, figure: f64) -> bool {
        let (best, threshold) = (self.best, self.options.threshold);
        match (self.options.mode, self.options.threshold_mode) {
            (Mode::Min, ThresholdMode::Rel) => figure < best * (1.0 - threshold),
            (Mode::Min, ThresholdMode::Abs) => figure < best - threshold,
            (Mode::Max, ThresholdMode::Rel) => figure > best * (threshold + 1.0),
            (Mode::Max, ThresholdMode::Abs) => figure > best + threshold,
        }
    }
}
