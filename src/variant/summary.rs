use serde::Serialize;
use tch::Tensor;
use tch::kind::FLOAT_CPU;
use torch_twin::TorchError;
use torch_twin::nn::{Call, ForwardPass, Module};

use super::Variant;
use super::layers::LayerRow;
use crate::model::Network;

/// A network as a table of its layers.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// The layers in order; the first row is the network's input.
    pub layers: Vec<LayerSummary>,
    /// Trained values in all.
    pub parameters: usize,
    /// Multiply-adds in all, for one image.
    pub multiply_adds: usize,
}

/// A row of a [`Summary`].
#[derive(Debug, Serialize)]
pub struct LayerSummary {
    /// The paper's name for the layer.
    pub layer: &'static str,
    /// Its attribute's name in PyTorch; none for the input.
    pub name: Option<&'static str>,
    /// Height, width and channels of what goes in, or the number of values.
    pub input: Vec<usize>,
    /// What happens to it, in words.
    pub operation: &'static str,
    /// Height, width and channels of what comes out, or the number of values.
    pub output: Vec<usize>,
    /// The output size O = (W - F + 2P) / S + 1 in numbers, where a window slides.
    pub output_size: Option<String>,
    /// Trained values.
    pub parameters: usize,
    /// Multiplications, each with its addition, for one image; without the averages of a pooling.
    pub multiply_adds: usize,
}

impl Summary {
    /// Sends an image through `network`, of the variant `variant`, and writes down what each layer
    /// does to it.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn of(variant: &Variant, network: &dyn Network) -> Result<Self, TorchError> {
        let _no_grad = tch::no_grad_guard();
        let image = Tensor::f_zeros([1, 1, 32, 32], FLOAT_CPU)?;
        let mut sizes = Vec::new();
        let mut hook = |call: &Call<'_>| {
            let of_call = call.outputs.iter();
            sizes.extend(of_call.map(|output| (call.name.to_owned(), size_of_one(output))));
        };
        let _logits = network.forward(&image, &mut ForwardPass::eval().with_hook(&mut hook))?;
        let mut input = size_of_one(&image);
        let mut layers = vec![input_row(&input)];
        for (row, (_, module)) in variant.layers.iter().zip(network.children()) {
            let output = sizes.iter().find(|(name, _)| name == row.name);
            let output = output.map_or_else(Vec::new, |(_, size)| size.clone());
            layers.push(LayerSummary::new(row, module, &input, &output));
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
    fn new(row: &LayerRow, module: &dyn Module, input: &[usize], output: &[usize]) -> Self {
        // What comes before a layer without rows and columns is flattened for it.
        let is_flat = output.len() == 1;
        Self {
            layer: row.label,
            name: Some(row.name),
            input: if is_flat {
                vec![input.iter().product()]
            } else {
                rows_first(input)
            },
            operation: row.operation,
            output: rows_first(output),
            output_size: row.window.map(|window| window.work_out(input[1])),
            parameters: module.state_dict().parameter_count(),
            multiply_adds: multiply_adds(module, output),
        }
    }
}

/// Each weight is multiplied once at each place of the output's maps; so are the bitmaps of the
/// network of 1998.
fn multiply_adds(module: &dyn Module, output: &[usize]) -> usize {
    let places: usize = output.iter().skip(1).product();
    let state_dict = module.state_dict();
    let weights = state_dict.iter();
    let weights = weights.filter(|(name, _)| ["weight", "bitmaps"].contains(name));
    weights.map(|(_, tensor)| tensor.numel() * places).sum()
}

fn input_row(size: &[usize]) -> LayerSummary {
    LayerSummary {
        layer: "input",
        name: None,
        input: rows_first(size),
        operation: "28×28 pixels padded with 2 zeros on each side",
        output: rows_first(size),
        output_size: None,
        parameters: 0,
        multiply_adds: 0,
    }
}

/// The size of a batch of one, without the batch.
fn size_of_one(batch: &Tensor) -> Vec<usize> {
    batch.size()[1..]
        .iter()
        .map(|&side| side as usize)
        .collect()
}

/// Height, width and channels, where PyTorch has channels, height and width.
fn rows_first(size: &[usize]) -> Vec<usize> {
    match *size {
        [channels, height, width] => vec![height, width, channels],
        _ => size.to_vec(),
    }
}
