use std::collections::BTreeMap;

use crate::Tensors;

/// What a weights file holds.
#[derive(Debug, Default)]
pub struct Weights {
    /// The tensors by their `state_dict` name, on the CPU.
    pub tensors: Tensors,
    /// What the file says of itself; nothing for the files of `torch.save`.
    pub metadata: BTreeMap<String, String>,
    /// The dictionary in a file of `torch.save` in which the tensors are, such as `model`; none where it
    /// is the whole file.
    pub key: Option<&'static str>,
    /// What such a file holds outside of that dictionary, such as an optimiser's state, by its path.
    pub beside: Tensors,
}
