use std::fmt;

use tch::{Kind, Tensor};

use super::{Tally, Tolerance, decoder, index};
use crate::{Tensors, TorchError, form, tensor_bytes};

/// The values that are copied out at once.
const PART: i64 = 1 << 20;

/// What two tensors that should be equal have in common.
pub struct Comparison {
    /// What the tensors are.
    pub name: String,
    /// Shape of the expected tensor.
    pub shape: Vec<i64>,
    /// Values whose bits differ.
    pub differing: usize,
    /// Largest absolute difference; NaN where a NaN stands on one side only.
    pub max_absolute: f64,
    /// Largest distance in units in the last place: the representable numbers between two values.
    pub max_ulps: u64,
    /// The first difference, if there is any.
    pub first: Option<Mismatch>,
}

/// Where two tensors differ first.
#[derive(Debug, PartialEq)]
pub enum Mismatch {
    /// In shape or in the type of their values; nothing else was compared.
    Form {
        /// The expected tensor's type and shape.
        expected: (Kind, Vec<i64>),
        /// The other tensor's.
        actual: (Kind, Vec<i64>),
    },
    /// In being there: the expected stage was not computed.
    Missing,
    /// In being there: the stage was not expected.
    Unexpected,
    /// In a value.
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
    fn new(name: &str, shape: Vec<i64>) -> Self {
        Self {
            name: name.to_owned(),
            shape,
            differing: 0,
            max_absolute: 0.0,
            max_ulps: 0,
            first: None,
        }
    }

    /// Whether the tensors agree in shape, in type and in every bit.
    pub fn identical(&self) -> bool {
        self.first.is_none()
    }
}

/// Compares `actual` with `expected`, bit by bit.
///
/// Values are real floats of any size, or integers. A positive and a negative zero differ; two NaNs
/// of equal bits do not.
///
/// # Errors
/// An undefined tensor, complex or quantised values, and what libtorch refuses when the values are copied out.
pub fn compare(name: &str, expected: &Tensor, actual: &Tensor) -> Result<Comparison, TorchError> {
    let forms = (form(name, expected)?, form(name, actual)?);
    let mut comparison = Comparison::new(name, expected.size());
    if forms.0 != forms.1 {
        let (expected, actual) = forms;
        comparison.first = Some(Mismatch::Form { expected, actual });
        return Ok(comparison);
    }
    let tally = tally(expected, actual)?;
    comparison.differing = tally.differing as usize;
    comparison.max_absolute = tally.max_absolute;
    comparison.max_ulps = tally.max_ulps();
    let shape: Vec<u64> = comparison
        .shape
        .iter()
        .map(|side| side.unsigned_abs())
        .collect();
    comparison.first = tally.first.map(|first| Mismatch::Value {
        index: index(first.position, &shape),
        expected: first.expected,
        actual: first.actual,
        ulps: first.ulps,
    });
    Ok(comparison)
}

/// How two tensors of one type and shape differ.
pub(crate) fn tally(expected: &Tensor, actual: &Tensor) -> Result<Tally, TorchError> {
    let kind = expected.f_kind()?;
    let reading = (kind.elt_size_in_bytes(), decoder(kind)?);
    let parts = |tensor: &Tensor| tensor.f_flatten(0, -1)?.f_split(PART, 0);
    let mut tally = Tally::default();
    for (expected, actual) in parts(expected)?.iter().zip(&parts(actual)?) {
        let bytes = (&tensor_bytes(expected)?[..], &tensor_bytes(actual)?[..]);
        tally.add(bytes, reading, Tolerance::default());
    }
    Ok(tally)
}

/// Compares stage by stage, in the order of `actual`; what stands on one side only differs.
///
/// # Errors
/// What libtorch refuses when the values are copied out.
pub fn compare_stages(
    expected: &Tensors,
    actual: &[(String, Tensor)],
) -> Result<Vec<Comparison>, TorchError> {
    let mut comparisons = Vec::new();
    for (name, tensor) in actual {
        comparisons.push(match expected.get(name) {
            Some(expected) => compare(name, expected, tensor)?,
            None => Comparison {
                first: Some(Mismatch::Unexpected),
                ..Comparison::new(name, form(name, tensor)?.1)
            },
        });
    }
    let is_missing = |name: &String| actual.iter().all(|(computed, _)| computed != name);
    let missing = expected.iter().filter(|(name, _)| is_missing(name));
    for (name, tensor) in missing {
        comparisons.push(Comparison {
            first: Some(Mismatch::Missing),
            ..Comparison::new(name, form(name, tensor)?.1)
        });
    }
    Ok(comparisons)
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        match &self.first {
            None => write!(f, "identical, shape {:?}", self.shape),
            Some(Mismatch::Missing) => write!(f, "missing, expected shape {:?}", self.shape),
            Some(Mismatch::Unexpected) => write!(f, "unexpected, shape {:?}", self.shape),
            Some(Mismatch::Form { expected, actual }) => {
                let ((kind, shape), (actual_kind, actual_shape)) = (expected, actual);
                write!(
                    f,
                    "expected {kind:?} {shape:?}, found {actual_kind:?} {actual_shape:?}"
                )
            }
            Some(Mismatch::Value {
                index,
                expected,
                actual,
                ulps,
            }) => {
                let (differing, count) = (self.differing, self.shape.iter().product::<i64>());
                write!(
                    f,
                    "differs first at {index:?}: expected {expected:e}, found {actual:e}, \
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
    use tch::Device;

    use super::*;

    fn compared(expected: &[f32], actual: &[f32]) -> Comparison {
        let [expected, actual] = [expected, actual].map(Tensor::from_slice);
        compare("x", &expected, &actual).unwrap()
    }

    #[test]
    fn equal_bits_are_identical_even_for_nan() {
        assert!(compared(&[1.0, f32::NAN], &[1.0, f32::NAN]).identical());
    }

    #[test]
    fn neighbours_are_one_ulp_apart_and_the_first_difference_is_named() {
        let expected = Tensor::from_slice(&[0.0_f32, 1.0, 2.0, 3.0]).reshape([2, 2]);
        let next = f32::from_bits(2.0_f32.to_bits() + 1);
        let actual = Tensor::from_slice(&[0.0_f32, 1.0, next, 4.0]).reshape([2, 2]);
        let comparison = compare("fc1.weight", &expected, &actual).unwrap();
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
        for (kind, mantissa) in [
            (Kind::Half, 10),
            (Kind::BFloat16, 7),
            (Kind::Float, 23),
            (Kind::Double, 52),
        ] {
            let double = |value: f64| Tensor::from_slice(&[-value]).to_kind(kind);
            let (one, next) = (double(1.0), double(1.0 + 0.5_f64.powi(mantissa)));
            assert!(compare("x", &one, &one).unwrap().identical());
            assert_eq!(compare("x", &one, &next).unwrap().max_ulps, 1, "{kind:?}");
        }
        let complex = Tensor::zeros([1], (Kind::ComplexFloat, Device::Cpu));
        assert!(compare("x", &complex, &complex).is_err());
    }

    #[test]
    fn a_stage_on_one_side_only_differs() {
        let stage = || Tensor::from_slice(&[1.0_f32]);
        let expected = Tensors::from([("a".to_owned(), stage()), ("b".to_owned(), stage())]);
        let actual = [("b".to_owned(), stage()), ("c".to_owned(), stage())];
        let comparisons = compare_stages(&expected, &actual).unwrap();
        let found: Vec<_> = comparisons
            .iter()
            .map(|c| (c.name.as_str(), &c.first))
            .collect();
        assert_eq!(
            found,
            [
                ("b", &None),
                ("c", &Some(Mismatch::Unexpected)),
                ("a", &Some(Mismatch::Missing))
            ]
        );
    }

    #[test]
    fn another_shape_or_type_is_a_difference() {
        assert!(!compared(&[1.0], &[1.0, 1.0]).identical());
        let (float, integer) = (Tensor::from_slice(&[1.0_f32]), Tensor::from_slice(&[1_i64]));
        assert!(!compare("x", &float, &integer).unwrap().identical());
    }
}
