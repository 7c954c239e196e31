use std::collections::BTreeMap;

use crate::Tensors;

/// What a weights file holds.
#[derive(Debug)]
pub struct Weights {
    /// The tensors by their `state_dict` name, on the CPU.
    pub tensors: Tensors,
    /// What the file says of itself; nothing for the files of `torch.save`.
    pub metadata: BTreeMap<String, String>,
}
