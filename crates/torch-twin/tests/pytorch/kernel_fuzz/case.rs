//! A case: an operator, its tensors, and what is made of its output.

use std::fmt;

use tch::{Kind, Tensor};

use super::dice::Dice;
use super::layout::Layout;
use super::operator::{Operator, Side};
use super::outcome::{Outcome, difference};
use super::values::Values;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    NoGrad,
    Grad,
    /// `create_graph=True`, and then the gradients of the gradients.
    CreateGraph,
}

/// What decides how the output's gradient lies in memory, and whether it requires a gradient.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// The gradient is one value, expanded.
    Sum,
    /// The gradient is a tensor that lies so.
    Weighted(Layout),
    /// The gradient has the bit that stands for a negation.
    Conjugate,
    /// The gradient depends on the output.
    Nonlinear,
}

struct Leaf {
    tensor: Tensor,
    requires_grad: bool,
    about: String,
}

pub struct Case {
    operator: Operator,
    leaves: Vec<Leaf>,
    threads: i32,
    mode: Mode,
    loss: Loss,
    /// From which both sides draw what outputs are multiplied by.
    factors: u64,
}

impl Case {
    pub fn new(operator: Operator, dice: &mut Dice) -> Self {
        let shared = Values::draw(dice);
        let leaves = operator
            .shapes()
            .iter()
            .map(|shape| Leaf::draw(shape, shared, dice))
            .collect();
        Self {
            operator,
            leaves,
            threads: dice.pick(&[1, 1, 2, 2, 2, 2, 3, 4]),
            mode: dice.pick(&[
                Mode::NoGrad,
                Mode::Grad,
                Mode::Grad,
                Mode::Grad,
                Mode::CreateGraph,
            ]),
            loss: match dice.between(0, 5) {
                0 => Loss::Sum,
                1 => Loss::Conjugate,
                2 => Loss::Nonlinear,
                3 => Loss::Weighted(Layout::draw(dice)),
                _ => Loss::Weighted(Layout::Contiguous),
            },
            factors: dice.next(),
        }
    }

    /// What differs first, if anything does.
    pub fn difference(&self) -> Option<String> {
        tch::set_num_threads(self.threads);
        difference(&self.outcome(Side::Libtorchs), &self.outcome(Side::Ours))
    }

    fn outcome(&self, side: Side) -> Outcome {
        let mut outcome = Outcome::default();
        let leaf = |leaf: &Leaf| leaf.tensor.detach().set_requires_grad(leaf.requires_grad);
        let leaves: Vec<Tensor> = self.leaves.iter().map(leaf).collect();
        if self.mode == Mode::NoGrad {
            let output = tch::no_grad(|| self.operator.apply(side, &leaves));
            outcome.keep("output", &output);
            return outcome;
        }
        let mut dice = Dice::new(self.factors);
        let output = self.operator.apply(side, &leaves);
        outcome.keep("output", &output);
        let wanted: Vec<&Tensor> = leaves.iter().filter(|leaf| leaf.requires_grad()).collect();
        if wanted.is_empty() {
            return outcome;
        }
        let create_graph = self.mode == Mode::CreateGraph;
        let loss = self.loss.of(&output, &mut dice);
        let grads = Tensor::run_backward(&[loss], &wanted, create_graph, create_graph);
        outcome.keep_all("gradient", &grads);
        let losses: Vec<Tensor> = grads
            .iter()
            .filter(|grad| grad.defined() && grad.requires_grad())
            .map(|grad| Loss::Nonlinear.of(grad, &mut dice))
            .collect();
        if create_graph && !losses.is_empty() {
            let second = Tensor::run_backward(&losses, &wanted, false, false);
            outcome.keep_all("gradient of the gradients", &second);
        }
        outcome
    }
}

impl Loss {
    fn of(self, output: &Tensor, dice: &mut Dice) -> Tensor {
        let mut factor = || Values::draw(dice).tensor(&output.size(), dice);
        let product = match self {
            Self::Sum => output.shallow_clone(),
            Self::Weighted(layout) => output * layout.of(&factor()),
            Self::Nonlinear => output.sin() * output,
            Self::Conjugate => {
                let zeros = output.detach().zeros_like();
                let pairs = Tensor::complex(&zeros, output).conj().resolve_conj();
                pairs.view_as_real().select(-1, 1) * factor()
            }
        };
        product.sum(Kind::Float)
    }
}

impl Leaf {
    /// Its values are often of the kind that the other leaves have.
    fn draw(shape: &[i64], shared: Values, dice: &mut Dice) -> Self {
        let values = if dice.one_in(2) {
            shared
        } else {
            Values::draw(dice)
        };
        let layout = Layout::draw(dice);
        let requires_grad = !dice.one_in(6);
        Self {
            tensor: layout.of(&values.tensor(shape, dice)),
            requires_grad,
            about: format!("{values:?} {layout:?} requires_grad={requires_grad}"),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leaves: Vec<&str> = self.leaves.iter().map(|leaf| &*leaf.about).collect();
        write!(
            formatter,
            "{:?} of [{}] on {} threads, {:?}, {:?}",
            self.operator,
            leaves.join("; "),
            self.threads,
            self.mode,
            self.loss
        )
    }
}
