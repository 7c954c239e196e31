use std::fmt;

use serde::Serialize;

use super::{Row, judge};
use crate::printable;
use crate::trace::Kind;

/// The first stage that is not equal though all that it depends on is; or what one side did not record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// What it is.
    #[serde(flatten)]
    pub cause: Cause,
    /// Why it is this one, in one sentence.
    pub reason: String,
}

/// What parts two programs. `step` is the step of training, 0 what was before the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "`name` is the tensor's in the trace, `step` is said above"
)]
pub enum Cause {
    /// A parameter or buffer at the start.
    InitialValue { name: String },
    /// The order in which A and B list their parameters, and draw them: A has `name` where B has `other`.
    Order { name: String, other: String },
    /// The initial value of A's `name` is that of B's `other`.
    Swapped { name: String, other: String },
    /// What goes into the network.
    Data { name: String, index: u64, step: u64 },
    /// What goes into the network, and is an earlier output of it on one side at least.
    CarriedState { name: String, index: u64, step: u64 },
    /// A module's forward; with `before`, its own code before it calls that module.
    Forward {
        name: String,
        before: Option<String>,
        step: u64,
    },
    /// The loss function, or the targets.
    Loss { name: String, step: u64 },
    /// The backward of the module that has this parameter, or of what comes between it and the next.
    Backward { name: String, step: u64 },
    /// What a module's forward keeps in a buffer, such as a running mean.
    Buffer { name: String, step: u64 },
    /// What the optimizer keeps.
    OptimizerState { name: String, step: u64 },
    /// The order of the optimizer's parameters: A's parameter `name` is B's parameter `other`.
    OptimizerOrder {
        name: String,
        other: String,
        step: u64,
    },
    /// The learning rate of a group of parameters.
    LearningRate {
        optimizer: String,
        group: usize,
        step: u64,
    },
    /// What the optimizer does to this parameter.
    OptimizerUpdate { name: String, step: u64 },
    /// Weights as they were after this step; in two files of weights there is no step.
    Weights { name: String, step: Option<u64> },
    /// Something in steps of which there is no record.
    Unrecorded { first: u64, last: u64 },
    /// A stage of the side `only_in`, which changes nothing that both sides have.
    OneSided {
        kind: Kind,
        name: String,
        step: u64,
        only_in: char,
    },
    /// All stages of a kind, or of a whole step, which the side `missing_in` did not record.
    NotRecorded {
        kind: Option<Kind>,
        step: u64,
        missing_in: char,
    },
}

impl Verdict {
    /// The verdict on these stages, which are in the order in which they were computed; none where all are equal.
    pub fn of(rows: &[Row]) -> Option<Self> {
        judge::verdict(rows, None, None)
    }

    pub(super) fn new(cause: Cause, reason: String) -> Self {
        Self { cause, reason }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause {
            Cause::NotRecorded { .. } => write!(f, "not recorded: {}", self.cause),
            _ => write!(f, "first difference: {}", self.cause),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InitialValue { name } => write!(f, "initial value of {}", quoted(name)),
            Self::Order { name, other } => {
                let (name, other) = (quoted(name), quoted(other));
                write!(f, "the order of the parameters: {name} in A, {other} in B")
            }
            Self::Swapped { name, other } => {
                let (name, other) = (quoted(name), quoted(other));
                write!(f, "the order of the draws: {name} of A is {other} of B")
            }
            Self::Data {
                name,
                index: 0,
                step,
            } if name.is_empty() => {
                write!(f, "the data, step {step}")
            }
            Self::Data { name, index, step } => {
                write!(
                    f,
                    "the data, step {step}: input {index} of {}",
                    module(name)
                )
            }
            Self::CarriedState { name, index, step } => {
                let name = module(name);
                write!(f, "the carried state, step {step}: input {index} of {name}")
            }
            Self::Forward {
                name,
                before: None,
                step,
            } => {
                write!(f, "{}, forward, step {step}", module(name))
            }
            Self::Forward {
                name,
                before: Some(before),
                step,
            } => {
                write!(
                    f,
                    "{} before {}, forward, step {step}",
                    module(name),
                    quoted(before)
                )
            }
            Self::Loss { name, step } if name == "loss" => write!(f, "the loss, step {step}"),
            Self::Loss { name, step } => write!(f, "the loss {}, step {step}", quoted(name)),
            Self::Backward { name, step } => write!(f, "{}, backward, step {step}", quoted(name)),
            Self::Buffer { name, step } => write!(f, "{}, buffer, step {step}", quoted(name)),
            Self::OptimizerState { name, step } => {
                write!(f, "{}, optimizer state, step {step}", quoted(name))
            }
            Self::OptimizerOrder { name, other, step } => {
                let (name, other) = (quoted(name), quoted(other));
                write!(
                    f,
                    "the order of the optimizer's parameters, step {step}: {name} in A is {other} in B"
                )
            }
            Self::LearningRate {
                optimizer,
                group,
                step,
            } => {
                f.write_str("the learning rate")?;
                if *group > 0 {
                    write!(f, " of group {group}")?;
                }
                if !optimizer.is_empty() {
                    write!(f, " of {}", quoted(optimizer))?;
                }
                write!(f, ", step {step}")
            }
            Self::OptimizerUpdate { name, step } => {
                write!(f, "{}, optimizer update, step {step}", quoted(name))
            }
            Self::Weights {
                name,
                step: Some(step),
            } => write!(f, "{}, weights of step {step}", quoted(name)),
            Self::Weights { name, step: None } => f.write_str(&quoted(name)),
            Self::Unrecorded { first, last } if first == last => {
                write!(f, "step {first}, which is not recorded")
            }
            Self::Unrecorded { first, last } => {
                write!(f, "steps {first} to {last}, which are not recorded")
            }
            Self::OneSided {
                kind,
                name,
                step,
                only_in,
            } => {
                let name = module(name);
                write!(f, "only {only_in} has {name}, {kind}, step {step}")
            }
            Self::NotRecorded {
                kind: Some(kind),
                step,
                missing_in,
            } => write!(f, "{}, step {step}, in {missing_in}", plural(*kind)),
            Self::NotRecorded {
                kind: None,
                step,
                missing_in,
            } => write!(f, "step {step}, in {missing_in}"),
        }
    }
}

/// A tensor's or module's name, as messages have it.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", printable(name))
}

/// A module's name; that of the network itself is empty.
pub(super) fn module(name: &str) -> String {
    match name {
        "" => "the network".to_owned(),
        name => quoted(name),
    }
}

/// All stages of a kind, in words.
fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Weight => "weights",
        Kind::Input | Kind::Output => "calls of modules",
        Kind::Loss => "the loss",
        Kind::Gradient => "gradients",
        Kind::Optimizer => "the optimizer's state",
    }
}
