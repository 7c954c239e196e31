//! Which stage of A is which of B.

use std::collections::{HashMap, VecDeque};

use super::side::Side;
use super::values::{Known, outcome};
use super::{DiffError, Outcome, Row};
use crate::compare::Tolerance;
use crate::trace::{Form, Kind, Stage};

/// A stage with its type and shape.
struct Formed<'a> {
    stage: &'a Stage,
    form: Form,
}

/// Compares the stages of both sides: those of one name, and of what is left those of the same step, kind,
/// type and shape, in their order. The rows come in A's order, with what only B has where it is in B.
pub fn rows(
    (a, a_stages): (&Side, &[Stage]),
    (b, b_stages): (&Side, &[Stage]),
    tolerance: Tolerance,
) -> Result<Vec<Row>, DiffError> {
    let (ours, theirs) = (formed(a, a_stages)?, formed(b, b_stages)?);
    let partners = partners(&ours, &theirs);
    let mut is_taken = vec![false; theirs.len()];
    partners
        .iter()
        .flatten()
        .for_each(|&place| is_taken[place] = true);
    let (mut rows, mut shown) = (Vec::new(), 0);
    for (our, partner) in ours.iter().zip(&partners) {
        let Some(partner) = *partner else {
            rows.push(missing(our, Some(our.form.clone()), None));
            continue;
        };
        for place in shown..partner {
            if !is_taken[place] {
                rows.push(missing(
                    &theirs[place],
                    None,
                    Some(theirs[place].form.clone()),
                ));
            }
        }
        shown = shown.max(partner);
        rows.push(paired((a, our), (b, &theirs[partner]), tolerance)?);
    }
    let left = (shown..theirs.len()).filter(|&place| !is_taken[place]);
    rows.extend(left.map(|place| missing(&theirs[place], None, Some(theirs[place].form.clone()))));
    Ok(rows)
}

fn formed<'a>(side: &Side, stages: &'a [Stage]) -> Result<Vec<Formed<'a>>, DiffError> {
    let stages = stages.iter();
    stages
        .map(|stage| {
            Ok(Formed {
                stage,
                form: side.form(stage)?,
            })
        })
        .collect()
}

/// Of each of our stages, the place of its partner among theirs.
fn partners(ours: &[Formed<'_>], theirs: &[Formed<'_>]) -> Vec<Option<usize>> {
    let places = theirs.iter().enumerate();
    let places: HashMap<_, _> = places
        .map(|(place, their)| (their.stage.key(), place))
        .collect();
    let mut partners: Vec<Option<usize>> = ours
        .iter()
        .map(|our| places.get(&our.stage.key()).copied())
        .collect();
    let mut is_taken = vec![false; theirs.len()];
    partners
        .iter()
        .flatten()
        .for_each(|&place| is_taken[place] = true);
    let mut left: HashMap<(u64, Kind, &Form), VecDeque<usize>> = HashMap::new();
    for (place, their) in theirs.iter().enumerate() {
        if !is_taken[place] {
            let alike = (their.stage.step, their.stage.kind, &their.form);
            left.entry(alike).or_default().push_back(place);
        }
    }
    // Order is kept: what was passed over is no candidate any more.
    let mut next: HashMap<(u64, Kind), usize> = HashMap::new();
    for (our, partner) in ours.iter().zip(&mut partners) {
        let of_kind = (our.stage.step, our.stage.kind);
        let alike = (our.stage.step, our.stage.kind, &our.form);
        let Some(candidates) = left.get_mut(&alike).filter(|_| partner.is_none()) else {
            continue;
        };
        let from = next.entry(of_kind).or_default();
        while let Some(place) = candidates.pop_front() {
            if place >= *from {
                *from = place + 1;
                *partner = Some(place);
                break;
            }
        }
    }
    partners
}

fn paired(
    (a, our): (&Side, &Formed<'_>),
    (b, their): (&Side, &Formed<'_>),
    tolerance: Tolerance,
) -> Result<Row, DiffError> {
    let form = &our.form;
    let outcome = match *form == their.form {
        true => {
            let our_values = Known::new(a, our.stage, form)?;
            let their_values = Known::new(b, their.stage, form)?;
            outcome(&our_values, &their_values, form, tolerance)?
        }
        false => Outcome::Form,
    };
    Ok(Row {
        renamed: (our.stage.name != their.stage.name).then(|| their.stage.name.clone()),
        is_equal: outcome.is_equal(tolerance),
        ..row(
            our,
            Some(our.form.clone()),
            Some(their.form.clone()),
            outcome,
        )
    })
}

fn missing(formed: &Formed<'_>, a: Option<Form>, b: Option<Form>) -> Row {
    row(formed, a, b, Outcome::Missing)
}

fn row(formed: &Formed<'_>, a: Option<Form>, b: Option<Form>, outcome: Outcome) -> Row {
    Row {
        stage: Stage {
            digest: None,
            ..formed.stage.clone()
        },
        renamed: None,
        a,
        b,
        outcome,
        is_equal: false,
    }
}
