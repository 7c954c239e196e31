//! The networks, a file a variant.

mod classic;
mod modern;
pub mod paper;
mod recipe;
mod summary;

pub use classic::Classic;
pub use modern::Modern;
pub use paper::Paper;
pub use recipe::Recipe;
pub use summary::{Layer, LayerSummary, Summary};

use tch::{Reduction, Tensor};

use crate::TorchError;
use crate::nn::{Generator, StateDict};

/// Told of each layer's name and output, in order, as by `register_forward_hook` in PyTorch.
pub type ForwardHook<'a> = dyn FnMut(&'static str, &Tensor) + 'a;

/// What every variant of the network can do.
pub trait Network {
    /// N×1×32×32 images to N×num_classes logits, as in `train` or else in `eval` mode; `hook` sees
    /// what each layer makes of them.
    ///
    /// # Errors
    /// What libtorch refuses, a wrong shape above all.
    fn forward_t(
        &self,
        images: &Tensor,
        train: bool,
        hook: &mut ForwardHook<'_>,
    ) -> Result<Tensor, TorchError>;

    /// The layers, in the order in which they are attributes of the PyTorch module; none where
    /// they are not known.
    fn layers(&self) -> Vec<Layer<'_>>;

    /// The network's tensors, named as in PyTorch.
    fn state_dict(&self) -> StateDict {
        let layers = self.layers().into_iter();
        layers.fold(StateDict::default(), |tensors, layer| {
            tensors.with(layer.name, layer.module)
        })
    }

    /// N×1×32×32 images to N×num_classes logits, in `eval` mode.
    ///
    /// # Errors
    /// What libtorch refuses, a wrong shape above all.
    fn forward(&self, images: &Tensor) -> Result<Tensor, TorchError> {
        self.forward_t(images, false, &mut |_, _| {})
    }

    /// The mean loss of N×num_classes `logits` against N `labels`, by default
    /// `torch.nn.CrossEntropyLoss`.
    ///
    /// # Errors
    /// What libtorch refuses, a label that is no class above all.
    fn loss(&self, logits: &Tensor, labels: &Tensor) -> Result<Tensor, TorchError> {
        cross_entropy(logits, labels)
    }
}

/// `torch.nn.functional.cross_entropy(logits, labels)`.
fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Tensor, TorchError> {
    const IGNORE_INDEX: i64 = -100; // PyTorch's default; no label has it.
    let (no_weight, mean) = (None::<&Tensor>, Reduction::Mean);
    Ok(logits.f_cross_entropy_loss(labels, no_weight, mean, IGNORE_INDEX, 0.0)?)
}

/// Makes a network with `num_classes` outputs and PyTorch's initial values, drawn from `generator`.
pub type Build = fn(i64, &mut Generator) -> Result<Box<dyn Network>, TorchError>;

/// A kind of LeNet-5 that can be chosen by name.
pub struct Variant {
    /// The name on the command line and in files.
    pub name: &'static str,
    /// Makes such a network.
    pub build: Build,
    /// The number of classes, if it cannot have another.
    pub fixed_classes: Option<i64>,
    /// What sets it apart.
    pub design: Design,
    /// How the tutorial trains it.
    pub tutorial: Recipe,
    /// How to train it best, as found on a part of the training set held out.
    pub best: Recipe,
}

/// What sets a variant apart, in the words of the tutorial's table.
pub struct Design {
    /// The activation function.
    pub activation: &'static str,
    /// How maps are made smaller.
    pub pooling: &'static str,
    /// What normalises the maps.
    pub normalisation: &'static str,
    /// The test accuracy that others report for it on MNIST, and who.
    pub reported: &'static str,
}

/// Every variant; the first is the default.
pub const VARIANTS: &[&Variant] = &[
    &classic::VARIANT,
    &paper::VARIANT,
    &paper::RBF_VARIANT,
    &modern::VARIANT,
];

/// The variant of that name.
pub fn variant(name: &str) -> Option<&'static Variant> {
    VARIANTS
        .iter()
        .find(|variant| variant.name == name)
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_as_many_as_the_tables_of_tutorial_and_paper_say() {
        let expected = [
            ("classic", 61_706),
            ("paper", 60_850),
            ("paper-rbf", 60_000),
            ("modern", 61_990),
        ];
        assert_eq!(expected.len(), VARIANTS.len());
        for (name, parameters) in expected {
            let variant = variant(name).unwrap();
            let network = (variant.build)(10, &mut Generator::manual_seed(0)).unwrap();
            assert_eq!(network.state_dict().parameter_count(), parameters, "{name}");
        }
    }
}
