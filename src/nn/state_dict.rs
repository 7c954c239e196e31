use sha2::{Digest, Sha256};
use tch::{Device, Tensor};

use super::Module;
use crate::TorchError;

/// A network's tensors by name, in PyTorch's order, as `module.state_dict()`.
///
/// The tensors are the network's own, not copies: writing into one changes the network.
#[derive(Default)]
pub struct StateDict {
    entries: Vec<Entry>,
}

/// One named tensor of a [`StateDict`].
pub struct Entry {
    /// The name, such as `conv1.weight`.
    pub name: String,
    /// The tensor, shared with the network.
    pub tensor: Tensor,
    /// Whether it is trained, as a `torch.nn.Parameter`, or a buffer.
    pub is_parameter: bool,
}

impl StateDict {
    /// Adds the tensors of `module`, the network's attribute `name`.
    pub fn with(mut self, name: &str, module: &dyn Module) -> Self {
        let parameters = module.parameters().into_iter().map(|named| (named, true));
        let buffers = module.buffers().into_iter().map(|named| (named, false));
        for ((tensor_name, tensor), is_parameter) in parameters.chain(buffers) {
            self.entries.push(Entry {
                name: format!("{name}.{tensor_name}"),
                tensor: tensor.shallow_clone(),
                is_parameter,
            });
        }
        self
    }

    /// Adds one tensor, which is no parameter, and shared with the caller.
    pub fn add(&mut self, name: String, tensor: &Tensor) {
        let tensor = tensor.shallow_clone();
        self.entries.push(Entry {
            name,
            tensor,
            is_parameter: false,
        });
    }

    /// All tensors, in PyTorch's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The trained tensors, in PyTorch's order, as `module.named_parameters()`.
    pub fn parameters(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_parameter)
    }

    /// The number of trained values, as `sum(p.numel() for p in module.parameters())`.
    pub fn parameter_count(&self) -> usize {
        self.parameters().map(|entry| entry.tensor.numel()).sum()
    }

    /// Moves the network to `device`, as `module.to(device)`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn to_device(&self, device: Device) -> Result<(), TorchError> {
        for entry in &self.entries {
            let mut tensor = entry.tensor.shallow_clone();
            let moved = tensor.f_detach()?.f_to_device(device)?;
            tensor.f_set_data(&moved)?;
        }
        Ok(())
    }

    /// SHA-256, in hexadecimal, of all values as little-endian bytes in PyTorch's order.
    ///
    /// In Python:
    /// `hashlib.sha256(b"".join(t.numpy().tobytes() for t in model.state_dict().values())).hexdigest()`.
    ///
    /// # Errors
    /// What libtorch refuses when the values are copied out.
    pub fn sha256(&self) -> Result<String, TorchError> {
        let mut hasher = Sha256::new();
        for entry in &self.entries {
            hasher.update(tensor_bytes(&entry.tensor)?);
        }
        let digest = hasher.finalize();
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The values of `tensor` as bytes in memory order, row by row.
///
/// # Errors
/// What libtorch refuses when the values are copied out.
pub fn tensor_bytes(tensor: &Tensor) -> Result<Vec<u8>, TorchError> {
    let tensor = tensor
        .f_detach()?
        .f_to_device(Device::Cpu)?
        .f_contiguous()?;
    let numel = tensor.numel();
    let mut bytes = vec![0; numel * tensor.kind().elt_size_in_bytes()];
    tensor.f_copy_data_u8(&mut bytes, numel)?;
    Ok(bytes)
}
