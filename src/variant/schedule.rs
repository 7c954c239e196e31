use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use torch_twin::optim::Optimizer;
use torch_twin::optim::lr_scheduler::{
    ConstantLr, CosineAnnealingLr, ExponentialLr, LinearLr, LrScheduler, LrSchedulerError,
    MultiStepLr, OneCycleLr, OneCycleLrOptions, ReduceLrOnPlateau, ReduceLrOnPlateauOptions,
    StepLr,
};

use super::{Recipe, ValueError};

/// How the learning rate changes while a network is trained: a kind of schedule, with all arguments
/// that this kind takes and no others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Named")]
pub struct Schedule {
    #[serde(rename = "schedule")]
    kind: &'static ScheduleKind,
    #[serde(flatten)]
    arguments: ScheduleArguments,
}

/// A kind of schedule that can be chosen by name, from `torch.optim.lr_scheduler`.
pub struct ScheduleKind {
    /// The name on the command line and in files.
    pub name: &'static str,
    /// What it does, for people.
    pub help: &'static str,
    /// Whether the number of epochs decides the learning rate of each of them, so that a run of more
    /// epochs is another one from the first.
    is_spread_over_epochs: bool,
    /// Whether it goes by the loss on the images held out.
    goes_by_losses: bool,
    takes: &'static [&'static str],
    /// PyTorch's defaults, where it has them.
    defaults: ScheduleArguments,
    words: &'static str,
    scheduler: fn(&Plan<'_>, &mut dyn Optimizer) -> Result<Scheduler, LrSchedulerError>,
}

/// The arguments of all kinds of schedule; what was not given is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduleArguments {
    /// What the learning rate is multiplied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gamma: Option<f64>,
    /// Epochs from one multiplication to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_size: Option<u32>,
    /// The epochs after which it is multiplied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milestones: Option<Vec<u32>>,
    /// The part of the first learning rate that is left at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_factor: Option<f64>,
    /// Epochs without a lower loss that are borne.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plateau_patience: Option<u32>,
}

/// What a scheduler is made of.
struct Plan<'a> {
    recipe: &'a Recipe,
    steps_per_epoch: usize,
    gamma: f64,
    step_size: u32,
    milestones: &'a [u32],
    end_factor: f64,
    plateau_patience: u32,
}

const STAYS: ScheduleKind = ScheduleKind {
    name: "constant",
    help: "It stays",
    is_spread_over_epochs: false,
    goes_by_losses: false,
    takes: &[],
    defaults: ScheduleArguments::NONE,
    words: "constant learning rate from {lr}",
    scheduler: |plan, optimizer| by_epoch(ConstantLr::new(optimizer, 1.0, plan.recipe.epochs)),
};

static CONSTANT: ScheduleKind = STAYS;

static COSINE: ScheduleKind = ScheduleKind {
    name: "cosine",
    help: "Down to 0 along half a cosine, over all epochs",
    is_spread_over_epochs: true,
    words: "cosine learning rate from {lr}",
    scheduler: |plan, optimizer| {
        by_epoch(CosineAnnealingLr::new(optimizer, plan.recipe.epochs, 0.0))
    },
    ..STAYS
};

/// All kinds of schedule.
pub static SCHEDULES: [&ScheduleKind; 8] = [
    &CONSTANT,
    &COSINE,
    &ScheduleKind {
        name: "linear",
        help: "Down in a straight line, over all epochs",
        is_spread_over_epochs: true,
        takes: &["end_factor"],
        defaults: ScheduleArguments {
            end_factor: Some(0.0),
            ..ScheduleArguments::NONE
        },
        words: "linear learning rate from {lr}, times {end_factor} at the end",
        scheduler: |plan, optimizer| {
            let epochs = plan.recipe.epochs;
            by_epoch(LinearLr::new(optimizer, 1.0, plan.end_factor, epochs))
        },
        ..STAYS
    },
    &ScheduleKind {
        name: "exponential",
        help: "Times gamma after each epoch",
        takes: &["gamma"],
        words: "exponential learning rate from {lr}, times {gamma} each epoch",
        scheduler: |plan, optimizer| by_epoch(ExponentialLr::new(optimizer, plan.gamma)),
        ..STAYS
    },
    &ScheduleKind {
        name: "step",
        help: "Times gamma after every step-size epochs",
        takes: &["gamma", "step_size"],
        defaults: GAMMA,
        words: "learning rate from {lr}, times {gamma} each {step_size} epochs",
        scheduler: |plan, optimizer| by_epoch(StepLr::new(optimizer, plan.step_size, plan.gamma)),
        ..STAYS
    },
    &ScheduleKind {
        name: "multistep",
        help: "Times gamma after the epochs of milestones",
        takes: &["gamma", "milestones"],
        defaults: GAMMA,
        words: "learning rate from {lr}, times {gamma} after epochs {milestones}",
        scheduler: |plan, optimizer| {
            by_epoch(MultiStepLr::new(optimizer, plan.milestones, plan.gamma))
        },
        ..STAYS
    },
    &ScheduleKind {
        name: "onecycle",
        help: "From step to step, up to the learning rate and down again; the momentum, or Adam's \
               first beta, the other way",
        is_spread_over_epochs: true,
        words: "one cycle of the learning rate up to {lr}",
        scheduler: |plan, optimizer| {
            let total_steps = u64::from(plan.recipe.epochs) * plan.steps_per_epoch as u64;
            let options = OneCycleLrOptions::new(plan.recipe.lr, total_steps);
            Ok(Scheduler::Batches(OneCycleLr::new(optimizer, options)?))
        },
        ..STAYS
    },
    &ScheduleKind {
        name: "plateau",
        help: "Times gamma when the loss on the images held out does not fall any more",
        goes_by_losses: true,
        takes: &["gamma", "plateau_patience"],
        defaults: ScheduleArguments {
            plateau_patience: Some(10),
            ..GAMMA
        },
        words: "learning rate from {lr}, times {gamma} after {plateau_patience} epochs without a \
                lower held-out loss",
        scheduler: |plan, _| {
            let options = ReduceLrOnPlateauOptions {
                factor: plan.gamma,
                patience: plan.plateau_patience,
                ..ReduceLrOnPlateauOptions::default()
            };
            Ok(Scheduler::Losses(ReduceLrOnPlateau::new(options)?))
        },
        ..STAYS
    },
];

const GAMMA: ScheduleArguments = ScheduleArguments {
    gamma: Some(0.1),
    ..ScheduleArguments::NONE
};

impl Schedule {
    /// The learning rate stays.
    pub const CONSTANT: Self = Self {
        kind: &CONSTANT,
        arguments: ScheduleArguments::NONE,
    };

    /// The learning rate goes down to 0 along half a cosine.
    pub const COSINE: Self = Self {
        kind: &COSINE,
        arguments: ScheduleArguments::NONE,
    };

    /// The schedule of that kind, with its defaults for what is not given.
    ///
    /// # Errors
    /// An argument that the kind does not take, or one that it takes, has no default for, and lacks.
    pub fn new(kind: &'static ScheduleKind, given: ScheduleArguments) -> Result<Self, ValueError> {
        let arguments = given.or(&kind.defaults);
        for (name, value) in arguments.named() {
            match (kind.takes.contains(&name), value) {
                (true, None) => {
                    let expected = format!("complete without {name}");
                    return Err(ValueError::new("schedule", kind.name, expected));
                }
                (false, Some(value)) => {
                    let expected = format!("taken: the schedule {} has no {name}", kind.name);
                    return Err(ValueError::new(name, value, expected));
                }
                _ => {}
            }
        }
        Ok(Self { kind, arguments })
    }

    /// Its kind.
    pub fn kind(&self) -> &'static ScheduleKind {
        self.kind
    }

    /// Its arguments: those that its kind takes.
    pub fn arguments(&self) -> &ScheduleArguments {
        &self.arguments
    }

    /// Whether the number of epochs decides the learning rate of each of them, so that a run of
    /// more epochs is another one from the first.
    pub fn is_spread_over_epochs(&self) -> bool {
        self.kind.is_spread_over_epochs
    }

    /// Whether it goes by the loss on the images held out.
    pub fn goes_by_losses(&self) -> bool {
        self.kind.goes_by_losses
    }

    /// The schedule for people, from the learning rate `lr` on.
    pub fn in_words(&self, lr: f64) -> String {
        let words = self.kind.words.replace("{lr}", &lr.to_string());
        let arguments = self.arguments.named().into_iter();
        arguments.fold(words, |words, (name, value)| {
            words.replace(&format!("{{{name}}}"), &value.unwrap_or_default())
        })
    }

    /// The scheduler of a training by `recipe`, which sets the learning rate of the first step.
    ///
    /// # Errors
    /// Arguments that PyTorch's refuses.
    pub(super) fn scheduler(
        &self,
        recipe: &Recipe,
        optimizer: &mut dyn Optimizer,
        steps_per_epoch: usize,
    ) -> Result<Scheduler, LrSchedulerError> {
        // A schedule has what its kind takes; nothing else is looked at.
        let arguments = &self.arguments;
        let plan = Plan {
            recipe,
            steps_per_epoch,
            gamma: arguments.gamma.unwrap_or_default(),
            step_size: arguments.step_size.unwrap_or_default(),
            milestones: arguments.milestones.as_deref().unwrap_or_default(),
            end_factor: arguments.end_factor.unwrap_or_default(),
            plateau_patience: arguments.plateau_patience.unwrap_or_default(),
        };
        (self.kind.scheduler)(&plan, optimizer)
    }
}

impl ScheduleArguments {
    const NONE: Self = Self {
        gamma: None,
        step_size: None,
        milestones: None,
        end_factor: None,
        plateau_patience: None,
    };

    /// These, and those of `other` in place of what is none.
    pub fn or(self, other: &Self) -> Self {
        Self {
            gamma: self.gamma.or(other.gamma),
            step_size: self.step_size.or(other.step_size),
            milestones: self.milestones.or_else(|| other.milestones.clone()),
            end_factor: self.end_factor.or(other.end_factor),
            plateau_patience: self.plateau_patience.or(other.plateau_patience),
        }
    }

    /// Each with its name, as a text.
    fn named(&self) -> [(&'static str, Option<String>); 5] {
        let epochs = |epochs: &Vec<u32>| {
            let epochs: Vec<_> = epochs.iter().map(u32::to_string).collect();
            epochs.join(", ")
        };
        [
            ("gamma", self.gamma.map(|gamma| gamma.to_string())),
            ("step_size", self.step_size.map(|size| size.to_string())),
            ("milestones", self.milestones.as_ref().map(epochs)),
            ("end_factor", self.end_factor.map(|part| part.to_string())),
            (
                "plateau_patience",
                self.plateau_patience.map(|epochs| epochs.to_string()),
            ),
        ]
    }
}

/// A schedule as files have it.
#[derive(Deserialize)]
struct Named {
    schedule: String,
    #[serde(flatten)]
    arguments: ScheduleArguments,
}

impl TryFrom<Named> for Schedule {
    type Error = ValueError;

    fn try_from(named: Named) -> Result<Self, ValueError> {
        let Named {
            schedule,
            arguments,
        } = named;
        let kind = SCHEDULES.into_iter().find(|kind| kind.name == schedule);
        let known = || ValueError::new("schedule", &schedule, "one that is known".to_owned());
        Self::new(kind.ok_or_else(known)?, arguments)
    }
}

impl PartialEq for ScheduleKind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for ScheduleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Serialize for ScheduleKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// Sets an optimiser's learning rate as a recipe has it, at the times when PyTorch's scheduler would
/// be stepped.
pub enum Scheduler {
    /// Stepped after each epoch.
    Epochs(Box<dyn LrScheduler>),
    /// Stepped after each batch.
    Batches(OneCycleLr),
    /// Stepped with the loss on the images held out.
    Losses(ReduceLrOnPlateau),
}

impl Scheduler {
    /// To be called after each batch.
    ///
    /// # Errors
    /// A schedule that is at its end.
    pub fn after_step(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError> {
        match self {
            Self::Batches(scheduler) => scheduler.step(optimizer),
            Self::Epochs(_) | Self::Losses(_) => Ok(()),
        }
    }

    /// To be called after each epoch.
    ///
    /// # Errors
    /// A schedule that is at its end.
    pub fn after_epoch(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError> {
        match self {
            Self::Epochs(scheduler) => scheduler.step(optimizer),
            Self::Batches(_) | Self::Losses(_) => Ok(()),
        }
    }

    /// To be called with the loss on the images held out, after each epoch.
    ///
    /// # Errors
    /// As [`ReduceLrOnPlateau::step`].
    pub fn after_validation(
        &mut self,
        loss: f64,
        optimizer: &mut dyn Optimizer,
    ) -> Result<(), LrSchedulerError> {
        match self {
            Self::Losses(scheduler) => scheduler.step(loss, optimizer),
            Self::Epochs(_) | Self::Batches(_) => Ok(()),
        }
    }

    /// Brings the learning rate to where `progress` is: a scheduler keeps nothing but what its
    /// steps so far lead to.
    ///
    /// # Errors
    /// A schedule that is at its end.
    pub fn replay(
        &mut self,
        optimizer: &mut dyn Optimizer,
        epochs: u32,
        total_steps: u64,
        mut validation_losses: impl Iterator<Item = f64>,
    ) -> Result<(), LrSchedulerError> {
        match self {
            Self::Epochs(scheduler) => (0..epochs).try_for_each(|_| scheduler.step(optimizer)),
            Self::Batches(scheduler) => {
                (0..total_steps).try_for_each(|_| scheduler.step(optimizer))
            }
            Self::Losses(scheduler) => {
                validation_losses.try_for_each(|loss| scheduler.step(loss, optimizer))
            }
        }
    }
}

/// A scheduler that is stepped after each epoch.
pub(super) fn by_epoch<S: LrScheduler + 'static>(
    scheduler: Result<S, LrSchedulerError>,
) -> Result<Scheduler, LrSchedulerError> {
    Ok(Scheduler::Epochs(Box::new(scheduler?)))
}
