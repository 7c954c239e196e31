//! `--init`: training from given weights instead of random ones.

use std::path::PathBuf;

use lenet5::model::{Network, Variant};
use lenet5::weights;
use serde::Serialize;

use super::output::print_notes;

/// Where the first weights come from.
#[derive(clap::Args)]
pub struct InitOptions {
    /// Start from the weights in this file, of any format that eval reads; the seed still decides
    /// the order of the images
    #[arg(long, value_name = "WEIGHTS")]
    init: Option<PathBuf>,
}

/// What `run.json` says of the weights that training started from.
#[derive(Serialize)]
pub struct Init {
    path: PathBuf,
    weights_sha256: String,
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
            path: path.clone(),
            weights_sha256: state_dict.sha256()?,
        }))
    }
}
