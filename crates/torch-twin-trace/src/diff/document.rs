//! A report as `torch-twin diff --json` prints it, and its page shows it; `docs/diff.md` has the layout.

use serde::ser::{Serialize, Serializer};

use super::{Outcome, Report, Row, Side, Verdict};
use crate::compare::{self, Difference, Tally, Tolerance};
use crate::trace::{Digest, Form, Kind, Settings};

/// The value of `version`.
const VERSION: u64 = 1;

/// Everything about a comparison.
#[derive(serde::Serialize)]
pub struct Document<'a> {
    format: &'static str,
    version: u64,
    equal: bool,
    line: String,
    verdict: Option<&'a Verdict>,
    tolerance: Tolerance,
    step: Option<u64>,
    a: File<'a>,
    b: File<'a>,
    differing_settings: Vec<&'static str>,
    notes: &'a [String],
    stages: Stages<'a>,
}

#[derive(serde::Serialize)]
struct File<'a> {
    file: &'a str,
    what: &'static str,
    settings: Option<&'a Settings>,
}

/// The stages of a report, of which one at a time is made ready.
struct Stages<'a>(&'a Report);

impl Serialize for Stages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Report {
            rows, has_steps, ..
        } = self.0;
        serializer.collect_seq(rows.iter().map(|row| Stage::new(row, *has_steps)))
    }
}

#[derive(serde::Serialize)]
struct Stage<'a> {
    step: Option<u64>,
    kind: Kind,
    name: &'a str,
    call: u64,
    index: u64,
    renamed: Option<&'a str>,
    equal: bool,
    identical: bool,
    a: Option<&'a Form>,
    b: Option<&'a Form>,
    values: Option<Values>,
    digests: Option<Sides<&'a Digest>>,
}

#[derive(serde::Serialize)]
struct Sides<T> {
    a: T,
    b: T,
}

#[derive(serde::Serialize)]
struct Values {
    count: u64,
    differing: u64,
    outside: u64,
    max_absolute: Number,
    max_ulps: u64,
    first: Option<Pair>,
    farthest: Option<Pair>,
    histogram: Vec<(u32, u64)>,
}

#[derive(serde::Serialize)]
struct Pair {
    index: Vec<u64>,
    a: Number,
    b: Number,
    ulps: u64,
}

/// A number, or the word for one that JSON lacks: `NaN`, `inf`, `-inf`.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.is_finite() {
            true => serializer.serialize_f64(self.0),
            false => serializer.serialize_str(&self.0.to_string()),
        }
    }
}

impl<'a> Document<'a> {
    /// What `report` says of two sides, whose files have these names.
    pub fn new(report: &'a Report, a: (&'a str, &'a Side), b: (&'a str, &'a Side)) -> Self {
        let file = |(file, side): (&'a str, &'a Side)| File {
            file,
            what: side.description(),
            settings: side.settings(),
        };
        Self {
            format: "torch-twin diff",
            version: VERSION,
            equal: report.is_equal(),
            line: report.line(),
            verdict: report.verdict.as_ref(),
            tolerance: report.options.tolerance,
            step: report.options.step,
            a: file(a),
            b: file(b),
            differing_settings: differing_settings(a.1, b.1),
            notes: &report.notes,
            stages: Stages(report),
        }
    }
}

/// The names of the settings that decide bits and differ. A side that does not have a setting does not differ in it.
pub fn differing_settings(a: &Side, b: &Side) -> Vec<&'static str> {
    let (Some(a), Some(b)) = (a.settings(), b.settings()) else {
        return Vec::new();
    };
    let pairs = a.iter().zip(b.iter());
    let are_known = |a: &str, b: &str| !a.is_empty() && !b.is_empty();
    // Who recorded decides nothing.
    let differing =
        pairs.filter(|((name, a), (_, b))| *name != "recorder" && a != b && are_known(a, b));
    differing.map(|((name, _), _)| name).collect()
}

impl<'a> Stage<'a> {
    fn new(row: &'a Row, has_steps: bool) -> Self {
        Self {
            step: has_steps.then_some(row.stage.step),
            kind: row.stage.kind,
            name: &row.stage.name,
            call: row.stage.call,
            index: row.stage.index,
            renamed: row.renamed.as_deref(),
            equal: row.is_equal,
            identical: row.outcome.is_identical(),
            a: row.a.as_deref(),
            b: row.b.as_deref(),
            values: match (&row.outcome, &row.a) {
                (Outcome::Values(tally), Some(form)) => Some(Values::new(tally, form)),
                _ => None,
            },
            digests: match &row.outcome {
                Outcome::Digests(digests) => {
                    let [a, b] = &**digests;
                    Some(Sides { a, b })
                }
                _ => None,
            },
        }
    }
}

impl Values {
    fn new(tally: &Tally, form: &Form) -> Self {
        let pair = |difference: Difference| Pair {
            index: compare::index(difference.position, &form.shape),
            a: Number(difference.expected),
            b: Number(difference.actual),
            ulps: difference.ulps,
        };
        Self {
            count: tally.count,
            differing: tally.differing,
            outside: tally.outside,
            max_absolute: Number(tally.max_absolute),
            max_ulps: tally.max_ulps(),
            first: tally.first.map(pair),
            farthest: tally.farthest.map(pair),
            histogram: tally.histogram.clone(),
        }
    }
}
