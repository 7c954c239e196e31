//! What stands in a tensor.

use tch::Tensor;

use super::dice::Dice;
use crate::common::special_values::SPECIAL;

#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// Of both signs and many sizes, every bit of the mantissa drawn.
    Ordinary,
    /// Whole numbers, of which sums are exact, and zeros of both signs.
    Whole,
    /// Products of two are 0, −0 or subnormal.
    Tiny,
    /// Zeros, of one sign or of both.
    Zero { negative: bool, positive: bool },
    /// One in so many is of `SPECIAL`.
    Special(i64),
    /// One NaN.
    Nan,
}

impl Values {
    pub fn draw(dice: &mut Dice) -> Self {
        match dice.between(0, 11) {
            0..=5 => Self::Ordinary,
            6 => Self::Whole,
            7 | 8 => Self::Tiny,
            9 => dice.pick(&[
                Self::Zero {
                    negative: true,
                    positive: false,
                },
                Self::Zero {
                    negative: true,
                    positive: true,
                },
            ]),
            10 => Self::Special(dice.pick(&[2, 7, 100])),
            _ => Self::Nan,
        }
    }

    pub fn tensor(self, shape: &[i64], dice: &mut Dice) -> Tensor {
        let count: i64 = shape.iter().product();
        let mut values: Vec<f32> = (0..count).map(|_| self.value(dice)).collect();
        if matches!(self, Self::Nan) && count > 0 {
            values[dice.between(0, count - 1) as usize] = f32::NAN;
        }
        Tensor::from_slice(&values).view(shape)
    }

    fn value(self, dice: &mut Dice) -> f32 {
        let draw = dice.next();
        let sized = |exponent: u64| {
            f32::from_bits(
                (draw as u32 & 0x807f_ffff) | ((exponent + (draw >> 32) % 8) << 23) as u32,
            )
        };
        match self {
            Self::Whole => (draw % 7) as f32 - 3.0,
            Self::Tiny => sized(47),
            Self::Zero { negative, positive } => {
                let is_negative = negative && (!positive || draw.is_multiple_of(2));
                if is_negative { -0.0 } else { 0.0 }
            }
            Self::Special(rarity) if dice.one_in(rarity) => f32::from_bits(dice.pick(&SPECIAL)),
            _ => sized(122),
        }
    }
}
