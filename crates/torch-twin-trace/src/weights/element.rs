use std::collections::BTreeMap;

use super::FileError;
use super::list::List;
use crate::{Array, Dtype, printable};

/// A type that values have in a file.
#[derive(Debug)]
pub struct Element {
    /// As PyTorch names it, without `torch.`.
    pub torch: &'static str,
    /// As safetensors names it; empty where it has no name.
    pub safetensors: &'static str,
    /// The bits of a value.
    pub bits: u64,
    /// How it is read.
    pub reading: Reading,
}

/// How values of a type are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// As they are.
    As(Dtype),
    /// Floats of a byte, which become float32 exactly.
    Float8(Float8),
    /// Not at all.
    Not,
}

/// How a byte is a float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Float8 {
    /// The bits of the fraction; the byte begins with a sign, and the rest is the exponent.
    fraction: u32,
    /// What the exponent is counted from.
    bias: i32,
    /// Which bytes are not numbers.
    special: Special,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Special {
    /// As in IEEE 754: with the largest exponent, infinite or NaN.
    Ieee,
    /// With all bits but the sign: NaN.
    AllOnes,
    /// The byte of a negative zero is NaN.
    NegativeZero,
    /// An exponent without sign, and the largest one is NaN.
    Scale,
}

const fn plain(dtype: Dtype, torch: &'static str, name: &'static str, bits: u64) -> Element {
    element(torch, name, bits, Reading::As(dtype))
}

const fn float8(
    torch: &'static str,
    name: &'static str,
    (fraction, bias): (u32, i32),
    special: Special,
) -> Element {
    let float = Float8 {
        fraction,
        bias,
        special,
    };
    element(torch, name, 8, Reading::Float8(float))
}

const fn unread(torch: &'static str, name: &'static str, bits: u64) -> Element {
    element(torch, name, bits, Reading::Not)
}

const fn element(
    torch: &'static str,
    safetensors: &'static str,
    bits: u64,
    reading: Reading,
) -> Element {
    Element {
        torch,
        safetensors,
        bits,
        reading,
    }
}

/// The types that have a name, in the order in which safetensors files have their tensors, the last one first.
static ELEMENTS: [Element; 32] = [
    plain(Dtype::Bool, "bool", "BOOL", 8),
    unread("float4_e2m1fn_x2", "F4", 4),
    unread("float6_e2m3fn", "F6_E2M3", 6),
    unread("float6_e3m2fn", "F6_E3M2", 6),
    plain(Dtype::U8, "uint8", "U8", 8),
    plain(Dtype::I8, "int8", "I8", 8),
    float8("float8_e5m2", "F8_E5M2", (2, 15), Special::Ieee),
    float8("float8_e4m3fn", "F8_E4M3", (3, 7), Special::AllOnes),
    float8("float8_e8m0fnu", "F8_E8M0", (0, 127), Special::Scale),
    float8(
        "float8_e4m3fnuz",
        "F8_E4M3FNUZ",
        (3, 8),
        Special::NegativeZero,
    ),
    float8(
        "float8_e5m2fnuz",
        "F8_E5M2FNUZ",
        (2, 16),
        Special::NegativeZero,
    ),
    plain(Dtype::I16, "int16", "I16", 16),
    unread("uint16", "U16", 16),
    plain(Dtype::F16, "float16", "F16", 16),
    plain(Dtype::BF16, "bfloat16", "BF16", 16),
    plain(Dtype::I32, "int32", "I32", 32),
    unread("uint32", "U32", 32),
    plain(Dtype::F32, "float32", "F32", 32),
    unread("complex64", "C64", 64),
    plain(Dtype::F64, "float64", "F64", 64),
    plain(Dtype::I64, "int64", "I64", 64),
    unread("uint64", "U64", 64),
    unread("complex32", "", 32),
    unread("complex128", "", 128),
    unread("qint8", "", 8),
    unread("quint8", "", 8),
    unread("qint32", "", 32),
    unread("quint4x2", "", 8),
    unread("quint2x4", "", 8),
    unread("bits8", "", 8),
    unread("bits16", "", 16),
    unread("bits1x8", "", 8),
];

impl Element {
    /// The type that PyTorch names `name`, without `torch.`.
    pub fn of_torch(name: &str) -> Option<&'static Self> {
        ELEMENTS.iter().find(|element| element.torch == name)
    }

    /// The type that safetensors names `name`.
    pub fn of_safetensors(name: &str) -> Option<&'static Self> {
        let named = |element: &&Self| element.safetensors == name && !name.is_empty();
        ELEMENTS.iter().find(named)
    }

    /// The type of the storages whose class is `class`, such as `FloatStorage`.
    pub fn of_storage(class: &str) -> Option<&'static Self> {
        Self::of_torch(match class {
            "DoubleStorage" => "float64",
            "FloatStorage" => "float32",
            "HalfStorage" => "float16",
            "BFloat16Storage" => "bfloat16",
            "LongStorage" => "int64",
            "IntStorage" => "int32",
            "ShortStorage" => "int16",
            "CharStorage" => "int8",
            "ByteStorage" => "uint8",
            "BoolStorage" => "bool",
            "ComplexFloatStorage" => "complex64",
            "ComplexDoubleStorage" => "complex128",
            "QInt8Storage" => "qint8",
            "QUInt8Storage" => "quint8",
            "QInt32Storage" => "qint32",
            "QUInt4x2Storage" => "quint4x2",
            "QUInt2x4Storage" => "quint2x4",
            _ => return None,
        })
    }

    /// Where safetensors files have tensors of a type: those of the largest rank come first.
    pub fn rank(dtype: Dtype) -> usize {
        let is_it = |element: &Self| element.reading == Reading::As(dtype);
        ELEMENTS.iter().position(is_it).unwrap_or_default()
    }

    /// The bytes of a value; a type of less than a byte is not read.
    pub fn bytes(&self) -> u64 {
        self.bits / 8
    }
}

impl Reading {
    /// The type that values have when they are read, and their bytes, made from those in the file.
    pub fn read(self, bytes: Vec<u8>) -> Option<(Dtype, Vec<u8>)> {
        match self {
            Self::As(dtype) => Some((dtype, bytes)),
            Self::Float8(float) => {
                let values: [[u8; 4]; 256] =
                    std::array::from_fn(|byte| float.to_bits(byte as u8).to_le_bytes());
                let bytes = bytes.iter().flat_map(|&byte| values[usize::from(byte)]);
                Some((Dtype::F32, bytes.collect()))
            }
            Self::Not => None,
        }
    }

    /// The type that values have when they are read.
    pub fn dtype(self) -> Option<Dtype> {
        match self {
            Self::As(dtype) => Some(dtype),
            Self::Float8(_) => Some(Dtype::F32),
            Self::Not => None,
        }
    }
}

impl Float8 {
    /// The bits of the float32 that a byte is; of NaN those that PyTorch gives it.
    fn to_bits(self, byte: u8) -> u32 {
        const NAN: u32 = 0x7f80_0001;
        let sign = u32::from(byte & 128) << 24;
        let one = 1 << self.fraction;
        let (exponent, fraction) = (
            u32::from(byte & 127) >> self.fraction,
            u32::from(byte) % one,
        );
        match self.special {
            Special::Ieee if exponent == 31 && fraction == 0 => return sign | 0x7f80_0000,
            Special::Ieee if exponent == 31 => return sign | 0x7fc0_0000 | fraction << 21,
            Special::AllOnes if byte & 127 == 127 => return sign | 0x7ff0_0000,
            Special::NegativeZero if byte == 128 => return NAN,
            Special::Scale if byte == 255 => return NAN,
            Special::Scale => return 2_f32.powi(i32::from(byte) - self.bias).to_bits(),
            _ => {}
        }
        let (exponent, significand) = match exponent {
            0 => (1, fraction),
            _ => (exponent, one + fraction),
        };
        // Exact: a few bits, and an exponent far from the smallest of float32.
        let scale = 2_f32.powi(exponent as i32 - self.bias - self.fraction as i32);
        sign | (significand as f32 * scale).to_bits()
    }
}

/// The tensors whose type has no counterpart here and was converted.
#[derive(Default)]
pub struct Converted {
    /// Their names, by the type.
    names: BTreeMap<&'static str, List>,
}

impl Converted {
    /// The array of a tensor whose values are `bytes`, in another type if need be.
    pub fn read(
        &mut self,
        name: &str,
        element: &Element,
        shape: Vec<u64>,
        bytes: Vec<u8>,
    ) -> Result<Array, FileError> {
        let Some((dtype, bytes)) = element.reading.read(bytes) else {
            let what = format!("{} values", element.torch);
            return Err(FileError::unread(name, &what));
        };
        if let Reading::Float8(_) = element.reading {
            let names = self.names.entry(element.torch).or_default();
            names.push(printable(name));
        }
        let named = |error| FileError::Part {
            file: name.to_owned(),
            error: Box::new(FileError::Array(error)),
        };
        Array::new(dtype, shape, bytes).map_err(named)
    }

    /// What was converted, a line for each type.
    pub fn note(&self) -> impl Iterator<Item = String> {
        let names = self.names.iter();
        names.filter_map(|(from, names)| names.note(&format!("converted from {from} to float32")))
    }
}
