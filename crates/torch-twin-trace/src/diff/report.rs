use std::collections::BTreeSet;

use super::entry::Entry;
use super::pairing::Paired;
use super::side::{Script, Side};
use super::verdict::quoted;
use super::wrapper::leave_out_flat;
use super::{DiffError, Row, Verdict, differing_settings, judge, pairing};
use crate::Array;
use crate::compare::Tolerance;
use crate::trace::{Kind, Stage, Trace};

/// Why a TorchScript module was not run.
const NOT_RUN: &str = "the TorchScript module was not run, only its weights were compared: install the program with \
                       libtorch to run it (--features torchscript)";

/// What is compared, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How far values may be apart.
    pub tolerance: Tolerance,
    /// The one step that is compared; of weights, those after it.
    pub step: Option<u64>,
}

/// What two sides have in common.
#[derive(Clone, Debug)]
pub struct Report {
    /// How they were compared.
    pub options: Options,
    /// Whether the stages belong to steps; those of two files of weights do not.
    pub has_steps: bool,
    /// All stages of both sides, in the order in which A computed them.
    pub rows: Vec<Row>,
    /// What parts the sides first; none where nothing does.
    pub verdict: Option<Verdict>,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
    /// Whether the sides were recorded on processors of different vendors, for which MKL has different code.
    pub vendors_differ: bool,
}

impl Report {
    /// Compares two sides; of traces no more than small parts are in memory at a time.
    ///
    /// # Errors
    /// A file that cannot be read any more, a step that is not there, a module that fails, and nothing to compare.
    pub fn new(a: &Side, b: &Side, options: Options) -> Result<Self, DiffError> {
        let vendors_differ = differing_settings(a, b).contains(&"cpu_vendor");
        let report = Self {
            vendors_differ,
            ..Self::of(a, b, options)?
        };
        if !report.rows.is_empty() {
            return Ok(report);
        }
        Err(DiffError::Nothing(match report.notes.is_empty() {
            true => "neither side holds a tensor".to_owned(),
            false => report.notes.join("; "),
        }))
    }

    fn of(a: &Side, b: &Side, options: Options) -> Result<Self, DiffError> {
        match (a.trace(), b.trace()) {
            (Some(ours), Some(theirs)) => Self::of_traces((a, ours), (b, theirs), options),
            (Some(trace), None) | (None, Some(trace)) => Self::of_weights(a, b, trace, options),
            (None, None) => {
                if let Some(step) = options.step {
                    let recorded = "none, as neither is a trace".to_owned();
                    return Err(DiffError::Step { step, recorded });
                }
                let entries = [a.entries(0), b.entries(0)];
                let (rows, notes) = compared(&entries, options.tolerance)?;
                let has_steps = false;
                let verdict = judge::verdict_on_weights(&rows, has_steps);
                Ok(Self {
                    options,
                    has_steps,
                    rows,
                    verdict,
                    notes,
                    vendors_differ: false,
                })
            }
        }
    }

    fn of_traces(
        (a, ours): (&Side, &Trace),
        (b, theirs): (&Side, &Trace),
        options: Options,
    ) -> Result<Self, DiffError> {
        let mut entries = [a.entries(0), b.entries(0)];
        if let Some(step) = options.step {
            let common: BTreeSet<u64> = &steps(ours) & &steps(theirs);
            if !common.contains(&step) {
                let recorded = common.iter().map(u64::to_string);
                let recorded = recorded.collect::<Vec<_>>().join(", ");
                return Err(DiffError::Step { step, recorded });
            }
            // The weights with which the step began belong to it.
            let before = common.range(..step).next_back();
            let is_of_step = |stage: &Stage| {
                stage.step == step || (stage.kind == Kind::Weight && Some(&stage.step) == before)
            };
            for entries in &mut entries {
                entries.retain(|entry| is_of_step(&entry.stage));
            }
        }
        let flat = leave_out_flat(&mut entries);
        let (rows, mut notes) = compared(&entries, options.tolerance)?;
        notes.extend(flat);
        for (letter, trace) in [("A", ours), ("B", theirs)] {
            let of_recorder = trace.remarks().notes.iter();
            notes.extend(of_recorder.map(|note| format!("The recorder of {letter}: {note}")));
        }
        let verdict = judge::verdict(&rows, Some([ours, theirs]), options.step);
        Ok(Self {
            options,
            has_steps: true,
            rows,
            verdict,
            notes,
            vendors_differ: false,
        })
    }

    /// Weights against those of a trace, and a TorchScript module against its network.
    fn of_weights(a: &Side, b: &Side, trace: &Trace, options: Options) -> Result<Self, DiffError> {
        let weights = trace
            .stages()
            .iter()
            .filter(|stage| stage.kind == Kind::Weight);
        let recorded = weights
            .map(|stage| stage.step)
            .filter(|step| options.step.is_none_or(|asked| asked == *step));
        let step = recorded.max().ok_or(DiffError::NoWeights(options.step))?;
        let mut entries = [a.entries(step), b.entries(step)];
        let is_compared = |stage: &Stage| stage.kind == Kind::Weight && stage.step == step;
        for entries in &mut entries {
            entries.retain(|entry| is_compared(&entry.stage));
        }
        let has_weights = entries.iter().all(|entries| !entries.is_empty());
        let (mut rows, mut notes) = match has_weights {
            true => compared(&entries, options.tolerance)?,
            false => Default::default(),
        };
        if !has_weights {
            notes.push("the module has no weights with names: they were not compared".to_owned());
        }
        if let Some(module) = a.module().or_else(|| b.module()) {
            match recorded_call(trace, step) {
                Ok((input, output)) => {
                    let output = Entry::recorded(trace, output);
                    let is_a = a.module().is_some();
                    rows.push(run((module, is_a), (&input, output), options.tolerance)?)
                }
                Err(note) => notes.push(format!("the module was not run: {note}")),
            }
        } else if a.is_script() || b.is_script() {
            notes.push(NOT_RUN.to_owned());
        }
        let verdict = judge::verdict_on_weights(&rows, true);
        Ok(Self {
            options,
            has_steps: true,
            rows,
            verdict,
            notes,
            vendors_differ: false,
        })
    }

    /// Whether nothing parts the sides.
    pub fn is_equal(&self) -> bool {
        self.verdict.is_none()
    }

    /// The verdict in one line: the first difference, or that there is none.
    pub fn line(&self) -> String {
        if let Some(verdict) = &self.verdict {
            return match self.vendors_differ {
                true => format!("recorded on processors of different vendors; {verdict}"),
                false => verdict.to_string(),
            };
        }
        let count = self.rows.len();
        let stages = if count == 1 { "stage is" } else { "stages are" };
        let inexact = self
            .rows
            .iter()
            .filter(|row| !row.outcome.is_identical())
            .count();
        let Tolerance { rtol, atol } = self.options.tolerance;
        match self.options.tolerance.is_none() {
            true => format!("no difference: {count} {stages} equal, bit by bit"),
            false => format!(
                "no difference: {count} {stages} equal within rtol {rtol:e} and atol {atol:e}, {} of them bit by bit",
                count - inexact
            ),
        }
    }
}

/// The rows of what both sides hold, and what is to be said of the names.
fn compared(
    [a, b]: &[Vec<Entry<'_>>; 2],
    tolerance: Tolerance,
) -> Result<(Vec<Row>, Vec<String>), DiffError> {
    let Paired { rows, wrappers } = pairing::paired(a, b, tolerance)?;
    let notes = wrappers.iter().zip(["A", "B"]);
    let notes = notes.filter_map(|(names, letter)| {
        let first = quoted(names.first()?);
        let (only, hands) = match names.len() {
            1 => (first, "hands"),
            count => (format!("{first} and {} more modules", count - 1), "hand"),
        };
        Some(format!(
            "Only {letter} has {only}, which {hands} on what the module around takes and gives: a wrapper, and no difference"
        ))
    });
    let notes = notes.collect();
    Ok((rows, notes))
}

fn steps(trace: &Trace) -> BTreeSet<u64> {
    trace.stages().iter().map(|stage| stage.step).collect()
}

/// The input of the network and the number of the output's stage, as computed with the weights of `step`; or why there is none.
fn recorded_call(trace: &Trace, step: u64) -> Result<(Array, usize), String> {
    let is_trained = |step: u64| {
        let mut stages = trace.stages().iter();
        stages.any(|stage| stage.step == step && stage.kind == Kind::Gradient)
    };
    let of_call = |step: u64, kind: Kind| {
        let stages = trace.stages().iter();
        let is_of_call = move |stage: &&Stage| {
            (stage.step, stage.kind, stage.call) == (step, kind, 1) && stage.name.is_empty()
        };
        stages.filter(is_of_call).collect::<Vec<_>>()
    };
    let is_called = |step: &u64| !of_call(*step, Kind::Output).is_empty();
    // The weights of a step are those after it.
    let same_step = Some(step).filter(|&step| !is_trained(step));
    let candidates = step.checked_add(1).into_iter().chain(same_step);
    let found = candidates.into_iter().find(is_called);
    let step = found.ok_or_else(|| format!("the trace has no call of the network with the weights of step {step}; name an earlier step with --step"))?;
    let (inputs, outputs) = (of_call(step, Kind::Input), of_call(step, Kind::Output));
    let ([input], [output]) = (&inputs[..], &outputs[..]) else {
        return Err(format!(
            "the network takes {} tensors and gives {}, and one each is run",
            inputs.len(),
            outputs.len()
        ));
    };
    let array = trace.array(input).map_err(|error| error.to_string())?;
    let array =
        array.ok_or_else(|| "the trace has a digest alone of the network's input".to_owned())?;
    let output = trace.find(output).unwrap_or_default();
    Ok((array, output))
}

/// Runs the module, which is A or B, and compares what it gives with what was recorded.
fn run(
    (module, is_a): (&dyn Script, bool),
    (input, recorded): (&Array, Entry<'_>),
    tolerance: Tolerance,
) -> Result<Row, DiffError> {
    let output = module.run(input).map_err(DiffError::Script)?;
    let stage = recorded.stage.clone().into_owned().without_digest();
    let given = Entry::computed(stage, &output);
    match is_a {
        true => pairing::row(&given, &recorded, tolerance),
        false => pairing::row(&recorded, &given, tolerance),
    }
}
