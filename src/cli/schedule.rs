//! Options for how the learning rate changes.

use clap::{Args, ValueEnum};
use lenet5::variant::Schedule;

use super::failure::UsageError;
use super::options::number;

/// PyTorch's own defaults, where it has one.
const GAMMA: f64 = 0.1;
const PLATEAU_PATIENCE: u32 = 10;

/// The schedule of the learning rate; what is not given is as the recipe has it.
#[derive(Args)]
pub struct ScheduleOptions {
    /// How the learning rate changes, as in torch.optim.lr_scheduler [default: the recipe's]
    #[arg(long, value_enum, value_name = "NAME")]
    schedule: Option<Name>,

    /// What the learning rate is multiplied by, with exponential, step, multistep and plateau
    /// [default: 0.1; exponential has none]
    #[arg(long, value_name = "FACTOR", allow_negative_numbers = true, value_parser = number)]
    gamma: Option<f64>,

    /// Epochs from one multiplication to the next, with step
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    step_size: Option<u32>,

    /// Epochs after which to multiply, with multistep, as in 10,20
    #[arg(long, value_name = "EPOCHS", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    milestones: Option<Vec<u32>>,

    /// Part of the learning rate that is left at the end, with linear [default: 0]
    #[arg(long, value_name = "FACTOR", allow_negative_numbers = true, value_parser = number)]
    end_factor: Option<f64>,

    /// Epochs without a lower loss on the images held out that are borne, with plateau [default: 10]
    #[arg(long, value_name = "N")]
    plateau_patience: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    /// It stays
    Constant,
    /// Down to 0 along half a cosine, over all epochs
    Cosine,
    /// Down in a straight line, over all epochs
    Linear,
    /// Times --gamma after each epoch
    Exponential,
    /// Times --gamma after every --step-size epochs
    Step,
    /// Times --gamma after the epochs of --milestones
    Multistep,
    /// From step to step, up to --lr and down again; the momentum, or Adam's first beta, the other way
    Onecycle,
    /// Times --gamma when the loss on the images held out (--validation) does not fall any more
    Plateau,
}

impl Name {
    fn is_of(self, schedule: &Schedule) -> bool {
        let value = self.to_possible_value();
        value.is_some_and(|value| value.get_name() == schedule.name())
    }
}

impl ScheduleOptions {
    /// The schedule that was named, or else `base`, with what was given in place of what it has.
    pub fn over(&self, base: &Schedule) -> Result<Schedule, UsageError> {
        let schedule = match self.schedule {
            Some(name) if !name.is_of(base) => self.named(name)?,
            _ => self.changed(base.clone()),
        };
        self.refuse_what_it_has_not(&schedule)?;
        Ok(schedule)
    }

    fn changed(&self, mut schedule: Schedule) -> Schedule {
        match &mut schedule {
            Schedule::Constant | Schedule::Cosine | Schedule::OneCycle => {}
            Schedule::Linear { end_factor } => replace(end_factor, &self.end_factor),
            Schedule::Exponential { gamma } => replace(gamma, &self.gamma),
            Schedule::Step { step_size, gamma } => {
                replace(step_size, &self.step_size);
                replace(gamma, &self.gamma);
            }
            Schedule::MultiStep { milestones, gamma } => {
                replace(milestones, &self.milestones);
                replace(gamma, &self.gamma);
            }
            Schedule::Plateau {
                gamma,
                plateau_patience,
            } => {
                replace(gamma, &self.gamma);
                replace(plateau_patience, &self.plateau_patience);
            }
        }
        schedule
    }

    fn named(&self, name: Name) -> Result<Schedule, UsageError> {
        let gamma = self.gamma.unwrap_or(GAMMA);
        let named = match name {
            Name::Constant => Schedule::Constant,
            Name::Cosine => Schedule::Cosine,
            Name::Onecycle => Schedule::OneCycle,
            Name::Linear => Schedule::Linear {
                end_factor: self.end_factor.unwrap_or(0.0),
            },
            Name::Plateau => Schedule::Plateau {
                gamma,
                plateau_patience: self.plateau_patience.unwrap_or(PLATEAU_PATIENCE),
            },
            Name::Exponential => Schedule::Exponential {
                gamma: self.gamma.ok_or_else(|| missing("exponential", "gamma"))?,
            },
            Name::Step => Schedule::Step {
                step_size: self.step_size.ok_or_else(|| missing("step", "step-size"))?,
                gamma,
            },
            Name::Multistep => {
                let milestones = self.milestones.clone();
                let milestones = milestones.ok_or_else(|| missing("multistep", "milestones"))?;
                Schedule::MultiStep { milestones, gamma }
            }
        };
        Ok(named)
    }

    fn refuse_what_it_has_not(&self, schedule: &Schedule) -> Result<(), UsageError> {
        let has = serde_json::to_value(schedule).unwrap_or_default();
        let given = [
            ("gamma", self.gamma.is_some()),
            ("step-size", self.step_size.is_some()),
            ("milestones", self.milestones.is_some()),
            ("end-factor", self.end_factor.is_some()),
            ("plateau-patience", self.plateau_patience.is_some()),
        ];
        for (option, is_given) in given {
            if is_given && has.get(option.replace('-', "_")).is_none() {
                let name = schedule.name();
                return Err(UsageError(format!(
                    "--{option}: the schedule {name} has none"
                )));
            }
        }
        Ok(())
    }
}

fn missing(schedule: &str, option: &str) -> UsageError {
    UsageError(format!("--schedule {schedule} takes --{option} too"))
}

fn replace<T: Clone>(value: &mut T, given: &Option<T>) {
    if let Some(given) = given {
        *value = given.clone();
    }
}
