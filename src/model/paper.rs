//! LeNet-5 as the paper of 1998 has it.
//!
//! LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition",
//! Proceedings of the IEEE 86(11).

mod bitmaps;
mod init;
mod partial_conv;
mod rbf;
mod subsampling;

pub use partial_conv::PartialConv2d;
pub use rbf::EuclideanRbf;
pub use subsampling::Subsampling;

use tch::Tensor;

use super::{Design, ForwardHook, Layer, Network, Recipe, Variant, cross_entropy};
use crate::TorchError;
use crate::nn::{Conv2d, Generator, Linear, Module};

/// The choice `paper`.
pub const VARIANT: Variant = Variant {
    name: "paper",
    build: |num_classes, generator| {
        let output = |generator: &mut Generator| {
            Ok(Output::Linear(init::linear(84, num_classes, generator)?))
        };
        Ok(Box::new(Paper::new(output, generator)?))
    },
    fixed_classes: None,
    design: DESIGN,
    tutorial: Recipe::TUTORIAL,
    best: Recipe::BEST,
};

/// The choice `paper` with the output layer `rbf`.
pub const RBF_VARIANT: Variant = Variant {
    name: "paper-rbf",
    build: |num_classes, generator| {
        let output = |_: &mut Generator| Ok(Output::Rbf(EuclideanRbf::new(num_classes)?));
        Ok(Box::new(Paper::new(output, generator)?))
    },
    fixed_classes: Some(10),
    design: DESIGN,
    tutorial: Recipe::TUTORIAL,
    best: Recipe {
        // Squared distances give far larger gradients than logits do; from 0.004 a run may diverge.
        lr: 0.002,
        ..Recipe::BEST
    },
};

const DESIGN: Design = Design {
    activation: "scaled tanh",
    pooling: "average, trained",
    normalisation: "none",
    reported: "paper: 99.05 %",
};

/// LeNet-5 of 1998: a partially connected C3, trained subsampling, the scaled tanh.
///
/// 60,850 parameters with 10 classes, 60,000 with the output of 1998. `python_ref/model/paper.py`
/// is the same in PyTorch.
pub struct Paper {
    /// C1.
    pub conv1: Conv2d,
    /// S2.
    pub pool1: Subsampling,
    /// C3.
    pub conv2: PartialConv2d,
    /// S4.
    pub pool2: Subsampling,
    /// C5.
    pub conv3: Conv2d,
    /// F6.
    pub fc1: Linear,
    /// The output.
    pub fc2: Output,
}

/// The last layer.
pub enum Output {
    /// 850 parameters, as the tutorial has it.
    Linear(Linear),
    /// No parameters, as the paper has it.
    Rbf(EuclideanRbf),
}

impl Output {
    fn module(&self) -> &dyn Module {
        match self {
            Self::Linear(linear) => linear,
            Self::Rbf(rbf) => rbf,
        }
    }
}

impl Paper {
    /// A network with the paper's initial values and the output layer that `output` makes last.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(
        output: impl FnOnce(&mut Generator) -> Result<Output, TorchError>,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        Ok(Self {
            conv1: init::conv2d(1, 6, 5, generator)?,
            pool1: Subsampling::new(6, generator)?,
            conv2: PartialConv2d::new(generator)?,
            pool2: Subsampling::new(16, generator)?,
            conv3: init::conv2d(16, 120, 5, generator)?,
            fc1: init::linear(120, 84, generator)?,
            fc2: output(generator)?,
        })
    }
}

impl Network for Paper {
    fn forward_t(
        &self,
        images: &Tensor, // N×1×32×32
        _train: bool,
        hook: &mut ForwardHook<'_>,
    ) -> Result<Tensor, TorchError> {
        // From [0, 1] to the background's -0.1 and the ink's 1.175.
        let x = images.f_mul_scalar(1.275)?.f_sub_scalar(0.1)?;
        let x = self.conv1.forward(&x)?; // N×6×28×28
        hook("conv1", &x);
        let x = self.pool1.forward(&squash(&x)?)?; // N×6×14×14
        hook("pool1", &x);
        let x = self.conv2.forward(&squash(&x)?)?; // N×16×10×10
        hook("conv2", &x);
        let x = self.pool2.forward(&squash(&x)?)?; // N×16×5×5
        hook("pool2", &x);
        let x = self.conv3.forward(&squash(&x)?)?; // N×120×1×1
        hook("conv3", &x);
        let x = squash(&x)?.f_flatten(1, -1)?; // N×120
        let x = self.fc1.forward(&x)?; // N×84
        hook("fc1", &x);
        let x = self.fc2.module().forward(&squash(&x)?)?; // N×num_classes
        hook("fc2", &x);
        Ok(x)
    }

    fn loss(&self, logits: &Tensor, labels: &Tensor) -> Result<Tensor, TorchError> {
        match self.fc2 {
            Output::Linear(_) => cross_entropy(logits, labels),
            Output::Rbf(_) => rbf::map_criterion(logits, labels),
        }
    }

    fn layers(&self) -> Vec<Layer<'_>> {
        const SQUASH: &str = "scaled tanh";
        vec![
            Layer::new("C1", "conv1", &self.conv1).then(SQUASH),
            Layer::new("S2", "pool1", &self.pool1).then(SQUASH),
            Layer::new("C3", "conv2", &self.conv2).then(SQUASH),
            Layer::new("S4", "pool2", &self.pool2).then(SQUASH),
            Layer::new("C5", "conv3", &self.conv3).then(SQUASH),
            Layer::new("F6", "fc1", &self.fc1).then(SQUASH),
            Layer::new("output", "fc2", self.fc2.module()),
        ]
    }
}

/// The scaled hyperbolic tangent of the paper's appendix A.
fn squash(x: &Tensor) -> Result<Tensor, TorchError> {
    Ok(x.f_mul_scalar(2.0 / 3.0)?.f_tanh()?.f_mul_scalar(1.7159)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parameters of each layer, the paper's own counts.
    #[test]
    fn each_layer_has_the_papers_number_of_parameters() {
        let network = (VARIANT.build)(10, &mut Generator::manual_seed(0)).unwrap();
        let state_dict = network.state_dict();
        for (layer, expected) in [
            ("conv1", 156),
            ("pool1", 12),
            ("conv2", 1516),
            ("pool2", 32),
            ("conv3", 48_120),
            ("fc1", 10_164),
            ("fc2", 850),
        ] {
            let of_layer = state_dict
                .parameters()
                .filter(|entry| entry.name.starts_with(layer));
            let count: usize = of_layer.map(|entry| entry.tensor.numel()).sum();
            assert_eq!(count, expected, "{layer}");
        }
    }

    #[test]
    fn the_nearest_bitmap_wins() {
        let rbf = EuclideanRbf::new(10).unwrap();
        let logits = rbf.forward(&rbf.bitmaps).unwrap();
        let nearest = Vec::<i64>::try_from(logits.argmax(1, false)).unwrap();
        assert_eq!(nearest, (0..10).collect::<Vec<_>>());
        assert_eq!(logits.double_value(&[3, 3]), 0.0);
        // The least of all distances between bitmaps: 14 pixels, each 2 apart.
        assert_eq!(logits.double_value(&[3, 5]), -56.0);
    }

    #[test]
    fn there_are_bitmaps_for_ten_classes_only() {
        assert!(EuclideanRbf::new(11).is_err());
        assert!(EuclideanRbf::new(9).is_err());
    }
}
