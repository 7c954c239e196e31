use super::entry::Entry;
use crate::trace::Kind;

/// What FSDP calls the parameter into which it puts those of a module, unless it has `use_orig_params=True`.
const FLAT: &str = "_flat_param";

/// Where one side alone has its parameters in flat ones, gradients and the optimizer's state are those of other
/// tensors: leaves them out on both sides, and gives a note that says so. The weights have the same names on both.
pub fn leave_out_flat(entries: &mut [Vec<Entry<'_>>; 2]) -> Option<String> {
    let is_flat = |entry: &Entry<'_>| {
        let stage = &entry.stage;
        stage.kind == Kind::Gradient && stage.name.ends_with(FLAT)
    };
    let [a, b] = entries
        .each_ref()
        .map(|entries| entries.iter().any(is_flat));
    if a == b {
        return None;
    }
    for entries in entries {
        entries.retain(|entry| !matches!(entry.stage.kind, Kind::Gradient | Kind::Optimizer));
    }
    let side = if a { 'A' } else { 'B' };
    Some(format!(
        "FSDP keeps the parameters of {side} in flat ones: gradients and the optimizer's state are not compared; with use_orig_params=True they are"
    ))
}
