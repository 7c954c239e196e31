use serde::Serialize;
use tch::{Tensor, kind::FLOAT_CPU};

use super::Network;
use crate::TorchError;
use crate::nn::Module;

/// One layer of a network, as its network lists it.
pub struct Layer<'a> {
    /// The paper's name for it, such as `C1`.
    pub label: &'static str,
    /// The attribute's name in PyTorch, such as `conv1`.
    pub name: &'static str,
    /// The layer itself.
    pub module: &'a dyn Module,
    /// The function that its outputs then go through, if there is one.
    pub activation: Option<&'static str>,
}

impl<'a> Layer<'a> {
    /// A layer whose outputs are handed on as they are.
    pub fn new(label: &'static str, name: &'static str, module: &'a dyn Module) -> Self {
        Self {
            label,
            name,
            module,
            activation: None,
        }
    }

    /// The same layer, with `activation` after it.
    pub fn then(mut self, activation: &'static str) -> Self {
        self.activation = Some(activation);
        self
    }
}

/// A network as a table of its layers.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// The layers in order; the first row is the network's input.
    pub layers: Vec<LayerSummary>,
    /// Trained values in all.
    pub parameters: i64,
    /// Multiply-adds in all, for one image.
    pub multiply_adds: i64,
}

/// A row of a [`Summary`].
#[derive(Debug, Serialize)]
pub struct LayerSummary {
    /// The paper's name for the layer.
    pub layer: &'static str,
    /// Its attribute's name in PyTorch; none for the input.
    pub name: Option<&'static str>,
    /// Height, width and channels of what goes in, or the number of values.
    pub input: Vec<i64>,
    /// What happens to it, in words.
    pub operation: String,
    /// Height, width and channels of what comes out, or the number of values.
    pub output: Vec<i64>,
    /// The output size O = (W - F + 2P) / S + 1 in numbers, where a window slides.
    pub output_size: Option<String>,
    /// Trained values.
    pub parameters: i64,
    /// Multiplications, each with its addition, for one image; without the averages of a pooling.
    pub multiply_adds: i64,
}

impl Summary {
    /// Sends an image through `network` and writes down what each layer does to it.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn of(network: &dyn Network) -> Result<Self, TorchError> {
        let _no_grad = tch::no_grad_guard();
        let image = Tensor::f_zeros([1, 1, 32, 32], FLOAT_CPU)?;
        let mut sizes = Vec::new();
        let _logits = network.forward_t(&image, false, &mut |name, output| {
            sizes.push((name, size_of_one(output)));
        })?;
        let mut input = size_of_one(&image);
        let mut layers = vec![input_row(&input)];
        for layer in network.layers() {
            let output = sizes.iter().find(|(name, _)| *name == layer.name);
            let output = output.map_or_else(Vec::new, |(_, size)| size.clone());
            layers.push(LayerSummary::new(&layer, &input, &output));
            input = output;
        }
        Ok(Self {
            parameters: layers.iter().map(|layer| layer.parameters).sum(),
            multiply_adds: layers.iter().map(|layer| layer.multiply_adds).sum(),
            layers,
        })
    }
}

impl LayerSummary {
    fn new(layer: &Layer<'_>, input: &[i64], output: &[i64]) -> Self {
        let activation = layer
            .activation
            .map_or_else(String::new, |name| format!(", {name}"));
        let trained = layer.module.parameters().into_iter();
        // What comes before a layer without rows and columns is flattened for it.
        let is_flat = output.len() == 1;
        let values = input.iter().product();
        Self {
            layer: layer.label,
            name: Some(layer.name),
            input: if is_flat {
                vec![values]
            } else {
                rows_first(input)
            },
            operation: format!("{}{activation}", layer.module.describe()),
            output: rows_first(output),
            output_size: layer
                .module
                .window()
                .map(|window| window.work_out(input[1])),
            parameters: trained.map(|(_, tensor)| tensor.numel() as i64).sum(),
            multiply_adds: layer.module.multiply_adds(output),
        }
    }
}

fn input_row(size: &[i64]) -> LayerSummary {
    LayerSummary {
        layer: "input",
        name: None,
        input: rows_first(size),
        operation: "28×28 pixels padded with 2 zeros on each side".to_owned(),
        output: rows_first(size),
        output_size: None,
        parameters: 0,
        multiply_adds: 0,
    }
}

/// The size of a batch of one, without the batch.
fn size_of_one(batch: &Tensor) -> Vec<i64> {
    batch.size()[1..].to_vec()
}

/// Height, width and channels, where PyTorch has channels, height and width.
fn rows_first(size: &[i64]) -> Vec<i64> {
    match *size {
        [channels, height, width] => vec![height, width, channels],
        _ => size.to_vec(),
    }
}
