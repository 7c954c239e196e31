//! What only one side has, where all that both have is equal.
//!
//! A side that has other stages of the kind in the step lacks this one: that is a difference. A side that has
//! none of the kind in the step did not record it: then nothing is known.

use std::collections::HashSet;

use crate::diff::row::difference;
use crate::diff::{Cause, Row, Verdict};
use crate::trace::Kind;

/// What a side has recorded, by step and kind; of a step without its kind as well.
#[derive(Default)]
struct Recorded(HashSet<(char, u64, Option<Kind>)>);

impl Recorded {
    fn new(rows: &[Row]) -> Self {
        let mut recorded = Self::default();
        for row in rows {
            for side in ['A', 'B'] {
                if row.only_in().is_none_or(|only| only == side) {
                    recorded.0.insert((side, row.stage.step, None));
                    let kind = Some(group(row.stage.kind));
                    recorded.0.insert((side, row.stage.step, kind));
                }
            }
        }
        recorded
    }

    /// Whether `side` has stages of the kind in the step; without a kind, any stages.
    fn has(&self, side: char, step: u64, kind: Option<Kind>) -> bool {
        self.0.contains(&(side, step, kind.map(group)))
    }
}

/// Inputs and outputs are recorded together.
fn group(kind: Kind) -> Kind {
    match kind {
        Kind::Input => Kind::Output,
        kind => kind,
    }
}

/// The verdict on stages of one side; none where there are none.
pub(super) fn verdict_on_one_sided(rows: &[Row]) -> Option<Verdict> {
    let recorded = Recorded::new(rows);
    let one_sided: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row, row.only_in()?)))
        .collect();
    let is_lacking = |&&(row, side): &&(&Row, char)| {
        recorded.has(other(side), row.stage.step, Some(row.stage.kind))
    };
    let equal = rows.len() - one_sided.len();
    if let Some(&(row, only_in)) = one_sided.iter().find(is_lacking) {
        let (kind, name, step) = (row.stage.kind, row.stage.name.clone(), row.stage.step);
        let cause = Cause::OneSided {
            kind,
            name,
            step,
            only_in,
        };
        let reason = format!(
            "{}, as {} of all stages are on one side only; the {equal} that both have are equal",
            difference(row),
            one_sided.len(),
        );
        return Some(Verdict::new(cause, reason));
    }
    let &(row, side) = one_sided.first()?;
    let (missing_in, step) = (other(side), row.stage.step);
    let is_step = !recorded.has(missing_in, step, None);
    let kind = (!is_step).then_some(row.stage.kind);
    let cause = Cause::NotRecorded {
        kind,
        step,
        missing_in,
    };
    let reason = format!(
        "the {equal} stages that both have are equal, {} are on one side only; likely cause: {}",
        one_sided.len(),
        likely_cause(kind, missing_in)
    );
    Some(Verdict::new(cause, reason))
}

fn other(side: char) -> char {
    if side == 'A' { 'B' } else { 'A' }
}

/// Why a recorder has nothing of a kind, or of a step.
fn likely_cause(kind: Option<Kind>, side: char) -> String {
    match kind {
        None => format!("{side} stops before this step, or only_steps leaves it out"),
        Some(Kind::Input | Kind::Output) => {
            format!("recorder.forward is not called in {side}, or the recorder has another module")
        }
        Some(Kind::Loss) => format!("recorder.loss is not called in {side}"),
        Some(Kind::Gradient) => format!("recorder.gradients is not called in {side}"),
        Some(Kind::Optimizer) => {
            format!("recorder.optimizer is not called in {side}, or the recorder has no optimizer")
        }
        Some(Kind::Weight) => format!("recorder.weights is not called in {side}"),
    }
}
