use std::collections::HashMap;

use super::call::owner;
use super::step::Step;
use crate::diff::row::difference;
use crate::diff::{Cause, Row, Verdict};
use crate::trace::Kind;

impl Step<'_> {
    pub(super) fn backward(&self) -> Option<Verdict> {
        let gradients = self.comparable(Kind::Gradient);
        let unequal: Vec<_> = gradients
            .iter()
            .copied()
            .filter(|row| !row.is_equal)
            .collect();
        // The backward goes from the loss down, so the first wrong gradient is the latest of the forward.
        let calls = self.before.iter().map(|row| row.stage.name.as_str());
        let calls = calls.chain(self.calls.iter().map(|call| call.name));
        let called: HashMap<_, _> = calls.zip(0..).collect();
        let place = |row: &Row| called.get(owner(&row.stage.name));
        let latest = || unequal.iter().copied().rev().max_by_key(|row| place(row));
        let row = unequal
            .iter()
            .copied()
            .find(|row| !row.is_paired())
            .or_else(latest)?;
        let what = match (row.is_paired(), unequal.len()) {
            (false, _) => "the gradient is on one side only",
            (true, 1) => {
                "all that was computed forward is equal, and so are the gradients of all other parameters"
            }
            (true, count) if count == gradients.len() => {
                "all that was computed forward is equal, and no gradient is: the loss's backward differs, or what is done to all gradients before the optimizer's step, such as clipping"
            }
            (true, _) => {
                "all that was computed forward is equal, and so are the gradients of what comes after it"
            }
        };
        let (name, step) = (row.stage.name.clone(), self.number);
        let reason = format!("{what}; {}", difference(row));
        Some(Verdict::new(
            Cause::Backward { name, step },
            self.with_gap(reason),
        ))
    }
}
