use tch::{Kind, Tensor};
use torch_twin::nn::functional::conv2d;
use torch_twin::nn::{ConvOptions, Forward, ForwardPass, Module};
use torch_twin::{Generator, Result};

use super::init;

/// Maps of S2, each of which a map of C3 may see.
const IN_CHANNELS: usize = 6;

/// Side of a kernel.
const KERNEL_SIZE: usize = 5;

/// The maps of S2 that each map of C3 sees, the paper's table I.
const CONNECTIONS: [&[usize]; 16] = [
    &[0, 1, 2],
    &[1, 2, 3],
    &[2, 3, 4],
    &[3, 4, 5],
    &[0, 4, 5],
    &[0, 1, 5],
    &[0, 1, 2, 3],
    &[1, 2, 3, 4],
    &[2, 3, 4, 5],
    &[0, 3, 4, 5],
    &[0, 1, 4, 5],
    &[0, 1, 2, 5],
    &[0, 1, 3, 4],
    &[1, 2, 4, 5],
    &[0, 2, 3, 5],
    &[0, 1, 2, 3, 4, 5],
];

/// C3: a convolution 5×5 from 6 maps to 16, of which only the kernels of table I exist.
///
/// They are put among zeros for one full convolution, as fast as `classic`'s. The zeros are no
/// parameters: nothing trains them, no file holds them.
pub struct PartialConv2d {
    /// The kernels, 60 × 5 × 5, in the order of table I.
    pub weight: Tensor,
    /// 16.
    pub bias: Tensor,
    /// Where each kernel is among the 16 · 6 of a full convolution: 60, int64.
    pub kernels: Tensor,
}

impl PartialConv2d {
    /// A layer with the paper's initial values, which depend on the maps that a map sees.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(generator: &mut Generator) -> Result<Self> {
        let fan_ins = CONNECTIONS.map(|sources| sources.len() * KERNEL_SIZE * KERNEL_SIZE);
        let mut kernels = Vec::new();
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for (map, (sources, fan_in)) in CONNECTIONS.iter().zip(fan_ins).enumerate() {
            let size = [sources.len(), KERNEL_SIZE, KERNEL_SIZE];
            let place = |source| (IN_CHANNELS * map + source) as i64;
            kernels.extend(sources.iter().map(place));
            weights.push(init::uniform(&size, fan_in, generator)?);
        }
        for fan_in in fan_ins {
            biases.push(init::uniform(&[1], fan_in, generator)?);
        }
        Ok(Self {
            weight: Tensor::f_cat(&weights, 0)?.set_requires_grad(true),
            bias: Tensor::f_cat(&biases, 0)?.set_requires_grad(true),
            kernels: Tensor::f_from_slice(&kernels)?,
        })
    }
}

impl PartialConv2d {
    /// The kernels of a full convolution, 16 × 6 × 5 × 5: `weight` at the places `kernels`, zeros
    /// elsewhere.
    ///
    /// # Errors
    /// A place that is none, and what else libtorch refuses.
    pub fn among_zeros(weight: &Tensor, kernels: &Tensor) -> Result<Tensor> {
        let [channels, side] = [IN_CHANNELS, KERNEL_SIZE].map(|count| count as i64);
        let size = [CONNECTIONS.len() as i64 * channels, side, side];
        Ok(Tensor::f_zeros(size, (Kind::Float, weight.device()))?
            .f_index_copy(0, kernels, weight)?
            .f_view([-1, channels, side, side])?)
    }
}

impl Forward for PartialConv2d {
    /// N × 6 × H × W to N × 16 × (H - 4) × (W - 4).
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let full = Self::among_zeros(&self.weight, &self.kernels)?;
        conv2d(input, &full, Some(&self.bias), ConvOptions::default())
    }
}

impl Module for PartialConv2d {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        vec![("weight", &self.weight), ("bias", &self.bias)]
    }

    fn own_buffers(&self) -> Vec<(&str, &Tensor)> {
        vec![("kernels", &self.kernels)]
    }
}
