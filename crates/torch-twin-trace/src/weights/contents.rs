use std::collections::BTreeMap;

use crate::Array;

/// What a weights file holds.
#[derive(Debug, Default)]
pub struct Weights {
    /// The tensors by their `state_dict` names, in the order of the file.
    pub tensors: Vec<(String, Array)>,
    /// The file's own metadata; files of `torch.save` have none.
    pub metadata: BTreeMap<String, String>,
    /// The dictionary of a checkpoint that holds the tensors, such as `model`; none where it is the whole file.
    pub key: Option<String>,
    /// The tensors of a checkpoint outside of that dictionary, such as an optimizer's state, by their paths.
    pub beside: Vec<(String, Array)>,
    /// What was left out, and what was converted: a line for people each.
    pub notes: Vec<String>,
}
