use std::f64::consts::PI;

use super::by_epoch::{Moment, Schedule, check, quotient};
use super::{ByEpoch, LrSchedulerError};
use crate::optim::Optimizer;

/// `torch.optim.lr_scheduler.OneCycleLR`: up to `max_lr` and down far below the start, with the
/// momentum the other way round; its `step` follows every batch.
///
/// ```
/// use torch_twin::optim::lr_scheduler::{LrScheduler, OneCycleLr, OneCycleLrOptions};
/// use torch_twin::optim::{Optimizer, Sgd, SgdOptions};
/// # use tch::{Tensor, kind::FLOAT_CPU};
/// # let parameters = vec![Tensor::zeros([3], FLOAT_CPU)];
///
/// let options = SgdOptions { momentum: 0.9, ..SgdOptions::default() };
/// let mut optimizer = Sgd::new(parameters, options)?;
/// // OneCycleLR(optimizer, max_lr=0.1, total_steps=100)
/// let options = OneCycleLrOptions::new(0.1, 100);
/// let mut scheduler = OneCycleLr::new(&mut optimizer, options)?;
/// assert_eq!(optimizer.lr(), 0.1 + (0.1 / 25.0 - 0.1) / 2.0 * 2.0); // 0.1 / div_factor, as it rounds
/// # scheduler.step(&mut optimizer)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type OneCycleLr = ByEpoch<OneCycle>;

/// The options of [`OneCycleLr`].
#[derive(Clone, Debug)]
pub struct OneCycleLrOptions {
    /// The largest learning rate, of every group.
    pub max_lr: f64,
    /// The length of the cycle; with PyTorch's `epochs` and `steps_per_epoch`, their product.
    pub total_steps: u64,
    /// The part of the cycle in which the learning rate rises.
    pub pct_start: f64,
    /// The form of rise and fall.
    pub anneal_strategy: Anneal,
    /// Whether the momentum falls and rises too.
    pub cycle_momentum: bool,
    /// The least momentum.
    pub base_momentum: f64,
    /// The largest momentum.
    pub max_momentum: f64,
    /// The first learning rate is `max_lr / div_factor`.
    pub div_factor: f64,
    /// The last learning rate is the first one divided by this.
    pub final_div_factor: f64,
    /// Falls as it rose, and then to the end.
    pub three_phase: bool,
}

/// The form in which a value goes from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anneal {
    /// Along half a cosine.
    Cos,
    /// In a straight line.
    Linear,
}

impl OneCycleLrOptions {
    /// PyTorch's defaults, with what has none.
    pub fn new(max_lr: f64, total_steps: u64) -> Self {
        Self {
            max_lr,
            total_steps,
            pct_start: 0.3,
            anneal_strategy: Anneal::Cos,
            cycle_momentum: true,
            base_momentum: 0.85,
            max_momentum: 0.95,
            div_factor: 25.0,
            final_div_factor: 1e4,
            three_phase: false,
        }
    }
}

#[derive(Clone, Debug)]
pub struct OneCycle {
    options: OneCycleLrOptions,
    phases: Vec<Phase>,
}

/// A part of the cycle.
#[derive(Clone, Debug)]
struct Phase {
    end_step: f64,
    /// Learning rate and momentum at its ends.
    lr: [f64; 2],
    momentum: [f64; 2],
}

impl OneCycleLr {
    /// `OneCycleLR(optimizer, max_lr, total_steps, …)`.
    ///
    /// # Errors
    /// No step, a part that is not from 0 to 1, and an optimiser without momentum that is to have one
    /// cycled.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        options: OneCycleLrOptions,
    ) -> Result<Self, LrSchedulerError> {
        let steps = options.total_steps;
        check("total_steps", steps as f64, steps > 0, "at least 1")?;
        let part = options.pct_start;
        let is_part = (0.0..=1.0).contains(&part);
        check("pct_start", part, is_part, "a number from 0 to 1")?;
        let initial_lr = quotient(options.max_lr, options.div_factor)?;
        let min_lr = quotient(initial_lr, options.final_div_factor)?;
        if options.cycle_momentum {
            let momenta = optimizer.momenta().ok_or(LrSchedulerError::NoMomentum)?;
            for momentum in momenta {
                *momentum = options.max_momentum;
            }
        }
        let groups = optimizer.lrs().len();
        optimizer.set_initial_lrs(&vec![initial_lr; groups])?;
        let phases = phases(&options, [initial_lr, min_lr]);
        Self::begin(optimizer, OneCycle { options, phases })
    }
}

fn phases(options: &OneCycleLrOptions, [initial_lr, min_lr]: [f64; 2]) -> Vec<Phase> {
    let max_lr = options.max_lr;
    let (base, max) = (options.base_momentum, options.max_momentum);
    let total = options.total_steps as f64;
    let phase = |end_step, lr, momentum| Phase {
        end_step,
        lr,
        momentum,
    };
    let rise = phase(
        options.pct_start * total - 1.0,
        [initial_lr, max_lr],
        [max, base],
    );
    let end = total - 1.0;
    match options.three_phase {
        false => vec![rise, phase(end, [max_lr, min_lr], [base, max])],
        true => vec![
            rise,
            phase(
                2.0 * options.pct_start * total - 2.0,
                [max_lr, initial_lr],
                [base, max],
            ),
            phase(end, [initial_lr, min_lr], [max, max]),
        ],
    }
}

impl OneCycle {
    /// The phase of a step, and how far it is, from 0 to 1.
    fn place(&self, step: i64) -> Result<(&Phase, f64), LrSchedulerError> {
        let step = step as f64;
        let mut start_step = 0.0;
        let mut phases = self.phases.iter().peekable();
        while let Some(phase) = phases.next() {
            if step <= phase.end_step || phases.peek().is_none() {
                let part = quotient(step - start_step, phase.end_step - start_step)?;
                return Ok((phase, part));
            }
            start_step = phase.end_step;
        }
        let total_steps = self.options.total_steps;
        Err(LrSchedulerError::Finished { total_steps })
    }

    fn annealed(&self, [start, end]: [f64; 2], part: f64) -> f64 {
        match self.options.anneal_strategy {
            Anneal::Cos => end + (start - end) / 2.0 * ((PI * part).cos() + 1.0),
            Anneal::Linear => (end - start) * part + start,
        }
    }
}

impl Schedule for OneCycle {
    fn lr(&self, moment: &Moment) -> Result<f64, LrSchedulerError> {
        let total_steps = self.options.total_steps;
        let is_over = u64::try_from(moment.epoch).is_ok_and(|step| step > total_steps);
        if is_over {
            return Err(LrSchedulerError::Finished { total_steps });
        }
        let (phase, part) = self.place(moment.epoch)?;
        Ok(self.annealed(phase.lr, part))
    }

    fn momentum(&self, step: i64) -> Option<f64> {
        let (phase, part) = self.place(step).ok()?;
        let is_cycled = self.options.cycle_momentum;
        is_cycled.then(|| self.annealed(phase.momentum, part))
    }
}
