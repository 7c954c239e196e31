use half::{bf16, f16};

use crate::Dtype;

/// A value as a number, and as its place among all numbers of its type: the distance of two places is
/// their distance in units in the last place.
#[derive(Clone, Copy)]
pub struct Number {
    pub value: f64,
    pub order: i64,
}

/// Makes a number of a value's bytes, little-endian.
pub type Decode = fn(&[u8]) -> Number;

impl Number {
    /// A float of `width` bits, whose sign goes on through those of `bits`.
    fn from_float(bits: i64, value: f64, width: u32) -> Self {
        // Without its sign bit, a float's bits count upwards from zero.
        let magnitude = bits & (i64::MAX >> (64 - width));
        Self {
            value,
            order: if bits < 0 { -magnitude } else { magnitude },
        }
    }

    fn from_integer(value: i64) -> Self {
        Self {
            value: value as f64,
            order: value,
        }
    }
}

/// As many bytes as a value of this kind has.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    std::array::from_fn(|place| bytes[place])
}

impl Number {
    /// Reads the values of a type.
    pub fn decoder(dtype: Dtype) -> Decode {
        match dtype {
            Dtype::F16 => |bytes| {
                let bits = i16::from_le_bytes(array(bytes));
                let value = f16::from_bits(bits.cast_unsigned()).to_f64();
                Self::from_float(bits.into(), value, 16)
            },
            Dtype::BF16 => |bytes| {
                let bits = i16::from_le_bytes(array(bytes));
                let value = bf16::from_bits(bits.cast_unsigned()).to_f64();
                Self::from_float(bits.into(), value, 16)
            },
            Dtype::F32 => |bytes| {
                let bits = i32::from_le_bytes(array(bytes));
                let value = f32::from_bits(bits.cast_unsigned());
                Self::from_float(bits.into(), value.into(), 32)
            },
            Dtype::F64 => |bytes| {
                let bits = i64::from_le_bytes(array(bytes));
                Self::from_float(bits, f64::from_bits(bits.cast_unsigned()), 64)
            },
            Dtype::U8 | Dtype::Bool => |bytes| Self::from_integer(bytes[0].into()),
            Dtype::I8 => |bytes| Self::from_integer(bytes[0].cast_signed().into()),
            Dtype::I16 => |bytes| Self::from_integer(i16::from_le_bytes(array(bytes)).into()),
            Dtype::I32 => |bytes| Self::from_integer(i32::from_le_bytes(array(bytes)).into()),
            Dtype::I64 => |bytes| Self::from_integer(i64::from_le_bytes(array(bytes))),
        }
    }
}
