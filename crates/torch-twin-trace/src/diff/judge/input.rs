use super::call::Call;
use super::evidence::Letter;
use super::step::Step;
use crate::diff::row::difference;
use crate::diff::verdict::module;
use crate::diff::{Cause, Row, Verdict};
use crate::trace::Kind;

impl<'a> Step<'a> {
    /// The verdict on an input of a call around which no call is recorded.
    pub(super) fn input(&self, call: &Call<'a>, input: &'a Row) -> Verdict {
        let (step, index, name) = (self.number, input.stage.index, call.name.to_owned());
        let outputs = Letter::BOTH.map(|side| self.earlier_output(side, call, input));
        let which = match call.name {
            "" if call.inputs() == 1 => String::new(),
            _ => format!("input {index} of {} differs; ", module(call.name)),
        };
        let carried = [("A", outputs[0]), ("B", outputs[1])].map(|(side, output)| match output {
            Some(output) => format!(
                "in {side} it equals output {} of step {}",
                output.stage.index, output.stage.step
            ),
            None => format!("in {side} it equals no earlier output"),
        });
        let (cause, known) = match outputs {
            [None, None] => (Cause::Data { name, index, step }, String::new()),
            _ => {
                let cause = Cause::CarriedState { name, index, step };
                (cause, format!("{}; ", carried.join(", ")))
            }
        };
        let reason = format!("{which}{known}{}", difference(input));
        Verdict::new(cause, self.with_gap(reason))
    }

    /// The latest output of the same module that is this input, on one side.
    fn earlier_output(&self, side: Letter, call: &Call<'_>, input: &Row) -> Option<&'a Row> {
        let form = |row: &Row| match side {
            Letter::A => row.a.clone(),
            Letter::B => row.b.clone(),
        };
        let expected = form(input)?;
        let of_last = self.last.map_or(&[][..], |last| self.all.of_step(last));
        let of_part = self.calls.iter().flat_map(|call| call.rows());
        let earlier = of_last.iter().chain(self.before).chain(of_part).copied();
        let is_candidate = |row: &&Row| {
            let stage = &row.stage;
            let is_earlier = stage.step < self.number || stage.call < call.number;
            (stage.kind, stage.name.as_str()) == (Kind::Output, call.name)
                && is_earlier
                && form(row).as_ref() == Some(&expected)
        };
        let candidates: Vec<_> = earlier.filter(is_candidate).collect();
        let is_same = |row: &&Row| self.all.evidence.is_same((side, input), (side, row));
        candidates.into_iter().rev().find(is_same)
    }
}
