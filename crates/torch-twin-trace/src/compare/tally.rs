use super::Decode;
use serde::Serialize;

/// How two tensors of one type and shape differ, added up from part to part, so that a part of each is all
/// that has to be in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Values compared.
    pub count: u64,
    /// Values whose bits differ.
    pub differing: u64,
    /// Those among them that are farther apart than the tolerance allows; all of them without one.
    pub outside: u64,
    /// Largest absolute difference; NaN where a NaN stands on one side only.
    pub max_absolute: f64,
    /// The first value outside the tolerance.
    pub first: Option<Difference>,
    /// The first of the values that are the most units in the last place apart.
    pub farthest: Option<Difference>,
    /// How many values differ by a distance of so many bits: by no unit in the last place, one, up to 3, 7, 15 and so
    /// on. Numbers of bits by which none differs are left out.
    pub histogram: Vec<(u32, u64)>,
}

/// Two values in one place that differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The place among the tensor's values, row by row.
    pub position: u64,
    /// The value that was expected.
    pub expected: f64,
    /// The other value.
    pub actual: f64,
    /// Distance of the two in units in the last place.
    pub ulps: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            count: 0,
            differing: 0,
            outside: 0,
            max_absolute: 0.0,
            first: None,
            farthest: None,
            histogram: Vec::new(),
        }
    }
}

impl Tally {
    /// The largest distance in units in the last place: the representable numbers between two values.
    pub fn max_ulps(&self) -> u64 {
        self.farthest.map_or(0, |difference| difference.ulps)
    }

    /// Adds the next values of both tensors, of `size` bytes each.
    pub(crate) fn add(
        &mut self,
        (expected, actual): (&[u8], &[u8]),
        (size, decode): (usize, Decode),
        tolerance: Tolerance,
    ) {
        let start = self.count;
        self.count += (expected.len() / size) as u64;
        if expected == actual {
            return;
        }
        let pairs = expected.chunks_exact(size).zip(actual.chunks_exact(size));
        for (position, (expected, actual)) in (start..).zip(pairs) {
            if expected == actual {
                continue;
            }
            let (expected, actual) = (decode(expected), decode(actual));
            let difference = Difference {
                position,
                expected: expected.value,
                actual: actual.value,
                ulps: expected.order.abs_diff(actual.order),
            };
            self.add_difference(difference, tolerance);
        }
    }

    fn add_difference(&mut self, difference: Difference, tolerance: Tolerance) {
        let Difference {
            expected, actual, ..
        } = difference;
        self.differing += 1;
        let bits = u64::BITS - difference.ulps.leading_zeros();
        match self
            .histogram
            .binary_search_by_key(&bits, |(bits, _)| *bits)
        {
            Ok(place) => self.histogram[place].1 += 1,
            Err(place) => self.histogram.insert(place, (bits, 1)),
        }
        let absolute = (expected - actual).abs();
        if absolute.is_nan() || absolute > self.max_absolute {
            self.max_absolute = absolute;
        }
        if self
            .farthest
            .is_none_or(|farthest| difference.ulps > farthest.ulps)
        {
            self.farthest = Some(difference);
        }
        // `torch.allclose(input, other)` measures by `other`.
        if !tolerance.is_close(expected, actual) {
            self.outside += 1;
            self.first.get_or_insert(difference);
        }
    }
}

/// The index of the value at `position` among those of a tensor, row by row.
pub fn index(mut position: u64, shape: &[u64]) -> Vec<u64> {
    let mut index = Vec::with_capacity(shape.len());
    for &side in shape.iter().rev() {
        let side = side.max(1);
        index.push(position % side);
        position /= side;
    }
    index.reverse();
    index
}

/// How far two values may be apart, as `torch.allclose(a, b)` has it: |a − b| ≤ atol + rtol·|b|.
///
/// Values of equal bits are close, NaN too. The default takes nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Tolerance {
    /// The part that grows with |b|.
    pub rtol: f64,
    /// The part that does not.
    pub atol: f64,
}

impl Tolerance {
    /// Whether only equal bits are close.
    pub fn is_none(&self) -> bool {
        self.rtol == 0.0 && self.atol == 0.0
    }

    /// Whether two values of different bits are close.
    pub fn is_close(&self, a: f64, b: f64) -> bool {
        let distance = (a - b).abs();
        !self.is_none() && distance.is_finite() && distance <= self.atol + self.rtol * b.abs()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Number;
    use super::*;
    use crate::Dtype;

    fn tally(pairs: &[(f32, f32)], tolerance: Tolerance) -> Tally {
        let mut tally = Tally::default();
        let bytes = |value: f32| value.to_le_bytes();
        for (expected, actual) in pairs {
            let values = (&bytes(*expected)[..], &bytes(*actual)[..]);
            tally.add(values, (4, Number::decoder(Dtype::F32)), tolerance);
        }
        tally
    }

    #[test]
    fn the_farthest_and_the_first_are_told_from_part_to_part() {
        let next = f32::from_bits(1.0_f32.to_bits() + 1);
        let tally = tally(
            &[(0.0, 0.0), (0.0, -0.0), (1.0, next), (2.0, 3.0), (2.0, 3.0)],
            Tolerance::default(),
        );
        assert_eq!((tally.count, tally.differing, tally.outside), (5, 4, 4));
        assert_eq!(tally.first.unwrap().position, 1);
        assert_eq!(tally.farthest.unwrap().position, 3);
        assert_eq!(tally.max_ulps(), 1 << 22);
        assert_eq!(tally.histogram, [(0, 1), (1, 1), (23, 2)]);
    }

    #[test]
    fn within_the_tolerance_values_differ_and_are_not_outside() {
        let tolerance = Tolerance {
            rtol: 0.0,
            atol: 0.5,
        };
        let tally = tally(
            &[
                (1.0, 1.5),
                (1.0, 1.6),
                (f32::NAN, 1.0),
                (f32::INFINITY, 1.0),
            ],
            tolerance,
        );
        assert_eq!((tally.differing, tally.outside), (4, 3));
        assert_eq!(tally.first.unwrap().position, 1);
    }

    #[test]
    fn the_relative_tolerance_is_one_of_the_second_value_as_in_allclose() {
        let tolerance = Tolerance {
            rtol: 0.1,
            atol: 0.0,
        };
        assert_eq!(tally(&[(10.9, 10.0)], tolerance).outside, 0);
        assert_eq!(tally(&[(10.0, 9.0)], tolerance).outside, 1);
    }
}
