use tch::Tensor;
use torch_twin::diff::{Row, Verdict};
use torch_twin::trace::{Kind, Stage};
use torch_twin::{Tensors, TorchError};

use super::Stages;

/// What parts this network from the reference first, as `torch-twin diff` says it; none where nothing does.
///
/// # Errors
/// What libtorch refuses when values are copied out.
pub fn verdict(expected: &Tensors, actual: &Stages) -> Result<Option<Verdict>, TorchError> {
    let found = |name: &str| actual.iter().find(|(other, _)| other == name);
    let missing = expected.iter().filter(|(name, _)| found(name).is_none());
    let rows = actual
        .iter()
        .map(|(name, tensor)| row(name, expected.get(name), Some(tensor)))
        .chain(missing.map(|(name, tensor)| row(name, Some(tensor), None)));
    let rows = rows
        .filter_map(Result::transpose)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Verdict::of(&rows))
}

fn row(
    name: &str,
    expected: Option<&Tensor>,
    actual: Option<&Tensor>,
) -> Result<Option<Row>, TorchError> {
    let compared = |stage| Row::of_tensors(stage, expected, actual);
    stage(name).map(compared).transpose()
}

/// The stage of a trace that `name` is; none for what the others decide.
fn stage(name: &str) -> Option<Stage> {
    let (part, name) = name.split_once('/')?;
    let (step, kind, name, call, index) = match (part, name) {
        ("initial", name) => (0, Kind::Weight, name, 0, 0),
        ("test", "logits") => (0, Kind::Output, "", 1, 0),
        ("batch", "images") => (1, Kind::Input, "", 1, 0),
        ("batch", "labels") => (1, Kind::Input, "", 1, 1),
        ("forward", "loss") => (1, Kind::Loss, "loss", 0, 0),
        ("forward", module) => (1, Kind::Output, module, 1, 0),
        ("gradient", name) => (1, Kind::Gradient, name, 0, 0),
        (step, name) => (
            step.strip_prefix("step")?.parse().ok()?,
            Kind::Weight,
            name,
            0,
            0,
        ),
    };
    Some(Stage {
        step,
        kind,
        name: name.to_owned(),
        call,
        index,
        digest: None,
    })
}
