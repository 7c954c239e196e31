//! What is compared: a convolution or a pooling, or a pooling of a convolution.

use tch::Tensor;
use torch_twin::nn::{ConvOptions, functional};

use super::dice::Dice;

/// Multiplications that a case may take in one direction.
const MOST: i64 = 20_000_000;

/// Whose functions compute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    Libtorchs,
    Ours,
}

/// A square window without padding.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    is_maximum: bool,
    size: i64,
    stride: i64,
}

impl Pool {
    fn draw(dice: &mut Dice) -> Self {
        let size = dice.pick(&[1, 2, 2, 2, 3, 3, 4, 5]);
        let stride = if dice.one_in(3) {
            dice.between(1, 6)
        } else {
            size
        };
        Self {
            is_maximum: dice.one_in(2),
            size,
            stride,
        }
    }

    fn apply(self, side: Side, input: &Tensor) -> Tensor {
        let Self { size, stride, .. } = self;
        let (max_pool2d, avg_pool2d) = (functional::max_pool2d, functional::avg_pool2d);
        match (side, self.is_maximum) {
            (Side::Ours, true) => max_pool2d(input, size, stride).unwrap(),
            (Side::Ours, false) => avg_pool2d(input, size, stride).unwrap(),
            (Side::Libtorchs, true) => input.max_pool2d(size, stride, 0, 1, false),
            (Side::Libtorchs, false) => input.avg_pool2d(size, stride, 0, false, true, None::<i64>),
        }
    }
}

#[derive(Debug)]
pub enum Operator {
    /// Shapes of input and weight, whether there is a bias, and what pools the output.
    Convolution {
        input: [i64; 4],
        weight: [i64; 4],
        bias: bool,
        pool: Option<Pool>,
    },
    Pooling {
        input: Vec<i64>,
        pool: Pool,
    },
}

impl Operator {
    pub fn convolution(dice: &mut Dice) -> Self {
        loop {
            let kernel = dice.pick(&[3, 3, 3, 3, 5, 5, 5, 5, 1, 2, 4, 7]);
            let most_images = dice.pick(&[2, 12, 70]);
            let images = dice.between(1, most_images);
            let in_channels = if dice.one_in(8) {
                dice.between(16, 40)
            } else {
                dice.between(1, 15)
            };
            let most_channels = dice.pick(&[1, 1, 1, 3, 8, 18, 50]);
            let out_channels = dice.between(1, most_channels);
            let one_window = dice.one_in(10);
            let mut side = || {
                let most = dice.pick(&[2, 6, 28]);
                kernel + if one_window { 0 } else { dice.between(0, most) }
            };
            let (height, width) = (side(), side());
            let input = [images, in_channels, height, width];
            let weight = [out_channels, in_channels, kernel, kernel];
            let plane = (height - kernel + 1) * (width - kernel + 1);
            if images * plane * weight.iter().product::<i64>() > MOST {
                continue;
            }
            let pool = Some(Pool::draw(dice))
                .filter(|pool| pool.size <= height.min(width) - kernel + 1 && dice.one_in(6));
            return Self::Convolution {
                input,
                weight,
                bias: !dice.one_in(3),
                pool,
            };
        }
    }

    pub fn pooling(dice: &mut Dice) -> Self {
        let pool = Pool::draw(dice);
        let most = dice.pick(&[2, 20]);
        let mut input = vec![dice.between(1, most), dice.between(1, 20)];
        input.truncate(if dice.one_in(6) { 1 } else { 2 });
        for _ in 0..2 {
            let most = dice.pick(&[3, 12, 40]);
            input.push(pool.size + dice.between(0, most));
        }
        Self::Pooling { input, pool }
    }

    /// The shapes of input, weight and bias, as far as there are such.
    pub fn shapes(&self) -> Vec<Vec<i64>> {
        match self {
            Self::Convolution {
                input,
                weight,
                bias,
                ..
            } => {
                let bias = bias.then(|| vec![weight[0]]);
                [input.to_vec(), weight.to_vec()]
                    .into_iter()
                    .chain(bias)
                    .collect()
            }
            Self::Pooling { input, .. } => vec![input.clone()],
        }
    }

    pub fn apply(&self, side: Side, tensors: &[Tensor]) -> Tensor {
        let (input, bias) = (&tensors[0], tensors.get(2));
        match self {
            Self::Pooling { pool, .. } => pool.apply(side, input),
            Self::Convolution { pool, .. } => {
                let output = match side {
                    Side::Ours => {
                        functional::conv2d(input, &tensors[1], bias, ConvOptions::default())
                            .unwrap()
                    }
                    Side::Libtorchs => input.conv2d(&tensors[1], bias, 1, 0, 1, 1),
                };
                pool.map_or_else(|| output.shallow_clone(), |pool| pool.apply(side, &output))
            }
        }
    }
}
