use tch::Tensor;
use torch_twin::Result;
use torch_twin::nn::{Forward, ForwardPass, Layer, functional};

/// What tells images apart: N×1×32×32 images to N×classes logits.
pub trait Classifier: Forward {
    /// The mean loss of N×classes `logits` against N `labels`, by default `nn.CrossEntropyLoss()`.
    ///
    /// # Errors
    /// What libtorch refuses, a label that is no class above all.
    fn loss(&self, logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
        functional::cross_entropy(logits, labels)
    }

    /// The logits of `images`, in `eval` mode.
    ///
    /// # Errors
    /// What libtorch refuses, a wrong shape above all.
    fn logits(&self, images: &Tensor) -> Result<Tensor> {
        self.forward(images, &mut ForwardPass::eval())
    }
}

/// A [`Classifier`] whose weights are known by name, and can be trained.
pub trait Network: Classifier + Layer {}

impl<N: Classifier + Layer> Network for N {}
