use super::call::Call;
use super::evidence::TraceRows;
use crate::diff::row::difference;
use crate::diff::{Cause, Row, Verdict};
use crate::trace::Kind;

/// What both sides have recorded of a step, up to an update of weights: all of it, or where modules are called
/// again after gradients or an optimizer, as in the step of a GAN, a part.
pub(super) struct Step<'a> {
    pub number: u64,
    pub all: &'a TraceRows<'a>,
    rows: &'a [&'a Row],
    /// What of the step comes before.
    pub before: &'a [&'a Row],
    pub calls: Vec<Call<'a>>,
    /// The step before it of those that are recorded.
    pub last: Option<u64>,
}

impl<'a> Step<'a> {
    /// The parts of a step, in their order.
    pub fn parts(all: &'a TraceRows<'a>, number: u64, last: Option<u64>) -> Vec<Self> {
        let rows = all.of_step(number);
        let is_call = |row: &Row| matches!(row.stage.kind, Kind::Input | Kind::Output);
        let is_update =
            |row: &Row| !is_call(row) && row.stage.kind != Kind::Loss && row.is_paired();
        let is_start = |&place: &usize| {
            is_call(rows[place]) && rows[place].is_paired() && is_update(rows[place - 1])
        };
        let mut starts: Vec<usize> = (1..rows.len()).filter(is_start).collect();
        starts.insert(0, 0);
        let ends = starts[1..].iter().copied().chain([rows.len()]);
        let parts = starts.iter().zip(ends);
        parts
            .map(|(&start, end)| Self {
                number,
                all,
                rows: &rows[start..end],
                before: &rows[..start],
                calls: Call::all(&rows[start..end]),
                last,
            })
            .collect()
    }

    /// The whole step without its calls.
    pub(super) fn whole(&self) -> Self {
        Self {
            rows: self.all.of_step(self.number),
            before: &[],
            calls: Vec::new(),
            ..*self
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

    fn loss(&self) -> Option<Verdict> {
        let row = self
            .comparable(Kind::Loss)
            .into_iter()
            .find(|row| !row.is_equal)?;
        let mut outputs = self.calls.iter().filter(|call| !call.name.contains('.'));
        let what = match outputs.any(Call::is_paired) {
            true => "the network's output is equal, so it is the targets or the loss function",
            false => "the network's output is not recorded in both",
        };
        let reason = format!("{what}: {}", difference(row));
        let (name, step) = (row.stage.name.clone(), self.number);
        Some(Verdict::new(
            Cause::Loss { name, step },
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
