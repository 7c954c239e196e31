use std::collections::BTreeMap;
use std::path::Path;

use tch::Device;

use super::format::{self, Format};
use super::torchscript::{self, TorchScript};
use super::{Note, Weights, WeightsError};
use crate::model::{self, Network, Variant};
use crate::nn::{Generator, StateDict};

/// A network that came out of a file, ready to be run.
pub struct Loaded {
    /// The network, in `eval` mode if it is a TorchScript module.
    pub network: Box<dyn Network>,
    /// Which of ours it is; none for a TorchScript module, which runs as it is.
    pub variant: Option<&'static Variant>,
    /// Classes that it tells apart.
    pub num_classes: i64,
    /// What the file says of itself, such as its variant, seed and epochs.
    pub metadata: BTreeMap<String, String>,
    /// What was done to make the weights fit, for the user to know.
    pub notes: Vec<Note>,
}

/// Loads a network from a file of any format, onto `device`.
///
/// A TorchScript module runs as it is, unless `variant` is given: then its weights are taken into
/// that network, like those of every other format. Without `variant` a file names its own, or else
/// shows it by its tensors.
///
/// ```no_run
/// use lenet5::weights;
/// use tch::{Device, Tensor, kind::FLOAT_CPU};
///
/// let loaded = weights::load_network("lenet5.pt".as_ref(), None, Device::Cpu)?;
/// let logits = loaded.network.forward(&Tensor::zeros([1, 1, 32, 32], FLOAT_CPU))?;
/// # Ok::<(), lenet5::weights::WeightsError>(())
/// ```
///
/// # Errors
/// A file that cannot be read, is of no known format, or holds another network's weights.
pub fn load_network(
    path: &Path,
    variant: Option<&'static Variant>,
    device: Device,
) -> Result<Loaded, WeightsError> {
    let contents = format::read(path)?;
    if variant.is_none() && Format::of(path, &contents)? == Format::TorchScript {
        let (script, num_classes) = TorchScript::load(path, &contents, device)?;
        return Ok(Loaded {
            network: Box::new(script),
            variant: None,
            num_classes,
            metadata: torchscript::load_metadata(path, &contents)?,
            notes: Vec::new(),
        });
    }
    native(path, super::parse(path, &contents)?, variant, device)
}

/// Loads weights of any format into a network of ours, onto `device`.
///
/// As [`load_network`], but the weights of a TorchScript module are taken out of it by their
/// names, and its program is not run.
///
/// # Errors
/// As for [`load_network`].
pub fn load_native(
    path: &Path,
    variant: Option<&'static Variant>,
    device: Device,
) -> Result<Loaded, WeightsError> {
    native(path, super::load(path)?, variant, device)
}

/// Copies the weights in a file of any format into a network of the variant `variant`.
///
/// # Errors
/// As for [`load_network`]; the network is then left as it was.
pub fn load_into(
    path: &Path,
    variant: &'static Variant,
    state_dict: &StateDict,
) -> Result<Vec<Note>, WeightsError> {
    copy_into(path, &super::load(path)?, variant, state_dict)
}

fn native(
    path: &Path,
    weights: Weights,
    variant: Option<&'static Variant>,
    device: Device,
) -> Result<Loaded, WeightsError> {
    let variant = match (variant, weights.metadata.get("variant")) {
        (Some(variant), _) => variant,
        (None, Some(name)) => model::variant(name).ok_or_else(|| WeightsError::UnknownVariant {
            path: path.to_owned(),
            name: name.clone(),
        })?,
        (None, None) => weights.likeliest_variant()?,
    };
    let num_classes = variant.fixed_classes.unwrap_or(weights.num_classes());
    // The initial values do not matter: every one of them is replaced.
    let network = (variant.build)(num_classes, &mut Generator::manual_seed(0))?;
    let state_dict = network.state_dict();
    let notes = copy_into(path, &weights, variant, &state_dict)?;
    state_dict.to_device(device)?;
    Ok(Loaded {
        network,
        variant: Some(variant),
        num_classes,
        metadata: weights.metadata,
        notes,
    })
}

fn copy_into(
    path: &Path,
    weights: &Weights,
    variant: &'static Variant,
    state_dict: &StateDict,
) -> Result<Vec<Note>, WeightsError> {
    weights.copy_into(state_dict).map_err(|error| match error {
        WeightsError::Unfit { faults } => WeightsError::NotOfVariant {
            path: path.to_owned(),
            variant: variant.name,
            faults,
        },
        other => other,
    })
}
