use serde::{Deserialize, Serialize};

/// How the learning rate changes while a network is trained, as in `torch.optim.lr_scheduler`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "schedule", rename_all = "lowercase")]
pub enum Schedule {
    /// It stays.
    Constant,
    /// `CosineAnnealingLR` over all epochs, down to 0.
    Cosine,
    /// `LinearLR` over all epochs, from 1 to `end_factor`.
    Linear {
        /// The part of the first learning rate that is left at the end.
        end_factor: f64,
    },
    /// `ExponentialLR`.
    Exponential {
        /// What the learning rate is multiplied by after each epoch.
        gamma: f64,
    },
    /// `StepLR`.
    Step {
        /// Epochs from one multiplication to the next.
        step_size: u32,
        /// What the learning rate is multiplied by.
        gamma: f64,
    },
    /// `MultiStepLR`.
    MultiStep {
        /// The epochs after which it is multiplied.
        milestones: Vec<u32>,
        /// What it is multiplied by.
        gamma: f64,
    },
    /// `OneCycleLR` over all steps, with the recipe's learning rate as the largest.
    OneCycle,
    /// `ReduceLROnPlateau` by the loss on the images held out.
    Plateau {
        /// What the learning rate is multiplied by.
        gamma: f64,
        /// Epochs without a lower loss that are borne.
        plateau_patience: u32,
    },
}

impl Schedule {
    /// The name on the command line and in files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Cosine => "cosine",
            Self::Linear { .. } => "linear",
            Self::Exponential { .. } => "exponential",
            Self::Step { .. } => "step",
            Self::MultiStep { .. } => "multistep",
            Self::OneCycle => "onecycle",
            Self::Plateau { .. } => "plateau",
        }
    }

    /// Whether the number of epochs decides the learning rate of each of them, so that a run of
    /// more epochs is another one from the first.
    pub fn is_spread_over_epochs(&self) -> bool {
        matches!(self, Self::Cosine | Self::Linear { .. } | Self::OneCycle)
    }

    /// The schedule for people, from the learning rate `lr` on.
    pub fn in_words(&self, lr: f64) -> String {
        let name = self.name();
        match self {
            Self::Constant | Self::Cosine => format!("{name} learning rate from {lr}"),
            Self::Linear { end_factor } => {
                format!("{name} learning rate from {lr}, times {end_factor} at the end")
            }
            Self::Exponential { gamma } => {
                format!("{name} learning rate from {lr}, times {gamma} each epoch")
            }
            Self::Step { step_size, gamma } => {
                format!("learning rate from {lr}, times {gamma} each {step_size} epochs")
            }
            Self::MultiStep { milestones, gamma } => {
                let epochs: Vec<_> = milestones.iter().map(u32::to_string).collect();
                let epochs = epochs.join(", ");
                format!("learning rate from {lr}, times {gamma} after epochs {epochs}")
            }
            Self::OneCycle => format!("one cycle of the learning rate up to {lr}"),
            Self::Plateau {
                gamma,
                plateau_patience,
            } => format!(
                "learning rate from {lr}, times {gamma} after {plateau_patience} epochs without a \
                 lower held-out loss"
            ),
        }
    }
}
