use super::call::Call;
use super::trace_rows::TraceRows;
use super::weights::first_of_weights;
use crate::diff::difference::difference;
use crate::diff::{Cause, Row, Verdict};
use crate::trace::Kind;

/// A step that both sides have recorded.
pub(super) struct Step<'a> {
    pub number: u64,
    pub all: &'a TraceRows<'a>,
    rows: &'a [&'a Row],
    pub calls: Vec<Call<'a>>,
    /// The step before it of those that are recorded.
    pub last: Option<u64>,
}

impl<'a> Step<'a> {
    pub fn new(all: &'a TraceRows<'a>, number: u64, last: Option<u64>) -> Self {
        let rows = all.of_step(number);
        Self {
            number,
            all,
            calls: Call::all(rows),
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
        Some(Verdict::new(Cause::InitialValue { name }, difference(row)))
    }

    fn loss(&self) -> Option<Verdict> {
        let row = self
            .comparable(Kind::Loss)
            .into_iter()
            .find(|row| !row.is_equal)?;
        let has_output = self
            .calls
            .iter()
            .any(|call| call.name.is_empty() && call.is_paired());
        let what = match has_output {
            true => "the network's output is equal, so it is the targets or the loss function",
            false => "the network's output is not recorded in both",
        };
        let reason = format!("{what}: {}", difference(row));
        Some(Verdict::new(
            Cause::Loss { step: self.number },
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

    /// The side that alone has recorded this kind in this step.
    pub(super) fn only_side_with(&self, kind: Kind) -> Option<char> {
        let mut rows = self.rows.iter().filter(|row| row.stage.kind == kind);
        let side = rows.next()?.only_in()?;
        rows.all(|row| row.only_in() == Some(side)).then_some(side)
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
