//! How a tensor's values lie in memory.

use tch::{Kind, Tensor};

use super::dice::Dice;

#[derive(Clone, Copy, Debug)]
pub enum Layout {
    Contiguous,
    /// Contiguous, but not at a multiple of 16 bytes.
    Unaligned(i64),
    /// The last of four dimensions innermost; of three, the first.
    ChannelsLast,
    /// The last two dimensions exchanged.
    Transposed,
    /// Every other value of the last dimension.
    Strided,
    /// A part of each row.
    Narrowed,
    /// One value for the whole first dimension.
    Expanded,
    /// With the bit that stands for a negation.
    Negative,
    /// The imaginary part of a conjugated tensor: strided, and with that bit.
    Conjugate,
}

impl Layout {
    pub fn draw(dice: &mut Dice) -> Self {
        match dice.between(-10, 19) {
            ..=9 => Self::Contiguous,
            10..=12 => Self::Unaligned(dice.between(1, 15)),
            13 => Self::ChannelsLast,
            14 => Self::Transposed,
            15 => Self::Strided,
            16 => Self::Narrowed,
            17 => Self::Expanded,
            18 => Self::Negative,
            _ => Self::Conjugate,
        }
    }

    /// A tensor of the shape of `tensor`, and of its values or some of them, that lies so.
    pub fn of(self, tensor: &Tensor) -> Tensor {
        let (shape, count) = (tensor.size(), tensor.numel() as i64);
        let last = shape.len() as i64 - 1;
        let width = shape[last as usize];
        let twice = || Tensor::cat(&[tensor, tensor], last);
        match self {
            Self::Contiguous => tensor.copy(),
            Self::Unaligned(offset) => {
                let memory = Tensor::zeros([count + offset], (tensor.kind(), tensor.device()));
                let mut part = memory.narrow(0, offset, count).view(&*shape);
                part.copy_(tensor);
                part
            }
            Self::ChannelsLast if last > 0 => {
                let dimension = if last == 3 { 1 } else { 0 };
                tensor
                    .movedim_int(dimension, -1)
                    .contiguous()
                    .movedim_int(-1, dimension)
            }
            Self::Transposed if last > 0 => tensor.transpose(-1, -2).contiguous().transpose(-1, -2),
            Self::ChannelsLast | Self::Transposed => tensor.copy(),
            Self::Strided => twice().slice(last, 0, None, 2),
            Self::Narrowed => twice().narrow(last, width / 2, width),
            Self::Expanded => tensor.narrow(0, 0, 1).copy().expand(&*shape, false),
            Self::Negative => tensor.copy().internal_neg_view(),
            Self::Conjugate => {
                let zeros = Tensor::zeros(&*shape, (Kind::Float, tensor.device()));
                Tensor::complex(&zeros, tensor).conj().imag()
            }
        }
    }
}
