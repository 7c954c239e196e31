//! A trained network from a file, for the subcommands that use one.

use std::path::Path;

use anyhow::{Context, anyhow};
use lenet5::model::{self, Network, Variant};
use lenet5::nn::Generator;
use lenet5::weights::{self, Weights};
use tch::Device;

/// What a weights file makes.
pub struct Loaded {
    pub variant: &'static Variant,
    pub num_classes: i64,
    pub weights: Weights,
    pub network: Box<dyn Network>,
}

/// Reads weights and builds their network, on the CPU.
///
/// Where no variant is named the file says it; where neither does, it is the default.
pub fn load(path: &Path, variant: Option<&str>) -> anyhow::Result<Loaded> {
    let weights = weights::load(path)?;
    let named = variant.or(weights.metadata.get("variant").map(String::as_str));
    let variant = match named {
        None => model::VARIANTS[0],
        Some(name) => model::variant(name).ok_or_else(|| {
            anyhow!(
                "{}: says that it is of the variant {name:?}, which this program does not know; \
                 name one with --variant",
                path.display()
            )
        })?,
    };
    let num_classes = num_classes(&weights);
    // The initial values do not matter: every one of them is replaced.
    let network = (variant.build)(num_classes, &mut Generator::manual_seed(0))?;
    let loaded = weights.copy_into(&network.state_dict());
    loaded.with_context(|| format!("{} as {}", path.display(), variant.name))?;
    network.state_dict().to_device(Device::Cpu)?;
    Ok(Loaded {
        variant,
        num_classes,
        weights,
        network,
    })
}

/// As many classes as the output layer has units.
fn num_classes(weights: &Weights) -> i64 {
    const DEFAULT: i64 = 10;
    const MOST: i64 = 256;
    let units = weights.tensors.get("fc2.bias").map(tch::Tensor::size);
    match units.as_deref() {
        Some(&[units]) if (2..=MOST).contains(&units) => units,
        _ => DEFAULT,
    }
}
