//! `--init`: training from given weights instead of random ones.

use std::path::PathBuf;

use lenet5::model::{Network, Variant};
use lenet5::nn::{Generator, StateDict};
use lenet5::train::Init;
use lenet5::{TorchError, weights};

use super::output::print_notes;

/// Where the first weights come from.
#[derive(clap::Args)]
pub struct InitOptions {
    /// Start from the weights in this file, of any format that eval reads; the seed still decides
    /// the order of the images
    #[arg(long, value_name = "WEIGHTS", conflicts_with = "resume")]
    init: Option<PathBuf>,
}

/// The weights that training starts from.
pub struct InitialWeights {
    /// What the run says of them.
    pub init: Init,
    network: Box<dyn Network>,
}

impl InitOptions {
    /// Reads the weights, if any were given, for a network of `variant`.
    pub fn load(
        &self,
        variant: &'static Variant,
        num_classes: i64,
    ) -> anyhow::Result<Option<InitialWeights>> {
        let Some(path) = &self.init else {
            return Ok(None);
        };
        // The initial values do not matter: every one of them is replaced.
        let network = (variant.build)(num_classes, &mut Generator::manual_seed(0))?;
        let state_dict = network.state_dict();
        let notes = weights::load_into(path, variant, &state_dict)?;
        print_notes(path, &notes);
        Ok(Some(InitialWeights {
            init: Init {
                path: path.display().to_string(),
                weights_sha256: state_dict.sha256()?,
            },
            network,
        }))
    }
}

impl InitialWeights {
    /// Copies the weights into another network of the same variant, on any device.
    pub fn copy_into(&self, state_dict: &StateDict) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        let own = self.network.state_dict();
        for (from, to) in own.entries().iter().zip(state_dict.entries()) {
            to.tensor.shallow_clone().f_copy_(&from.tensor)?;
        }
        Ok(())
    }
}
