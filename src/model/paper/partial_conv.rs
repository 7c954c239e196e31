use tch::{Kind, Tensor};

use super::init;
use crate::TorchError;
use crate::nn::{Generator, Module, Window};

/// Maps of S2, each of which a map of C3 may see.
const IN_CHANNELS: i64 = 6;

/// Side of a kernel.
const KERNEL_SIZE: i64 = 5;

/// The maps of S2 that each map of C3 sees, the paper's table I.
const CONNECTIONS: [&[i64]; 16] = [
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
    pub fn new(generator: &mut Generator) -> Result<Self, TorchError> {
        let mut kernels = Vec::new();
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for (map, sources) in (0..).zip(CONNECTIONS) {
            let count = sources.len() as i64;
            let fan_in = count * KERNEL_SIZE * KERNEL_SIZE;
            kernels.extend(sources.iter().map(|source| IN_CHANNELS * map + source));
            weights.push(init::uniform(
                &[count, KERNEL_SIZE, KERNEL_SIZE],
                fan_in,
                generator,
            )?);
            biases.push(fan_in);
        }
        let biases = biases.into_iter();
        let biases = biases.map(|fan_in| init::uniform(&[1], fan_in, generator));
        let biases = biases.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            weight: Tensor::f_cat(&weights, 0)?.set_requires_grad(true),
            bias: Tensor::f_cat(&biases, 0)?.set_requires_grad(true),
            kernels: Tensor::f_from_slice(&kernels)?,
        })
    }
}

impl Module for PartialConv2d {
    /// N × 6 × H × W to N × 16 × (H - 4) × (W - 4).
    fn forward(&self, input: &Tensor) -> Result<Tensor, TorchError> {
        let size = [
            CONNECTIONS.len() as i64 * IN_CHANNELS,
            KERNEL_SIZE,
            KERNEL_SIZE,
        ];
        let full = Tensor::f_zeros(size, (Kind::Float, self.weight.device()))?;
        let full = full.f_index_copy(0, &self.kernels, &self.weight)?;
        let full = full.f_view([-1, IN_CHANNELS, KERNEL_SIZE, KERNEL_SIZE])?;
        Ok(input.f_conv2d(&full, Some(&self.bias), 1, 0, 1, 1)?)
    }

    fn describe(&self) -> String {
        "16 kernels 5×5, stride 1, partially connected".to_owned()
    }

    fn window(&self) -> Option<Window> {
        Some(Window {
            side: KERNEL_SIZE,
            stride: 1,
            padding: 0,
        })
    }

    fn multiply_adds(&self, output: &[i64]) -> i64 {
        let places: i64 = output[1..].iter().product();
        self.weight.numel() as i64 * places
    }

    fn parameters(&self) -> Vec<(&'static str, &Tensor)> {
        vec![("weight", &self.weight), ("bias", &self.bias)]
    }

    fn buffers(&self) -> Vec<(&'static str, &Tensor)> {
        vec![("kernels", &self.kernels)]
    }
}
