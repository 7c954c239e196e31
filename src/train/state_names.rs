//! The names that tensors of a training's state have in a checkpoint.

use tch::Tensor;
use torch_twin::Tensors;
use torch_twin::nn::StateDict;

use super::RestoreError;

/// The tensors of a training's state, by whose they are.
#[derive(Default)]
pub struct State {
    /// The network's, by their names there.
    pub model: Tensors,
    /// The optimiser's, by the parameter's index and the key.
    pub optimizer: Tensors,
    /// The generator's; none where there is none.
    pub generator: Option<Tensor>,
}

impl State {
    /// The names of a checkpoint: `model.NAME`, `optimizer.NAME.KEY` and `generator`.
    pub fn into_named(self, network: &StateDict) -> Tensors {
        let parameters: Vec<_> = network.parameters().map(|entry| &entry.name).collect();
        let model = self.model.into_iter();
        let model = model.map(|(name, tensor)| (format!("model.{name}"), tensor));
        let optimizer = self.optimizer.into_iter().filter_map(|(name, tensor)| {
            let (index, key) = name.split_once('.')?;
            let parameter = parameters.get(index.parse::<usize>().ok()?)?;
            Some((format!("optimizer.{parameter}.{key}"), tensor))
        });
        let generator = self.generator.map(|state| ("generator".to_owned(), state));
        model.chain(optimizer).chain(generator).collect()
    }

    /// Sorts out the tensors of a checkpoint of a training of `network`.
    pub fn from_named(tensors: &Tensors, network: &StateDict) -> Result<Self, RestoreError> {
        let mut state = Self::default();
        for (full_name, tensor) in tensors {
            let tensor = tensor.shallow_clone();
            if let Some(name) = full_name.strip_prefix("model.") {
                state.model.insert(name.to_owned(), tensor);
            } else if full_name == "generator" {
                state.generator = Some(tensor);
            } else if let Some((index, key)) = optimizer_key(full_name, network) {
                state.optimizer.insert(format!("{index}.{key}"), tensor);
            } else {
                return Err(RestoreError::Unexpected(full_name.clone()));
            }
        }
        Ok(state)
    }
}

/// The index of the parameter in `optimizer.PARAMETER.KEY`, and the key.
fn optimizer_key<'a>(full_name: &'a str, network: &StateDict) -> Option<(usize, &'a str)> {
    let (parameter, key) = full_name.strip_prefix("optimizer.")?.rsplit_once('.')?;
    let mut parameters = network.parameters();
    let index = parameters.position(|entry| entry.name == parameter)?;
    Some((index, key))
}
