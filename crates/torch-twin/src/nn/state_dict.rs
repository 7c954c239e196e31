use tch::Tensor;

use crate::native::is_same;
use crate::{TorchError, sha256};

/// A network's tensors by name, in PyTorch's order, as `module.state_dict()`.
///
/// The tensors are the network's own, not copies: writing into one changes the network.
#[derive(Default)]
pub struct StateDict {
    entries: Vec<Entry>,
}

/// One named tensor of a [`StateDict`].
#[non_exhaustive]
pub struct Entry {
    /// The name, such as `conv1.weight`.
    pub name: String,
    /// The tensor, shared with the network.
    pub tensor: Tensor,
    /// Whether it is trained, as a `torch.nn.Parameter`, or a buffer.
    pub is_parameter: bool,
}

impl StateDict {
    pub(super) fn add_parameter(&mut self, name: String, tensor: &Tensor) {
        self.add(name, tensor, true);
    }

    pub(super) fn add_buffer(&mut self, name: String, tensor: &Tensor) {
        self.add(name, tensor, false);
    }

    fn add(&mut self, name: String, tensor: &Tensor, is_parameter: bool) {
        self.entries.push(Entry {
            name,
            tensor: tensor.shallow_clone(),
            is_parameter,
        });
    }

    /// All tensors, in PyTorch's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The names, in PyTorch's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The names and tensors, in PyTorch's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        let entries = self.entries.iter();
        entries.map(|entry| (entry.name.as_str(), &entry.tensor))
    }

    /// The trained tensors, in PyTorch's order, as `module.named_parameters()`: one that has several names,
    /// as tied weights have, comes once, by the first.
    pub fn parameters(&self) -> impl Iterator<Item = &Entry> {
        self.once(true)
    }

    /// The other tensors, as `module.named_buffers()`.
    pub fn buffers(&self) -> impl Iterator<Item = &Entry> {
        self.once(false)
    }

    /// The parameters, or the buffers, each once.
    fn once(&self, are_parameters: bool) -> impl Iterator<Item = &Entry> {
        let is_one = move |entry: &&Entry| entry.is_parameter == are_parameters;
        let all = move || self.entries.iter().filter(is_one);
        let is_first = move |(place, entry): &(usize, &Entry)| {
            !all()
                .take(*place)
                .any(|earlier| is_same(&earlier.tensor, &entry.tensor))
        };
        all().enumerate().filter(is_first).map(|(_, entry)| entry)
    }

    /// The number of trained values, as `sum(p.numel() for p in module.parameters())`.
    pub fn parameter_count(&self) -> usize {
        self.parameters().map(|entry| entry.tensor.numel()).sum()
    }

    /// [`sha256`](crate::sha256()) of all values, in PyTorch's order.
    ///
    /// # Errors
    /// What libtorch refuses when the values are copied out.
    pub fn sha256(&self) -> Result<String, TorchError> {
        sha256(self.entries.iter().map(|entry| &entry.tensor))
    }
}
