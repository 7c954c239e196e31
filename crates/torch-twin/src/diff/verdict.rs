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
    /// What goes into the network.
    Data { step: u64 },
    /// A module's forward; with `before`, its own code before it calls that module.
    Forward {
        name: String,
        before: Option<String>,
        step: u64,
    },
    /// The loss function, or the targets.
    Loss { step: u64 },
    /// The backward of the module that has this parameter, or of what comes between it and the next.
    Backward { name: String, step: u64 },
    /// What a module's forward keeps in a buffer, such as a running mean.
    Buffer { name: String, step: u64 },
    /// What the optimiser keeps.
    OptimizerState { name: String, step: u64 },
    /// What the optimiser does to this parameter.
    OptimizerUpdate { name: String, step: u64 },
    /// Weights as they were after this step.
    Weights { name: String, step: u64 },
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
        judge::verdict(rows, None)
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
            Self::Data { step } => write!(f, "the data, step {step}"),
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
            Self::Loss { step } => write!(f, "the loss, step {step}"),
            Self::Backward { name, step } => write!(f, "{}, backward, step {step}", quoted(name)),
            Self::Buffer { name, step } => write!(f, "{}, buffer, step {step}", quoted(name)),
            Self::OptimizerState { name, step } => {
                write!(f, "{}, optimizer state, step {step}", quoted(name))
            }
            Self::OptimizerUpdate { name, step } => {
                write!(f, "{}, optimizer update, step {step}", quoted(name))
            }
            Self::Weights { name, step } => write!(f, "{}, weights of step {step}", quoted(name)),
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
