use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use torch_twin::{Generator, TorchError};

use super::layers::{self, LayerRow};
use super::{OptimizerName, Recipe};
use crate::data::RandomAffine;
use crate::model::paper::{Output, Paper};
use crate::model::{Classic, Modern, Network};
use crate::onnx::{self, Translate};

/// Makes a network with `num_classes` outputs and PyTorch's initial values, drawn from `generator`.
pub type Build = fn(usize, &mut Generator) -> Result<Box<dyn Network>, TorchError>;

/// A kind of LeNet-5 that can be chosen by name.
pub struct Variant {
    /// The name on the command line and in files.
    pub name: &'static str,
    /// Makes such a network.
    pub build: Build,
    /// Builds the graph of such a network for ONNX.
    pub onnx: Translate,
    /// The number of classes, if it cannot have another.
    pub fixed_classes: Option<usize>,
    /// The fewest images that it can be trained on at once.
    pub least_batch: usize,
    /// What sets it apart.
    pub design: Design,
    /// How the tutorial trains it.
    pub tutorial: Recipe,
    /// How to train it best, as found on a part of the training set held out.
    pub best: Recipe,
    /// What its layers do, in words.
    pub(super) layers: &'static [LayerRow],
}

impl Variant {
    /// The learning rate and the momentum with which `optimizer` learns, as found for it: SGD wants
    /// far larger steps than Adam and AdamW do.
    pub fn step_size(&self, optimizer: OptimizerName) -> (f64, f64) {
        let recipe = match optimizer {
            OptimizerName::Sgd => &self.best,
            OptimizerName::Adam | OptimizerName::AdamW => &self.tutorial,
        };
        (recipe.lr, recipe.momentum)
    }
}

/// Every variant; the first is the default.
pub const VARIANTS: &[&Variant] = &[&CLASSIC, &PAPER, &PAPER_RBF, &MODERN];

/// The variant of that name.
pub fn find(name: &str) -> Option<&'static Variant> {
    VARIANTS
        .iter()
        .find(|variant| variant.name == name)
        .copied()
}

static CLASSIC: Variant = Variant {
    name: "classic",
    build: |num_classes, generator| Ok(Box::new(Classic::new(num_classes, generator)?)),
    onnx: onnx::classic,
    fixed_classes: None,
    least_batch: 1,
    design: Design {
        activation: "tanh",
        pooling: "average",
        normalisation: "none",
        loss: CROSS_ENTROPY,
        reported: "tutorial: about 99.0 %",
    },
    tutorial: Recipe::TUTORIAL,
    best: Recipe::BEST,
    layers: layers::CLASSIC,
};

static PAPER: Variant = Variant {
    name: "paper",
    build: |num_classes, generator| {
        let output = |generator: &mut Generator| Output::linear(num_classes, generator);
        Ok(Box::new(Paper::new(output, generator)?))
    },
    onnx: onnx::paper,
    fixed_classes: None,
    least_batch: 1,
    design: PAPER_DESIGN,
    tutorial: Recipe::TUTORIAL,
    best: Recipe::BEST,
    layers: layers::PAPER,
};

static PAPER_RBF: Variant = Variant {
    name: "paper-rbf",
    build: |num_classes, generator| {
        let output = |_: &mut Generator| Output::rbf(num_classes);
        Ok(Box::new(Paper::new(output, generator)?))
    },
    onnx: onnx::paper_rbf,
    fixed_classes: Some(10),
    least_batch: 1,
    design: Design {
        loss: "equation 9",
        ..PAPER_DESIGN
    },
    tutorial: Recipe::TUTORIAL,
    best: Recipe {
        // Squared distances give far larger gradients than logits do; from 0.004 a run may diverge.
        lr: 0.002,
        ..Recipe::BEST
    },
    layers: layers::PAPER_RBF,
};

const CROSS_ENTROPY: &str = "cross-entropy";

const PAPER_DESIGN: Design = Design {
    activation: "scaled tanh",
    pooling: "average, trained",
    normalisation: "none",
    loss: CROSS_ENTROPY,
    reported: "paper: 99.05 %",
};

static MODERN: Variant = Variant {
    name: "modern",
    build: |num_classes, generator| Ok(Box::new(Modern::new(num_classes, generator)?)),
    onnx: onnx::modern,
    fixed_classes: None,
    // One value a channel has no variance to normalise by.
    least_batch: 2,
    design: Design {
        activation: "ReLU",
        pooling: "maximum",
        normalisation: "BatchNorm",
        loss: CROSS_ENTROPY,
        reported: "tutorial: about 99.3 %",
    },
    tutorial: Recipe {
        augmentation: MODERN_AUGMENTATION,
        ..Recipe::TUTORIAL
    },
    best: Recipe {
        augmentation: MODERN_AUGMENTATION,
        ..Recipe::BEST
    },
    layers: layers::MODERN,
};

/// The tutorial's random rotation and translation; it gives no sizes.
const MODERN_AUGMENTATION: RandomAffine = RandomAffine {
    rotation: 10.0,
    shift: 2.0,
};

impl PartialEq for Variant {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Serialize for Variant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// Reads a variant by its name.
///
/// # Errors
/// A name that none has.
pub fn deserialize_variant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<&'static Variant, D::Error> {
    let name = String::deserialize(deserializer)?;
    find(&name).ok_or_else(|| de::Error::custom(format!("the variant {name:?} is not known")))
}

/// What sets a variant apart, in the words of the tutorial's table.
pub struct Design {
    /// The activation function.
    pub activation: &'static str,
    /// How maps are made smaller.
    pub pooling: &'static str,
    /// What normalises the maps.
    pub normalisation: &'static str,
    /// What it is trained to make small; losses of one name can be compared.
    pub loss: &'static str,
    /// The test accuracy that others report for it on MNIST, and who.
    pub reported: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(name: &str) -> Box<dyn Network> {
        let variant = find(name).unwrap();
        (variant.build)(10, &mut Generator::manual_seed(0)).unwrap()
    }

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
            let count = build(name).state_dict().parameter_count();
            assert_eq!(count, parameters, "{name}");
        }
    }

    /// Parameters of each layer, the paper's own counts.
    #[test]
    fn each_layer_of_paper_has_the_papers_number_of_parameters() {
        let state_dict = build("paper").state_dict();
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
    fn the_table_of_each_variant_names_its_layers_in_order() {
        for variant in VARIANTS {
            let network = build(variant.name);
            let children = network.children();
            let names: Vec<_> = children.iter().map(|(name, _)| *name).collect();
            let rows: Vec<_> = variant.layers.iter().map(|row| row.name).collect();
            assert_eq!(names, rows, "{}", variant.name);
        }
    }
}
