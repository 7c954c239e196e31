use std::sync::Arc;

use crate::compare::{Tally, Tolerance, index};
use crate::trace::{Digest, Form, Stage};

/// A stage of both sides, or of one that the other lacks.
#[derive(Clone, Debug)]
pub struct Row {
    /// The stage, as A names it, or B where only B has it.
    pub stage: Stage,
    /// B's name of it, where it has another.
    pub renamed: Option<String>,
    /// Type and shape in A, if it is there.
    pub a: Option<Arc<Form>>,
    /// Type and shape in B, if it is there.
    pub b: Option<Arc<Form>>,
    /// What was found.
    pub outcome: Outcome,
    /// Whether the tensors are equal, or as close as the tolerance allows.
    pub is_equal: bool,
}

/// How the tensors of a stage differ.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Type and shape are the same, and these are the differences of the values.
    Values(Box<Tally>),
    /// A side has a digest alone; these are A's and B's.
    Digests(Box<[Digest; 2]>),
    /// Type or shape differ.
    Form,
    /// One side lacks it.
    Missing,
}

impl Outcome {
    /// Whether the tensors are equal, or as close as `tolerance` allows. Of digests that differ, least value,
    /// largest value and mean have to be close, and finite.
    pub(super) fn is_equal(&self, tolerance: Tolerance) -> bool {
        match self {
            Self::Values(tally) => tally.outside == 0,
            Self::Digests(digests) => {
                let [a, b] = &**digests;
                let statistics = [(a.min, b.min), (a.max, b.max), (a.mean, b.mean)];
                let is_close = |(a, b): &(Option<f64>, Option<f64>)| match (a, b) {
                    (Some(a), Some(b)) => tolerance.is_close(*a, *b),
                    _ => false,
                };
                a.sha256 == b.sha256 || (!tolerance.is_none() && statistics.iter().all(is_close))
            }
            Self::Form | Self::Missing => false,
        }
    }

    /// Whether the bits are the same.
    pub fn is_identical(&self) -> bool {
        match self {
            Self::Values(tally) => tally.differing == 0,
            Self::Digests(digests) => digests[0].sha256 == digests[1].sha256,
            Self::Form | Self::Missing => false,
        }
    }
}

impl Row {
    /// The row of `stage`, which is not equal as yet.
    pub(super) fn new(
        stage: &Stage,
        a: Option<Arc<Form>>,
        b: Option<Arc<Form>>,
        outcome: Outcome,
    ) -> Self {
        let Stage {
            step,
            kind,
            ref name,
            call,
            index,
            ..
        } = *stage;
        let name = name.clone();
        Self {
            stage: Stage {
                step,
                kind,
                name,
                call,
                index,
                digest: None,
            },
            renamed: None,
            a,
            b,
            outcome,
            is_equal: false,
        }
    }

    /// The stage as B names it.
    pub(super) fn stage_of_b(&self) -> Stage {
        let name = self.renamed.as_ref().unwrap_or(&self.stage.name).clone();
        Stage {
            name,
            ..self.stage.clone()
        }
    }

    /// Whether both sides have it.
    pub fn is_paired(&self) -> bool {
        self.a.is_some() && self.b.is_some()
    }

    /// The side that has it, where only one does.
    pub fn only_in(&self) -> Option<char> {
        match (&self.a, &self.b) {
            (Some(_), None) => Some('A'),
            (None, Some(_)) => Some('B'),
            _ => None,
        }
    }
}

/// How a row's tensors differ, in words.
pub fn difference(row: &Row) -> String {
    match (&row.outcome, &row.a, &row.b) {
        (Outcome::Missing, Some(form), _) => format!("only A has it, {form}"),
        (Outcome::Missing, None, Some(form)) => format!("only B has it, {form}"),
        (Outcome::Form, Some(a), Some(b)) => format!("{a} in A and {b} in B"),
        (Outcome::Values(tally), Some(form), _) => words(tally, form),
        (Outcome::Digests(digests), ..) => {
            let [a, b] = &**digests;
            let number = |value: Option<f64>| {
                value.map_or("not finite".to_owned(), |value| format!("{value:e}"))
            };
            format!(
                "digests differ; means {} in A and {} in B",
                number(a.mean),
                number(b.mean)
            )
        }
        _ => String::new(),
    }
}

/// The differences of the values, in words.
fn words(tally: &Tally, form: &Form) -> String {
    let Some(first) = tally.first.or(tally.farthest) else {
        return "equal".to_owned();
    };
    let place = index(first.position, &form.shape);
    let (differing, count) = (tally.differing, tally.count);
    let (expected, actual, ulps) = (first.expected, first.actual, tally.max_ulps());
    match form.dtype.is_float() {
        false => format!(
            "{differing} of {count} values differ, first at {place:?}: {expected} in A and {actual} in B; by up to {ulps}"
        ),
        true => format!(
            "{differing} of {count} values differ, first at {place:?}: {expected:e} in A and {actual:e} in B; by up to {:e} and {ulps} ULP",
            tally.max_absolute
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(mean: f64, max: Option<f64>) -> Digest {
        Digest {
            dtype: "F32".to_owned(),
            shape: vec![2],
            sha256: format!("{mean}"),
            min: Some(0.0),
            max,
            mean: Some(mean),
        }
    }

    #[test]
    fn digests_that_differ_are_close_if_their_statistics_are_and_never_without_a_tolerance() {
        let tolerance = |atol| Tolerance { rtol: 0.0, atol };
        let digests = |a, b| Outcome::Digests(Box::new([a, b]));
        let close = digests(digest(0.5, Some(1.0)), digest(0.6, Some(1.0)));
        assert!(!close.is_equal(Tolerance::default()));
        assert!(!close.is_equal(tolerance(0.05)));
        let both_infinite = digests(digest(0.5, None), digest(0.6, None));
        assert!(!both_infinite.is_equal(tolerance(0.2)));
        let one_infinite = digests(digest(0.5, Some(1.0)), digest(0.6, None));
        assert!(!one_infinite.is_equal(tolerance(0.2)));
        assert!(close.is_equal(tolerance(0.2)), "{close:?}");
    }
}
