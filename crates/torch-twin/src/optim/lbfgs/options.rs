use crate::optim::{OptimizerError, arguments};

/// How [`Lbfgs`](super::Lbfgs) finds the length of an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineSearch {
    /// `"strong_wolfe"`: a length that meets the strong Wolfe conditions.
    StrongWolfe,
}

/// The options of [`Lbfgs`](super::Lbfgs); their defaults are PyTorch's.
#[derive(Clone, Debug)]
pub struct LbfgsOptions {
    /// The learning rate: the length of an iteration, or where the line search begins.
    pub lr: f64,
    /// The most iterations in a step.
    pub max_iter: u64,
    /// The most evaluations of the loss in a step; five quarters of `max_iter` if none.
    pub max_eval: Option<u64>,
    /// The largest gradient at which a step ends.
    pub tolerance_grad: f64,
    /// The change of the parameters or of the loss below which a step ends.
    pub tolerance_change: f64,
    /// How many iterations the approximation of the Hessian remembers.
    pub history_size: usize,
    /// `line_search_fn`: none goes by `lr` alone.
    pub line_search: Option<LineSearch>,
}

impl Default for LbfgsOptions {
    fn default() -> Self {
        Self {
            lr: 1.0,
            max_iter: 20,
            max_eval: None,
            tolerance_grad: 1e-7,
            tolerance_change: 1e-9,
            history_size: 100,
            line_search: None,
        }
    }
}

impl LbfgsOptions {
    pub(super) fn check(&self) -> Result<(), OptimizerError> {
        arguments::at_least_zero("lr", self.lr)
    }

    pub(super) fn evaluations(&self) -> u64 {
        // max_iter * 5 // 4
        let most = self.max_iter.saturating_mul(5) / 4;
        self.max_eval.unwrap_or(most)
    }
}
