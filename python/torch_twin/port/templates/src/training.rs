//! Training, as `tests/parity` compares it with PyTorch.

use torch_twin::Tensors;
use torch_twin::prelude::*;
use torch_twin::trace::Step;

use crate::net::@imports@;

@optimizer@
/// What a step takes, by name: the inputs of the network@and_weights@.
pub struct Batch {
    tensors: Tensors,
}

impl Batch {
    /// The tensors whose names begin with `start`, and go on as `x` of `1.x`.
    pub fn new(tensors: &Tensors, start: &str) -> Self {
        let own = tensors.iter().filter_map(|(name, tensor)| {
            let name = name.strip_prefix(start)?;
            Some((name.to_owned(), tensor.shallow_clone()))
        });
        Self {
            tensors: own.collect(),
        }
    }

    /// Whether it has no tensor.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    fn get(&self, name: &str) -> Result<&Tensor> {
        let missing = || TorchError::new(&format!("there is no input `{name}`"));
        self.tensors.get(name).ok_or_else(missing)
    }
}

/// The network's output.
///
/// # Errors
/// Inputs that are missing or do not fit the network. If libtorch fails, for example when memory runs out.
pub fn forward(
    net: &@net@,
    batch: &Batch,
    pass: ForwardPass<'_>,
    recorded: &mut Step<'_>,
) -> Result<@output@> {
@gets@
    recorded.forward(&[@recorded@], pass, |pass| net.forward(@arguments@, pass))
}

/// The loss of a forward pass.
///
/// # Errors
/// As [`forward`].
pub fn loss(
    net: &@net@,
    batch: &Batch,
    pass: ForwardPass<'_>,
    recorded: &mut Step<'_>,
) -> Result<Tensor> {
    let output = forward(net, batch, pass, recorded)?;
    let loss = @loss@;
    recorded.loss(&loss)?;
    Ok(loss)
}

/// A step of training; the loss before it.
///
/// # Errors
/// As [`forward`].
pub fn step(
    net: &@net@,
    optimizer: &mut impl Optimizer,
    batch: &Batch,
    generator: &mut Generator,
    recorded: &mut Step<'_>,
) -> Result<Tensor> {
    optimizer.zero_grad()?;
    let pass = ForwardPass::train().with_generator(generator)@frozen@;
    let loss = loss(net, batch, pass, recorded)?;
    if loss.requires_grad() {
        loss.f_backward()?;
    }
    recorded.gradients(&net.state_dict())?;
    optimizer.step()?;
    recorded.optimizer(optimizer)?;
    recorded.weights(&net.state_dict())?;
    Ok(loss)
}
@weighted_sum@
