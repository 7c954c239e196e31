use std::path::Path;

use torch_twin::TorchError;
use torch_twin::nn::StateDict;

use super::Init;
use crate::model::Network;

/// The weights that training starts from instead of random ones.
pub struct InitialWeights {
    /// What the run says of them.
    pub init: Init,
    network: Box<dyn Network>,
}

impl InitialWeights {
    /// The weights of `network`, which came out of the file `path`.
    ///
    /// # Errors
    /// What libtorch refuses when the values are copied out.
    pub fn new(path: &Path, network: Box<dyn Network>) -> Result<Self, TorchError> {
        Ok(Self {
            init: Init {
                path: path.display().to_string(),
                weights_sha256: network.state_dict().sha256()?,
            },
            network,
        })
    }

    /// Copies the weights into another network of the same variant, on any device.
    pub(super) fn copy_into(&self, state_dict: &StateDict) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        let own = self.network.state_dict();
        for (from, to) in own.entries().iter().zip(state_dict.entries()) {
            to.tensor.shallow_clone().f_copy_(&from.tensor)?;
        }
        Ok(())
    }
}
