use super::call::Call;
use super::weights::first_of_weights;
use crate::diff::difference::difference;
use crate::diff::{Guilty, Row, Verdict};
use crate::trace::Kind;

/// A step that both sides have recorded.
pub(super) struct Step<'a> {
    pub number: u64,
    pub all: &'a [Row],
    rows: Vec<&'a Row>,
    pub calls: Vec<Call<'a>>,
    /// The step before it of those that are recorded.
    pub last: Option<u64>,
}

impl<'a> Step<'a> {
    pub fn new(all: &'a [Row], number: u64, last: Option<u64>) -> Self {
        let rows: Vec<_> = all.iter().filter(|row| row.stage.step == number).collect();
        Self {
            number,
            all,
            calls: Call::all(&rows),
            rows,
            last,
        }
    }

    pub fn verdict(&self) -> Option<Verdict> {
        let initial = || {
            if self.number == 0 {
                self.initial_values()
            } else {
                None
            }
        };
        initial()
            .or_else(|| self.forward())
            .or_else(|| self.buffers())
            .or_else(|| self.loss())
            .or_else(|| self.backward())
            .or_else(|| self.optimizer_state())
            .or_else(|| self.optimizer_update())
    }

    fn initial_values(&self) -> Option<Verdict> {
        let row = first_of_weights(&self.comparable(Kind::Weight))?;
        let name = row.stage.name.clone();
        Some(Verdict::new(Guilty::InitialValue { name }, difference(row)))
    }

    fn loss(&self) -> Option<Verdict> {
        let row = self
            .comparable(Kind::Loss)
            .into_iter()
            .find(|row| !row.is_equal)?;
        let reason = match self.calls.is_empty() {
            true => format!("no module's stages are recorded; {}", difference(row)),
            false => format!(
                "the network's output is equal, so it is the targets or the loss function: {}",
                difference(row)
            ),
        };
        Some(Verdict::new(
            Guilty::Loss { step: self.number },
            self.with_gap(reason),
        ))
    }

    /// The steps before this one that are not recorded.
    pub(super) fn gap(&self) -> Option<(u64, u64)> {
        let first = self.last? + 1;
        (first < self.number).then(|| (first, self.number - 1))
    }

    pub(super) fn with_gap(&self, reason: String) -> String {
        match self.gap() {
            None => reason,
            Some((first, last)) => format!(
                "{reason}; the cause may be in steps {first} to {last}, which are not recorded"
            ),
        }
    }

    /// The rows of a kind that both sides have recorded in this step.
    pub(super) fn comparable(&self, kind: Kind) -> Vec<&'a Row> {
        let rows: Vec<_> = self
            .rows
            .iter()
            .copied()
            .filter(|row| row.stage.kind == kind)
            .collect();
        match rows.iter().any(|row| row.is_paired()) {
            true => rows,
            false => Vec::new(),
        }
    }
}
