use std::fmt;

use super::{Decode, Number, Tally, Tolerance, index};
use crate::Array;
use crate::trace::Form;

/// How two tensors that should be equal differ.
pub struct Comparison {
    /// What the tensors are.
    pub name: String,
    /// Type and shape of the expected tensor.
    pub form: Form,
    /// Number of values whose bits differ.
    pub differing: u64,
    /// Largest absolute difference; NaN where one side alone has a NaN.
    pub max_absolute: f64,
    /// Largest distance in units in the last place: the representable numbers between two values.
    pub max_ulps: u64,
    /// The first difference; none where all bits are equal.
    pub first: Option<Mismatch>,
}

/// The first difference of two tensors.
#[derive(Debug, PartialEq)]
pub enum Mismatch {
    /// The shapes or the types differ; the values were not compared.
    Form {
        /// Type and shape of the other tensor.
        actual: Form,
    },
    /// A value.
    Value {
        /// Index of the value.
        index: Vec<u64>,
        /// The expected value.
        expected: f64,
        /// The other value.
        actual: f64,
        /// Distance of the two in units in the last place.
        ulps: u64,
    },
}

impl Comparison {
    /// Whether the tensors agree in shape, in type and in every bit.
    pub fn identical(&self) -> bool {
        self.first.is_none()
    }
}

/// Compares `actual` with `expected`, bit by bit.
///
/// A positive and a negative zero differ; two NaNs of equal bits do not.
pub fn compare(name: &str, expected: &Array, actual: &Array) -> Comparison {
    let (form, other) = (Form::of(expected), Form::of(actual));
    let mut tally = Tally::default();
    let first = if form == other {
        let decode: Decode = Number::decoder(form.dtype);
        let bytes = (expected.bytes(), actual.bytes());
        tally.add(bytes, (form.dtype.size(), decode), Tolerance::default());
        tally.first.map(|first| Mismatch::Value {
            index: index(first.position, &form.shape),
            expected: first.expected,
            actual: first.actual,
            ulps: first.ulps,
        })
    } else {
        Some(Mismatch::Form { actual: other })
    };
    Comparison {
        name: name.to_owned(),
        form,
        differing: tally.differing,
        max_absolute: tally.max_absolute,
        max_ulps: tally.max_ulps(),
        first,
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, form, .. } = self;
        match &self.first {
            None => write!(f, "{name}: identical, {form}"),
            Some(Mismatch::Form { actual }) => {
                write!(f, "{name}: expected {form}, found {actual}")
            }
            Some(Mismatch::Value {
                index,
                expected,
                actual,
                ulps,
            }) => {
                let (differing, count) = (self.differing, form.shape.iter().product::<u64>());
                write!(
                    f,
                    "{name}: differs first at {index:?}: expected {expected:e}, found {actual:e}, \
                     {ulps} ULP apart; {differing} of {count} values differ, \
                     by up to {:e} and {} ULP",
                    self.max_absolute, self.max_ulps
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dtype;

    fn compared(expected: &[f32], actual: &[f32]) -> Comparison {
        let array = |values: &[f32]| Array::from_f32(&[values.len() as u64], values).unwrap();
        compare("x", &array(expected), &array(actual))
    }

    #[test]
    fn equal_bits_are_identical_even_for_nan() {
        assert!(compared(&[1.0, f32::NAN], &[1.0, f32::NAN]).identical());
    }

    #[test]
    fn neighbours_are_one_ulp_apart_and_the_first_difference_is_named() {
        let next = f32::from_bits(2.0_f32.to_bits() + 1);
        let array = |values: &[f32]| Array::from_f32(&[2, 2], values).unwrap();
        let comparison = compare(
            "fc1.weight",
            &array(&[0.0, 1.0, 2.0, 3.0]),
            &array(&[0.0, 1.0, next, 4.0]),
        );
        assert_eq!(
            comparison.to_string(),
            "fc1.weight: differs first at [1, 0]: expected 2e0, found 2.000000238418579e0, 1 ULP \
             apart; 2 of 4 values differ, by up to 1e0 and 4194304 ULP"
        );
    }

    #[test]
    fn the_two_zeros_differ_at_no_distance() {
        let comparison = compared(&[0.0], &[-0.0]);
        assert!(!comparison.identical());
        assert_eq!((comparison.differing, comparison.max_ulps), (1, 0));
    }

    #[test]
    fn distances_count_across_zero() {
        let tiny = f32::from_bits(1);
        assert_eq!(compared(&[tiny], &[-tiny]).max_ulps, 2);
    }

    #[test]
    fn floats_of_every_size_are_compared_by_their_own_bits() {
        let one_and_next: [(Dtype, &[u8], &[u8]); 4] = [
            (Dtype::F16, &[0x00, 0xbc], &[0x01, 0xbc]),
            (Dtype::BF16, &[0x80, 0xbf], &[0x81, 0xbf]),
            (Dtype::F32, &[0, 0, 0x80, 0xbf], &[1, 0, 0x80, 0xbf]),
            (
                Dtype::F64,
                &[0, 0, 0, 0, 0, 0, 0xf0, 0xbf],
                &[1, 0, 0, 0, 0, 0, 0xf0, 0xbf],
            ),
        ];
        for (dtype, one, next) in one_and_next {
            let array = |bytes: &[u8]| Array::new(dtype, vec![1], bytes.to_vec()).unwrap();
            assert!(compare("x", &array(one), &array(one)).identical());
            let comparison = compare("x", &array(one), &array(next));
            assert_eq!(comparison.max_ulps, 1, "{dtype}");
            let Some(Mismatch::Value { expected, .. }) = comparison.first else {
                panic!("{comparison}");
            };
            assert_eq!(expected, -1.0, "{dtype}");
        }
    }

    #[test]
    fn another_shape_or_type_is_a_difference() {
        let comparison = compared(&[1.0], &[1.0, 1.0]);
        assert_eq!(comparison.to_string(), "x: expected F32 1, found F32 2");
        let float = Array::from_f32(&[1], &[1.0]).unwrap();
        let integer = Array::new(Dtype::I32, vec![1], vec![0; 4]).unwrap();
        assert!(!compare("x", &float, &integer).identical());
    }
}
