use super::{Outcome, Row};
use crate::compare::{Tally, index};
use crate::trace::Form;

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
