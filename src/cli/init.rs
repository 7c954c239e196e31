//! `--init`: training from given weights instead of random ones.

use std::path::PathBuf;

use lenet5::model::{Network, Variant};
use lenet5::train::Init;
use lenet5::weights;

use super::output::print_notes;

/// Where the first weights come from.
#[derive(clap::Args)]
pub struct InitOptions {
    /// Start from the weights in this file, of any format that eval reads; the seed still decides
    /// the order of the images
    #[arg(long, value_name = "WEIGHTS", conflicts_with = "resume")]
    init: Option<PathBuf>,
}

impl InitOptions {
    /// Copies the weights into `network`, if any were given.
    pub fn load_into(
        &self,
        variant: &'static Variant,
        network: &dyn Network,
    ) -> anyhow::Result<Option<Init>> {
        let Some(path) = &self.init else {
            return Ok(None);
        };
        let state_dict = network.state_dict();
        let notes = weights::load_into(path, variant, &state_dict)?;
        print_notes(path, &notes);
        Ok(Some(Init {
            path: path.display().to_string(),
            weights_sha256: state_dict.sha256()?,
        }))
    }
}
