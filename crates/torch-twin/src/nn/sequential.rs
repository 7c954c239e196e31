use tch::Tensor;

use super::{Child, Forward, ForwardPass, Module};
use crate::TorchError;

/// A module whose `forward` makes one tensor of another.
pub trait Layer: Module + Forward {}

impl<L: Module + Forward> Layer for L {}

/// `torch.nn.Sequential(*layers)`: the layers one after another, named `0`, `1`, ….
pub struct Sequential {
    layers: Vec<Child<Box<dyn Layer>>>,
}

impl Sequential {
    /// The layers in the order in which they are called.
    pub fn new(layers: impl IntoIterator<Item = Box<dyn Layer>>) -> Self {
        let layers = layers.into_iter().enumerate();
        Self {
            layers: layers
                .map(|(index, layer)| Child::new(index.to_string(), layer))
                .collect(),
        }
    }
}

impl Module for Sequential {
    fn children(&self) -> Vec<(&str, &dyn Module)> {
        let layers = self.layers.iter();
        layers
            .map(|layer| (layer.name(), &***layer as &dyn Module))
            .collect()
    }
}

impl Forward for Sequential {
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let mut output = input.shallow_clone();
        for layer in &self.layers {
            output = layer.call(&output, pass)?;
        }
        Ok(output)
    }
}

impl Forward for Box<dyn Layer> {
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        (**self).forward(input, pass)
    }
}
