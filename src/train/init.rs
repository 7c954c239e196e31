use std::path::Path;

use torch_twin::nn::StateDict;
use torch_twin::weights::Conversion;
use torch_twin::{Generator, TorchError};

use super::Init;
use crate::model::Network;
use crate::variant::{LoadError, Variant, load_into};

/// The weights that training starts from instead of random ones.
pub struct InitialWeights {
    /// What the run says of them.
    pub init: Init,
    /// What was converted to make them fit, for the user to know.
    pub conversions: Vec<Conversion>,
    network: Box<dyn Network>,
}

impl InitialWeights {
    /// Reads the weights of a file of any format, for a network of `variant`.
    ///
    /// # Errors
    /// A file that cannot be read, or weights that do not fit.
    pub fn load(path: &Path, variant: &Variant, num_classes: usize) -> Result<Self, LoadError> {
        // The initial values do not matter: every one of them is replaced.
        let network = (variant.build)(num_classes, &mut Generator::manual_seed(0))?;
        let state_dict = network.state_dict();
        let conversions = load_into(path, variant, &state_dict)?;
        Ok(Self {
            init: Init {
                path: path.display().to_string(),
                weights_sha256: state_dict.sha256()?,
            },
            conversions,
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
