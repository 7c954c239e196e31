use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::TorchError;
use crate::data::RandomAffine;
use crate::nn::optim::{Adam, AdamW, LrScheduler, Optimizer, OptimizerKind, Schedule, Sgd};

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Passes over the training set.
    pub epochs: u32,
    /// Images a training step; an epoch's last step takes what is left.
    pub batch_size: usize,
    /// What turns gradients into steps.
    pub optimizer: OptimizerKind,
    /// The learning rate that training starts with.
    pub lr: f64,
    /// SGD's momentum.
    pub momentum: f64,
    /// The optimiser's weight decay.
    pub weight_decay: f64,
    /// How the learning rate changes from epoch to epoch.
    pub schedule: Schedule,
    /// How training images are varied.
    #[serde(flatten)]
    pub augmentation: RandomAffine,
}

impl Recipe {
    /// The recipe that the tutorial gives for all variants, without augmentation.
    pub const TUTORIAL: Self = Self {
        epochs: 5,
        batch_size: 64,
        optimizer: OptimizerKind::Adam,
        lr: 0.001,
        momentum: 0.0,
        weight_decay: 0.0,
        schedule: Schedule::Constant,
        augmentation: RandomAffine::NONE,
    };

    /// The best recipe found, on training images that were held out; without augmentation.
    pub const BEST: Self = Self {
        epochs: 30,
        optimizer: OptimizerKind::Sgd,
        lr: 0.1,
        momentum: 0.9,
        weight_decay: 0.0005,
        schedule: Schedule::Cosine,
        ..Self::TUTORIAL
    };

    /// The recipe's optimiser, for `parameters`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn optimizer(&self, parameters: Vec<Tensor>) -> Result<Box<dyn Optimizer>, TorchError> {
        let (lr, weight_decay) = (self.lr, self.weight_decay);
        Ok(match self.optimizer {
            OptimizerKind::Adam => Box::new(Adam::new(parameters, lr, weight_decay)?),
            OptimizerKind::AdamW => Box::new(AdamW::new(parameters, lr, weight_decay)?),
            OptimizerKind::Sgd => Box::new(Sgd::new(parameters, lr, self.momentum, weight_decay)),
        })
    }

    /// The recipe's schedule, at its start.
    pub fn lr_scheduler(&self) -> LrScheduler {
        LrScheduler::new(self.schedule, self.lr, self.epochs)
    }
}
