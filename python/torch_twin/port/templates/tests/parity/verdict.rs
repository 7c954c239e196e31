//! What two traces have in common.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use torch_twin::diff::{Options, Report, Row, Side, differing_settings};
use torch_twin::trace::Stage;

use super::run::describe;

/// Differing stages that are listed.
const LISTED: usize = 10;

/// The number of stages, if all are equal and both sides have the same ones. Otherwise the first difference is printed.
pub fn equal_stages(python: &Path, rust: &Path) -> Result<Option<usize>, Box<dyn Error>> {
    let (a, b) = (Side::open(python)?, Side::open(rust)?);
    let report = Report::new(&a, &b, Options::default())?;
    let one_sided = one_sided(&a, &b);
    if report.is_equal() && one_sided.is_empty() {
        return Ok(Some(report.rows.len()));
    }
    for row in report.rows.iter().filter(|row| !row.is_equal).take(LISTED) {
        println!("{}", line(row));
    }
    for note in &report.notes {
        println!("{note}");
    }
    let differing = differing_settings(&a, &b);
    if !differing.is_empty() {
        println!("Settings that differ, and may be the reason: {}", differing.join(", "));
    }
    match &report.verdict {
        Some(verdict) => println!("{}\n  {}", report.line(), verdict.reason),
        None => println!("first difference: {}", one_sided[0]),
    }
    println!("A is Python, B is Rust. All stages: torch-twin diff --all {} {}", python.display(), rust.display());
    Ok(None)
}

/// Stages that one side lacks, also where the report takes them for wrappers or other names.
fn one_sided(a: &Side, b: &Side) -> Vec<String> {
    let [a, b] = [a, b].map(|side| {
        let stages = side.trace().map(|trace| trace.stages()).unwrap_or_default();
        stages.iter().map(name).collect::<BTreeSet<_>>()
    });
    let only_a = a.difference(&b).map(|name| format!("only Python has {name}"));
    let only_b = b.difference(&a).map(|name| format!("only Rust has {name}"));
    only_a.chain(only_b).collect()
}

fn name(stage: &Stage) -> String {
    let Stage { step, kind, name, call, index, .. } = stage;
    let of = if name.is_empty() { "the network" } else { name };
    let step_is = describe(*step);
    format!("{kind} of {of}, call {call}, tensor {index}, step {step} ({step_is})")
}

fn line(row: &Row) -> String {
    format!("different: {}", name(&row.stage))
}
