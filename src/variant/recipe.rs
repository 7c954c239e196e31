use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tch::Tensor;
use thiserror::Error;
use torch_twin::optim::lr_scheduler::LrSchedulerError;
use torch_twin::optim::{
    Adam, AdamOptions, AdamW, AdamWOptions, Optimizer, OptimizerError, Sgd, SgdOptions,
};

use super::{Schedule, Scheduler};
use crate::data::RandomAffine;

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Passes over the training set.
    pub epochs: u32,
    /// Images a training step; an epoch's last step takes what is left.
    pub batch_size: usize,
    /// What turns gradients into steps.
    pub optimizer: OptimizerName,
    /// The learning rate that training starts with.
    pub lr: f64,
    /// SGD's momentum.
    pub momentum: f64,
    /// The optimiser's weight decay.
    pub weight_decay: f64,
    /// How the learning rate changes.
    #[serde(flatten)]
    pub schedule: Schedule,
    /// How training images are varied.
    #[serde(flatten)]
    pub augmentation: RandomAffine,
}

/// An optimiser of `torch.optim` that a recipe can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerName {
    /// [`Adam`].
    Adam,
    /// [`AdamW`].
    AdamW,
    /// [`Sgd`].
    Sgd,
}

/// A text that names no such thing.
#[derive(Debug, Error)]
#[error("it is none of {0}")]
pub struct UnknownName(String);

/// A value that a recipe or a setting cannot have.
#[derive(Debug, Error)]
#[error("{name}: {value} is not {expected}")]
pub struct ValueError {
    /// Its name, as in `run.json`.
    pub name: &'static str,
    /// The value.
    pub value: String,
    /// What it may be.
    pub expected: String,
}

impl ValueError {
    pub(crate) fn new(name: &'static str, value: impl Display, expected: String) -> Self {
        Self {
            name,
            value: value.to_string(),
            expected,
        }
    }
}

impl Recipe {
    /// The recipe that the tutorial gives for all variants, without augmentation.
    pub const TUTORIAL: Self = Self {
        epochs: 5,
        batch_size: 64,
        optimizer: OptimizerName::Adam,
        lr: 0.001,
        momentum: 0.0,
        weight_decay: 0.0,
        schedule: Schedule::CONSTANT,
        augmentation: RandomAffine::NONE,
    };

    /// The best recipe found, on training images that were held out; without augmentation.
    pub const BEST: Self = Self {
        epochs: 30,
        optimizer: OptimizerName::Sgd,
        lr: 0.1,
        momentum: 0.9,
        weight_decay: 0.0005,
        schedule: Schedule::COSINE,
        ..Self::TUTORIAL
    };

    /// The recipe's optimiser, for `parameters`.
    ///
    /// # Errors
    /// A negative learning rate, momentum or weight decay.
    pub fn optimizer(&self, parameters: Vec<Tensor>) -> Result<Box<dyn Optimizer>, OptimizerError> {
        let &Self {
            lr,
            momentum,
            weight_decay,
            ..
        } = self;
        Ok(match self.optimizer {
            OptimizerName::Adam => {
                let options = AdamOptions {
                    lr,
                    weight_decay,
                    ..AdamOptions::default()
                };
                Box::new(Adam::new(parameters, options)?)
            }
            OptimizerName::AdamW => {
                let options = AdamWOptions {
                    lr,
                    weight_decay,
                    ..AdamWOptions::default()
                };
                Box::new(AdamW::new(parameters, options)?)
            }
            OptimizerName::Sgd => {
                let options = SgdOptions {
                    lr,
                    momentum,
                    weight_decay,
                    ..SgdOptions::default()
                };
                Box::new(Sgd::new(parameters, options)?)
            }
        })
    }

    /// The recipe's scheduler, which sets the learning rate of the first step.
    ///
    /// # Errors
    /// Arguments that PyTorch's refuses.
    pub fn scheduler(
        &self,
        optimizer: &mut dyn Optimizer,
        steps_per_epoch: usize,
    ) -> Result<Scheduler, LrSchedulerError> {
        self.schedule.scheduler(self, optimizer, steps_per_epoch)
    }

    /// The recipe for people, without the augmentation.
    pub fn in_words(&self) -> String {
        let optimizer = match self.optimizer {
            OptimizerName::Adam => "Adam".to_owned(),
            OptimizerName::AdamW => "AdamW".to_owned(),
            OptimizerName::Sgd => format!("SGD with momentum {}", self.momentum),
        };
        let epochs = if self.epochs == 1 { "epoch" } else { "epochs" };
        format!(
            "{} {epochs}, batches of {}, {optimizer}, {}, weight decay {}",
            self.epochs,
            self.batch_size,
            self.schedule.in_words(self.lr),
            self.weight_decay
        )
    }
}

impl OptimizerName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Adam, Self::AdamW, Self::Sgd];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adam => "adam",
            Self::AdamW => "adamw",
            Self::Sgd => "sgd",
        }
    }
}

impl FromStr for OptimizerName {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|choice| choice.name() == text);
        found.ok_or_else(|| UnknownName(Self::ALL.map(Self::name).join(", ")))
    }
}
