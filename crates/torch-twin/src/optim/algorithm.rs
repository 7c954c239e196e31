use tch::Tensor;

use super::OptimizerError;
use super::state::State;
use crate::TorchError;

/// Declares the options of an optimiser, each with PyTorch's default, and says which one schedulers take for its
/// momentum, if there is one: `momentum` or the first of `betas`.
macro_rules! options {
    (
        $(#[$of_struct:meta])*
        pub struct $Options:ident $((momentum: $($momentum:tt)+))? {
            $($(#[$of_option:meta])* $option:ident: $Type:ty = $default:expr,)*
        }
    ) => {
        $(#[$of_struct])*
        #[derive(Clone, Debug)]
        pub struct $Options {
            $($(#[$of_option])* pub $option: $Type,)*
        }

        impl Default for $Options {
            fn default() -> Self {
                Self { $($option: $default,)* }
            }
        }

        impl $crate::optim::algorithm::Rates for $Options {
            fn lr(&self) -> f64 {
                self.lr
            }

            fn set_lr(&mut self, lr: f64) {
                self.lr = lr;
            }

            $(fn momentum(&mut self) -> Option<&mut f64> {
                Some(&mut self.$($momentum)+)
            })?
        }
    };
}

pub(super) use options;

/// The options that schedulers change.
pub trait Rates {
    /// The option `lr`.
    fn lr(&self) -> f64;

    /// Sets the option `lr`.
    fn set_lr(&mut self, lr: f64);

    /// The option `momentum`, or the first of `betas`; none where there is neither.
    fn momentum(&mut self) -> Option<&mut f64> {
        None
    }
}

/// How an optimiser moves a parameter, by the options of a group of parameters.
pub trait Algorithm: Rates {
    /// The fewest steps that a state is kept for.
    const LEAST_STEP: u64 = 1;
    /// Whether a parameter that is listed twice has the state of its first update in its second one, in the first
    /// step already.
    const FIRST_STEP_IS_SEEN: bool = true;

    /// Refuses options that PyTorch's constructor refuses.
    ///
    /// # Errors
    /// The first of them.
    fn check(&self) -> Result<(), OptimizerError>;

    /// What is kept for a parameter.
    fn state_keys(&self) -> &'static [&'static str];

    /// What is kept for a parameter from the beginning.
    ///
    /// # Errors
    /// Too little memory.
    fn initial_state(&self, _parameter: &Tensor) -> Result<Option<State>, TorchError> {
        Ok(None)
    }

    /// Moves `parameter`; it has no `state` at its first step, unless there is an initial one.
    ///
    /// What is done to a value depends on no other value, so that parameters may stand side by side
    /// in one tensor.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError>;
}
