use half::{bf16, f16};
use tch::Kind;

use crate::TorchError;

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

/// How the values of `kind` are read.
///
/// # Errors
/// Complex and quantised values.
pub fn decoder(kind: Kind) -> Result<Decode, TorchError> {
    Ok(match kind {
        Kind::Half => |bytes| {
            let bits = i16::from_le_bytes(array(bytes));
            let value = f16::from_bits(bits.cast_unsigned()).to_f64();
            Number::from_float(bits.into(), value, 16)
        },
        Kind::BFloat16 => |bytes| {
            let bits = i16::from_le_bytes(array(bytes));
            let value = bf16::from_bits(bits.cast_unsigned()).to_f64();
            Number::from_float(bits.into(), value, 16)
        },
        Kind::Float => |bytes| {
            let bits = i32::from_le_bytes(array(bytes));
            let value = f32::from_bits(bits.cast_unsigned());
            Number::from_float(bits.into(), value.into(), 32)
        },
        Kind::Double => |bytes| {
            let bits = i64::from_le_bytes(array(bytes));
            Number::from_float(bits, f64::from_bits(bits.cast_unsigned()), 64)
        },
        Kind::Uint8 | Kind::Bool => |bytes| Number::from_integer(bytes[0].into()),
        Kind::Int8 => |bytes| Number::from_integer(bytes[0].cast_signed().into()),
        Kind::Int16 => |bytes| Number::from_integer(i16::from_le_bytes(array(bytes)).into()),
        Kind::Int => |bytes| Number::from_integer(i32::from_le_bytes(array(bytes)).into()),
        Kind::Int64 => |bytes| Number::from_integer(i64::from_le_bytes(array(bytes))),
        _ => {
            return Err(TorchError::new(&format!(
                "{kind:?} values are not compared"
            )));
        }
    })
}

#[cfg(test)]
mod tests {
    use tch::{Device, Tensor};

    use super::*;

    #[test]
    fn every_value_of_sixteen_bits_is_the_number_that_libtorch_makes_of_it() {
        for kind in [Kind::Half, Kind::BFloat16] {
            let decode = decoder(kind).unwrap();
            let bits = Tensor::arange_start(-32768, 32768, (Kind::Int16, Device::Cpu));
            let values = bits.view_dtype(kind).to_kind(Kind::Double);
            let values = Vec::<f64>::try_from(&values).unwrap();
            for (bits, expected) in (i16::MIN..=i16::MAX).zip(values) {
                let value = decode(&bits.to_le_bytes()).value;
                let is_same = value == expected || (value.is_nan() && expected.is_nan());
                assert!(is_same, "{kind:?} {bits}: {value} and {expected}");
            }
        }
    }
}
